locals {
  balancer = { LoadBalancer = aws_lb.service.arn_suffix }
  targets  = merge(local.balancer, { TargetGroup = aws_lb_target_group.service.arn_suffix })

  # The balancer answers itself where it has no instance to ask.
  counts = {
    requests = { name = "RequestCount", dimensions = local.balancer }
    wrong    = { name = "HTTPCode_Target_5XX_Count", dimensions = local.balancer }
    refused  = { name = "HTTPCode_ELB_5XX_Count", dimensions = local.balancer }
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${local.name}-errors"
  alarm_description   = "More than ${var.largest_error_percent} % of the requests are answered with a 5xx"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.largest_error_percent
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching" # nobody asks
  alarm_actions       = var.alarm_topics
  ok_actions          = var.alarm_topics

  metric_query {
    id          = "share"
    label       = "Errors, in percent"
    expression  = "100 * (FILL(wrong, 0) + FILL(refused, 0)) / (FILL(requests, 0) + FILL(refused, 0))"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.counts

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        period      = 60
        stat        = "Sum"
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name          = "${local.name}-latency"
  alarm_description   = "More than 5 of 100 answers take longer than ${var.longest_seconds} s"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.longest_seconds
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  extended_statistic  = "p95"
  dimensions          = local.targets
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
  ok_actions          = var.alarm_topics
}

# Longer than an instance needs to start: the group has not got it going.
resource "aws_cloudwatch_metric_alarm" "unhealthy" {
  alarm_name          = "${local.name}-unhealthy"
  alarm_description   = "An instance has not been ready for ten minutes"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  namespace           = "AWS/ApplicationELB"
  metric_name         = "UnHealthyHostCount"
  statistic           = "Minimum"
  dimensions          = local.targets
  period              = 60
  evaluation_periods  = 10
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
  ok_actions          = var.alarm_topics
}
