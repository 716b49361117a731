# What CI may do with the metrics and the queries of the log, besides what it may do with the log.

data "aws_iam_policy_document" "logs" {
  #checkov:skip=CKV_AWS_111:Queries have no names that rights could be limited to
  #checkov:skip=CKV_AWS_356:Queries have no names that rights could be limited to
  statement {
    sid       = "MetricsOfLogs"
{% if cookiecutter.cloud_target == "aws-lambda" %}
    actions   = ["logs:DescribeMetricFilters", "logs:PutMetricFilter"]
{% else %}
    actions   = ["logs:DeleteMetricFilter", "logs:DescribeMetricFilters", "logs:PutMetricFilter"]
{% endif %}
{% if cookiecutter.cloud_target == "aws-ec2" %}
    resources = [for environment in ["staging", "production"] : "${local.arn}:logs:*:${local.account}:log-group:/${local.name}/${environment}:*"]
{% else %}
    resources = [for arn in local.log_group_arns : "${arn}:*"]
{% endif %}
  }

  statement {
    sid       = "Queries"
{% if cookiecutter.cloud_target == "aws-lambda" %}
    actions   = ["logs:DescribeQueryDefinitions", "logs:PutQueryDefinition"]
{% else %}
    actions   = ["logs:DeleteQueryDefinition", "logs:DescribeQueryDefinitions", "logs:PutQueryDefinition"]
{% endif %}
    resources = ["*"] # the API knows no other
  }
}

resource "aws_iam_policy" "logs" {
  count = local.sign_in ? 1 : 0

  name        = "${local.name}-deploy-logs"
  description = "Metrics and queries of the log of ${local.name}"
  policy      = data.aws_iam_policy_document.logs.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  count = local.sign_in ? 1 : 0

  role       = aws_iam_role.ci["deploy"].name
  policy_arn = aws_iam_policy.logs[0].arn
}
