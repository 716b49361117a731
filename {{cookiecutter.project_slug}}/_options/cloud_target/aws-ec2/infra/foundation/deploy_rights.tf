# What Terraform does with the service from CI: network_rights.tf has its network and balancer, this
# file the rest.

locals {
  arn = "arn:${data.aws_partition.current.partition}"

  # What the names of an environment's resources begin with.
  environments = ["${local.name}-staging", "${local.name}-production"]
}

data "aws_iam_policy_document" "service" {
  #checkov:skip=CKV_AWS_356:The calls that list and describe know no narrower resources
  statement {
    sid = "Look"
    actions = [
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeInstanceRefreshes",
      "autoscaling:DescribePolicies",
      "autoscaling:DescribeScalingActivities",
      "cloudwatch:DescribeAlarms",
      "logs:DescribeLogGroups",
    ]
    resources = ["*"] # the API knows no other
  }

  statement {
    sid = "Group"
    actions = [
      "autoscaling:CancelInstanceRefresh",
      "autoscaling:CreateAutoScalingGroup",
      "autoscaling:CreateOrUpdateTags",
      "autoscaling:DeleteAutoScalingGroup",
      "autoscaling:DeletePolicy",
      "autoscaling:DeleteTags",
      "autoscaling:PutScalingPolicy",
      "autoscaling:RollbackInstanceRefresh",
      "autoscaling:StartInstanceRefresh",
      "autoscaling:UpdateAutoScalingGroup",
    ]
    resources = [for prefix in local.environments : "${local.arn}:autoscaling:*:${local.account}:autoScalingGroup:*:autoScalingGroupName/${prefix}"]
  }

  statement {
    sid       = "MachineImage"
    actions   = ["ssm:GetParameter"]
    resources = ["${local.arn}:ssm:*::parameter/aws/service/ami-amazon-linux-latest/*"]
  }

  statement {
    sid = "Alarms"
    actions = [
      "cloudwatch:DeleteAlarms",
      "cloudwatch:ListTagsForResource",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
    ]
    resources = [for prefix in local.environments : "${local.arn}:cloudwatch:*:${local.account}:alarm:${prefix}-*"]
  }

  statement {
    sid = "Logs"
    actions = [
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:DeleteRetentionPolicy",
      "logs:DescribeLogStreams",
      "logs:GetLogEvents",
      "logs:ListTagsForResource",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ]
    resources = flatten([
      for environment in ["staging", "production"] : [
        "${local.arn}:logs:*:${local.account}:log-group:/${local.name}/${environment}",
        "${local.arn}:logs:*:${local.account}:log-group:/${local.name}/${environment}:*",
      ]
    ])
  }

  statement {
    sid = "ApiKeys"
    actions = [
      "secretsmanager:CreateSecret",
      "secretsmanager:DeleteSecret",
      "secretsmanager:DescribeSecret",
      "secretsmanager:GetResourcePolicy",
      "secretsmanager:GetSecretValue",
      "secretsmanager:PutSecretValue",
      "secretsmanager:TagResource",
      "secretsmanager:UntagResource",
      "secretsmanager:UpdateSecret",
    ]
    resources = [for prefix in local.environments : "${local.arn}:secretsmanager:*:${local.account}:secret:${prefix}-*"]
  }

  statement {
    sid = "Roles"
    actions = [
      "iam:AddRoleToInstanceProfile",
      "iam:CreateInstanceProfile",
      "iam:DeleteInstanceProfile",
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
      "iam:GetInstanceProfile",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole",
      "iam:ListRolePolicies",
      "iam:RemoveRoleFromInstanceProfile",
      "iam:TagInstanceProfile",
      "iam:TagRole",
      "iam:UntagInstanceProfile",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ]
    resources = concat(local.instance_roles, [
      for prefix in local.environments : "${local.arn}:iam::${local.account}:instance-profile/${prefix}-instance"
    ])
  }

  # Rights are given within the boundary, or not at all.
  statement {
    sid = "RolesWithinBoundary"
    actions = [
      "iam:AttachRolePolicy",
      "iam:CreateRole",
      "iam:DetachRolePolicy",
      "iam:PutRolePermissionsBoundary",
      "iam:PutRolePolicy",
    ]
    resources = local.instance_roles

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [aws_iam_policy.boundary.arn]
    }
  }

  statement {
    sid       = "GiveRoleToInstances"
    actions   = ["iam:PassRole"]
    resources = local.instance_roles

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ec2.amazonaws.com"]
    }
  }

  # The first group and the first balancer of an account bring a role of the service with them.
  statement {
    sid       = "ServicesRoles"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["${local.arn}:iam::${local.account}:role/aws-service-role/*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com"]
    }
  }
}

locals {
  instance_roles = [for prefix in local.environments : "${local.arn}:iam::${local.account}:role/${prefix}-instance"]
}

# Policies of their own: in the role there is not enough room for all of them.
resource "aws_iam_policy" "service" {
  count = local.sign_in ? 1 : 0

  name        = "${local.name}-deploy-service"
  description = "Group, roles, secrets, logs and alarms of ${local.name}"
  policy      = data.aws_iam_policy_document.service.json
}

resource "aws_iam_role_policy_attachment" "service" {
  count = local.sign_in ? 1 : 0

  role       = aws_iam_role.ci["deploy"].name
  policy_arn = aws_iam_policy.service[0].arn
}
