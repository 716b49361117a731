locals {
  # All that answers for `live`, and the newest version alone: by this one a release is judged while
  # it answers a share of the requests.
  watched = {
    live = {
      FunctionName = local.name
      Resource     = "${local.name}:${aws_lambda_alias.live.name}"
    }
    release = {
      FunctionName    = local.name
      Resource        = "${local.name}:${aws_lambda_alias.live.name}"
      ExecutedVersion = aws_lambda_function.service.version
    }
  }

  # A release is stopped at the first minute with errors; nobody is woken by one alone. One request that
  # waits for a new instance may be the slowest in a hundred: a slow minute alone says nothing.
  bad_minutes  = { live = 3, release = 1 }
  slow_minutes = { live = 3, release = 2 }
}

# The adapter makes an error of the function of each answer with the status 500.
resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each = local.watched

  alarm_name          = "${local.name}-${each.key}-errors"
  alarm_description   = "More than ${var.max_error_percent} % of the requests fail"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.max_error_percent
  evaluation_periods  = local.bad_minutes[each.key]
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
  ok_actions          = var.alarm_topics

  metric_query {
    id          = "rate"
    label       = "Failed requests (%)"
    expression  = "100 * errors / invocations"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "Errors", invocations = "Invocations" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/Lambda"
        metric_name = metric_query.value
        dimensions  = each.value
        stat        = "Sum"
        period      = 60
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "duration" {
  for_each = local.watched

  alarm_name          = "${local.name}-${each.key}-duration"
  alarm_description   = "One request in a hundred takes more than ${var.max_duration_ms} ms"
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = each.value
  extended_statistic  = "p99"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.max_duration_ms
  evaluation_periods  = local.slow_minutes[each.key]
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
  ok_actions          = var.alarm_topics
}

# More requests at once than the account, or reserved_concurrency, lets through.
resource "aws_cloudwatch_metric_alarm" "throttles" {
  alarm_name          = "${local.name}-live-throttles"
  alarm_description   = "Requests are turned away"
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = local.watched.live
  statistic           = "Sum"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = local.bad_minutes.live
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
  ok_actions          = var.alarm_topics
}
