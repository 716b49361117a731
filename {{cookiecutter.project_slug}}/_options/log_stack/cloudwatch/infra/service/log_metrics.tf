{% set name = "${local.prefix}" if cookiecutter.cloud_target == "aws-sagemaker" else "${local.name}" %}
{% set topics = "[aws_sns_topic.alarms.arn]" if cookiecutter.cloud_target == "aws-sagemaker" else "var.alarm_topics" %}
# Lines of the log become numbers. CloudWatch counts those that come from now on.
locals {
  counted_lines = {
    Errors          = "{ $.event.dataset = \"{{ cookiecutter.package_name }}.error\" }"
    FailedRequests  = "{ $.http.response.status_code >= 500 }"
    RefusedRequests = "{ ($.http.response.status_code >= 400) && ($.http.response.status_code < 500) }"
  }
}

resource "aws_cloudwatch_log_metric_filter" "lines" {
  for_each = local.counted_lines

  name           = each.key
  log_group_name = aws_cloudwatch_log_group.service.name
  pattern        = each.value

  metric_transformation {
    namespace     = "{{ cookiecutter.project_slug }}/${var.environment}"
    name          = each.key
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}

# Whoever asks may have had an answer all the same: what was lost may be a record, or a new model.
resource "aws_cloudwatch_metric_alarm" "logged_errors" {
  alarm_name          = "{{ name }}-logged-errors"
  alarm_description   = "The service has logged an error; the saved query {{ name }}/error shows it"
  namespace           = aws_cloudwatch_log_metric_filter.lines["Errors"].metric_transformation[0].namespace
  metric_name         = aws_cloudwatch_log_metric_filter.lines["Errors"].metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = {{ topics }}
  ok_actions          = {{ topics }}
}
