resource "aws_cloudwatch_log_group" "service" {
  #checkov:skip=CKV_AWS_158:Encrypted with the key of CloudWatch; what is sensitive does not go there
  #checkov:skip=CKV_AWS_338:How long it is kept is a setting, log_days; the prediction log keeps what was asked and answered
  name              = "/aws/sagemaker/Endpoints/${local.endpoint}"
  retention_in_days = var.log_days
}

# Either one takes a release back that has just been deployed.
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name        = "${local.prefix}-errors"
  alarm_description = "More than ${var.error_rate * 100} % of the requests to ${local.endpoint} failed (5xx)"

  namespace   = "AWS/SageMaker"
  metric_name = "Invocation5XXErrors"
  statistic   = "Average"
  dimensions = {
    EndpointName = local.endpoint
    VariantName  = local.variant
  }

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.error_rate
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name        = "${local.prefix}-latency"
  alarm_description = "One of 100 answers of ${local.endpoint} took longer than ${var.latency_milliseconds} ms"

  namespace          = "AWS/SageMaker"
  metric_name        = "ModelLatency"
  extended_statistic = "p99"
  dimensions = {
    EndpointName = local.endpoint
    VariantName  = local.variant
  }

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.latency_milliseconds * 1000 # SageMaker counts microseconds
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

# CloudWatch cannot publish to a topic that is encrypted with the key of SNS, and its messages hold
# no more than names and numbers of alarms.
#trivy:ignore:AVD-AWS-0095
resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:See above
  name = "${local.prefix}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  count = var.alarm_email == "" ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}
