# What CI may do with the service: to what is called after this project and an environment. The
# project's name alone would not do, since another one's may begin with it.
locals {
  region    = data.aws_region.current.region
  partition = data.aws_partition.current.partition

  prefixes  = [for environment in ["staging", "production"] : "${local.name}-${environment}"]
  here      = "${local.region}:${local.account}"
  sagemaker = "arn:${local.partition}:sagemaker:${local.here}"

  log_group_arns = [
    for prefix in local.prefixes : "arn:${local.partition}:logs:${local.here}:log-group:/aws/sagemaker/Endpoints/${prefix}"
  ]
  service_role_arns = [
    for prefix in local.prefixes : "arn:${local.partition}:iam::${local.account}:role/${prefix}"
  ]
}

data "aws_iam_policy_document" "endpoint" {
  statement {
    sid = "Endpoint"
    actions = [
      "sagemaker:AddTags",
      "sagemaker:CreateEndpoint",
      "sagemaker:CreateEndpointConfig",
      "sagemaker:CreateModel",
      "sagemaker:DeleteEndpoint",
      "sagemaker:DeleteEndpointConfig",
      "sagemaker:DeleteModel",
      "sagemaker:DeleteTags",
      "sagemaker:DescribeEndpoint",
      "sagemaker:DescribeEndpointConfig",
      "sagemaker:DescribeModel",
      "sagemaker:InvokeEndpoint",
      "sagemaker:ListTags",
      "sagemaker:UpdateEndpoint",
      "sagemaker:UpdateEndpointWeightsAndCapacities",
    ]
    resources = flatten([
      for prefix in local.prefixes : [
        "${local.sagemaker}:endpoint/${prefix}",
        "${local.sagemaker}:endpoint-config/${prefix}-*",
        "${local.sagemaker}:model/${prefix}-*",
      ]
    ])
  }

  statement {
    sid = "ModelRegistry"
    actions = [
      "sagemaker:CreateModelPackage",
      "sagemaker:DescribeModelPackage",
      "sagemaker:DescribeModelPackageGroup",
      "sagemaker:UpdateModelPackage",
    ]
    resources = [
      "${local.sagemaker}:model-package-group/${local.name}",
      "${local.sagemaker}:model-package/${local.name}/*",
    ]
  }

  # Listing names no group that it could be limited to.
  statement {
    sid       = "FindModelPackage"
    actions   = ["sagemaker:ListModelPackages"]
    resources = ["${local.sagemaker}:model-package/*", "${local.sagemaker}:model-package-group/${local.name}"]
  }

  # A scalable target has no name that tells whose it is; it can only be one of an endpoint.
  statement {
    sid = "Scaling"
    actions = [
      "application-autoscaling:DeleteScalingPolicy",
      "application-autoscaling:DeregisterScalableTarget",
      "application-autoscaling:ListTagsForResource",
      "application-autoscaling:PutScalingPolicy",
      "application-autoscaling:RegisterScalableTarget",
      "application-autoscaling:TagResource",
      "application-autoscaling:UntagResource",
    ]
    resources = ["arn:${local.partition}:application-autoscaling:${local.here}:scalable-target/*"]

    condition {
      test     = "StringEqualsIfExists"
      variable = "application-autoscaling:service-namespace"
      values   = ["sagemaker"]
    }
  }

  statement {
    sid       = "LookAtScaling"
    actions   = ["application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"]
    resources = ["*"] # the API knows no other
  }

  statement {
    sid       = "ScalingsOwnRole"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["sagemaker.application-autoscaling.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "watching" {
  statement {
    sid = "Alarms"
    actions = [
      "cloudwatch:DeleteAlarms",
      "cloudwatch:ListTagsForResource",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
    ]
    # Scaling has alarms, too, which are called after the endpoint.
    resources = flatten([
      for prefix in local.prefixes : [
        "arn:${local.partition}:cloudwatch:${local.here}:alarm:${prefix}-*",
        "arn:${local.partition}:cloudwatch:${local.here}:alarm:TargetTracking-endpoint/${prefix}/*",
      ]
    ])
  }

  # Neither can be asked for by a part of a name.
  statement {
    sid     = "LookAtAlarmsAndLogs"
    actions = ["cloudwatch:DescribeAlarms", "logs:DescribeLogGroups"]
    resources = [
      "arn:${local.partition}:cloudwatch:${local.here}:alarm:*",
      "arn:${local.partition}:logs:${local.here}:log-group:*",
    ]
  }

  statement {
    sid = "Logs"
    actions = [
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:ListTagsForResource",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ]
    resources = concat(local.log_group_arns, [for arn in local.log_group_arns : "${arn}:*"])
  }

  statement {
    sid = "Notices"
    actions = [
      "sns:CreateTopic",
      "sns:DeleteTopic",
      "sns:GetSubscriptionAttributes",
      "sns:GetTopicAttributes",
      "sns:ListTagsForResource",
      "sns:SetTopicAttributes",
      "sns:Subscribe",
      "sns:TagResource",
      "sns:Unsubscribe",
      "sns:UntagResource",
    ]
    resources = [for prefix in local.prefixes : "arn:${local.partition}:sns:${local.here}:${prefix}-alarms"]
  }
}

resource "aws_iam_role_policy" "service" {
  for_each = local.sign_in ? {
    endpoint = data.aws_iam_policy_document.endpoint.json
    watching = data.aws_iam_policy_document.watching.json
    roles    = data.aws_iam_policy_document.roles.json
  } : {}

  name   = each.key
  role   = aws_iam_role.ci["deploy"].id
  policy = each.value
}
