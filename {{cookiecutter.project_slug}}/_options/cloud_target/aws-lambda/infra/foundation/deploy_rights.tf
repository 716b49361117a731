# What CI may do with the service, besides what release_rights.tf says: make it and change it, for
# both environments, but remove nothing of it.

locals {
  environments   = ["staging", "production"]
  scope          = "${data.aws_region.current.region}:${local.account}"
  partition      = data.aws_partition.current.partition
  function_arns  = [for e in local.environments : "arn:${local.partition}:lambda:${local.scope}:function:${local.name}-${e}"]
  log_group_arns = [for e in local.environments : "arn:${local.partition}:logs:${local.scope}:log-group:/aws/lambda/${local.name}-${e}"]
  alarm_arns     = [for e in local.environments : "arn:${local.partition}:cloudwatch:${local.scope}:alarm:${local.name}-${e}-*"]
  role_arns      = [for e in local.environments : "arn:${local.partition}:iam::${local.account}:role/${local.name}-${e}"]
}

data "aws_iam_policy_document" "deploy" {
  statement {
    sid = "Function"
    actions = [
      "lambda:AddPermission",
      "lambda:CreateAlias",
      "lambda:CreateFunction",
      "lambda:CreateFunctionUrlConfig",
      "lambda:DeleteFunctionConcurrency",
      "lambda:DeleteProvisionedConcurrencyConfig",
      "lambda:GetAlias",
      "lambda:GetFunction",
      "lambda:GetFunctionCodeSigningConfig",
      "lambda:GetFunctionConcurrency",
      "lambda:GetFunctionConfiguration",
      "lambda:GetFunctionUrlConfig",
      "lambda:GetPolicy",
      "lambda:GetProvisionedConcurrencyConfig",
      "lambda:ListTags",
      "lambda:ListVersionsByFunction",
      "lambda:PublishVersion",
      "lambda:PutFunctionConcurrency",
      "lambda:PutProvisionedConcurrencyConfig",
      "lambda:RemovePermission",
      "lambda:TagResource",
      "lambda:UntagResource",
      "lambda:UpdateAlias",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
      "lambda:UpdateFunctionUrlConfig",
    ]
    resources = concat(local.function_arns, [for arn in local.function_arns : "${arn}:*"])
  }

  # To try a release by its URL.
  statement {
    sid       = "Ask"
    actions   = ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"]
    resources = flatten([for arn in local.function_arns : ["${arn}:live", "${arn}:candidate"]])
  }

  statement {
    sid = "RoleOfTheService"
    actions = [
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListRolePolicies",
      "iam:TagRole",
      "iam:UntagRole",
    ]
    resources = local.role_arns
  }

  statement {
    sid       = "RoleWithinBounds"
    actions   = ["iam:CreateRole", "iam:PutRolePolicy"]
    resources = local.role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [aws_iam_policy.boundary.arn]
    }
  }

  statement {
    sid       = "RoleForTheFunction"
    actions   = ["iam:PassRole"]
    resources = local.role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["lambda.amazonaws.com"]
    }
  }

  statement {
    sid = "Logs"
    actions = [
      "logs:CreateLogGroup",
      "logs:ListTagsForResource",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ]
    resources = concat(local.log_group_arns, [for arn in local.log_group_arns : "${arn}:*"])
  }

  statement {
    sid       = "FindLogs"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["arn:${local.partition}:logs:${local.scope}:log-group:*"] # it always asks for all
  }

  statement {
    sid = "Alarms"
    actions = [
      "cloudwatch:DescribeAlarms",
      "cloudwatch:ListTagsForResource",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
    ]
    resources = local.alarm_arns
  }
}

resource "aws_iam_role_policy" "deploy" {
  count = local.sign_in ? 1 : 0

  name   = "deploy"
  role   = aws_iam_role.ci["deploy"].id
  policy = data.aws_iam_policy_document.deploy.json
}
