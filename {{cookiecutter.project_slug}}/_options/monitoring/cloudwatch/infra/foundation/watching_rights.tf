# What CI needs besides for watching the service: to deploy its dashboard and alarms, and to write what
# the monitor has seen. The predictions that it looks at stand in data_rights.tf.

locals {
  dashboard_arns = [
    for environment in ["staging", "production"] :
    "arn:${data.aws_partition.current.partition}:cloudwatch::${local.account}:dashboard/${local.name}-${environment}"
  ]
  composite_alarm_arns = [
    for environment in ["staging", "production"] :
    "arn:${data.aws_partition.current.partition}:cloudwatch:${data.aws_region.current.region}:${local.account}:alarm:${local.name}-${environment}-*"
  ]
  monitor_log_arn = "arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.region}:${local.account}:log-group:/${local.name}/production/monitor"
}

data "aws_iam_policy_document" "watched" {
  #checkov:skip=CKV_AWS_356:A composite alarm can be made only by who may look at all alarms
  statement {
    sid       = "Dashboards"
{% if cookiecutter.cloud_target == "aws-lambda" %}
    actions   = ["cloudwatch:GetDashboard", "cloudwatch:PutDashboard"]
{% else %}
    actions   = ["cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"]
{% endif %}
    resources = local.dashboard_arns
  }

  # The other rights on alarms are those that every deployment has.
  statement {
    sid       = "CompositeAlarms"
    actions   = ["cloudwatch:PutCompositeAlarm"]
    resources = local.composite_alarm_arns
  }

  statement {
    sid       = "LookAtAlarms"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = ["*"] # those that a composite alarm is made of, whoever's they are
  }

  statement {
    sid = "LogOfTheMonitor"
    actions = [
      "logs:CreateLogGroup",
{% if cookiecutter.cloud_target != "aws-lambda" %}
      "logs:DeleteLogGroup",
{% endif %}
      "logs:ListTagsForResource",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ]
    resources = [local.monitor_log_arn, "${local.monitor_log_arn}:*"]
  }
}

data "aws_iam_policy_document" "monitor" {
  statement {
    sid       = "WhatItHasSeen"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.monitor_log_arn}:*"]
  }
}

# Policies of their own: what the role of a deployment has room for is nearly used up.
resource "aws_iam_policy" "watching" {
  for_each = local.sign_in ? {
    deploy = data.aws_iam_policy_document.watched.json
    train  = data.aws_iam_policy_document.monitor.json
  } : {}

  name        = "${local.name}-${each.key}-watching"
  description = "To watch ${local.name}, from CI: ${each.key}"
  policy      = each.value
}

resource "aws_iam_role_policy_attachment" "watching" {
  for_each = aws_iam_policy.watching

  role       = aws_iam_role.ci[each.key].name
  policy_arn = each.value.arn
}
