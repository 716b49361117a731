{% set sagemaker = cookiecutter.cloud_target == "aws-sagemaker" %}
{% set lambda = cookiecutter.cloud_target == "aws-lambda" %}
# Alarms on what the service and the monitor say of themselves: docs/cloudwatch.md lists them. Those of
# alarms.tf look from outside, at what callers get, and stop a release.
{% if lambda %}

data "aws_region" "current" {}
{% endif %}

locals {
  namespace = "{{ cookiecutter.project_slug }}"
  called    = {{ "local.prefix" if sagemaker else "local.name" }}
  hearing   = {{ "[aws_sns_topic.alarms.arn]" if sagemaker else "var.alarm_topics" }}
  kept_days = {{ "var.log_days" if sagemaker else "var.log_retention_days" }}

  # Staging is asked by the smoke test alone: there, silence says nothing, and no monitor looks.
  in_use = var.environment == "production"
{% if sagemaker %}
  runs   = local.serving != null
{% elif not lambda %}
  runs   = true
{% endif %}

  # A minute without a number of its own tells nothing: it is what `missing` makes of it.
  alarms = {
{% if not lambda %}
    service-down = {
      only_if   = local.runs
      says      = "No process of the service reports that it is ready"
      metric    = "ready"
      statistic = "Maximum"
      below     = 1
      seconds   = 60
      times     = 3
      missing   = "breaching" # each process reports every minute, asked or not
    }

    requests-wait = {
      only_if   = local.runs
      says      = "More than {{ 32 if cookiecutter.serving_framework == "flask" else 500 }} requests wait in a process, on average: the service is saturated"
      metric    = "waiting_requests"
      statistic = "Average"
{% if cookiecutter.serving_framework == "flask" %}
      above     = 32 # half of the threads: each waits with one request
{% else %}
      above     = 500 # half of QUEUE_MAX_REQUESTS
{% endif %}
      seconds   = 300
      times     = 1
      missing   = "notBreaching"
    }

{% endif %}
    slow-answers = {
      only_if   = true
      says      = "One answer in a hundred takes more than {{ "2 s" if lambda else "0.25 s" }}"
      metric    = "request_seconds"
      statistic = "p99"
      above     = {{ 2 if lambda else 0.25 }}
      seconds   = 300
      times     = 2
      missing   = "notBreaching" # nobody asks
    }

    no-traffic = {
      only_if   = local.in_use
      says      = "Nobody has asked for a prediction for half an hour"
      metric    = "requests"
      statistic = "Sum"
      below     = 1
      seconds   = 300
      times     = 6
{% if lambda %}
      missing   = "breaching" # without requests there is no process that could report
{% else %}
      missing   = "notBreaching" # that is service-down
{% endif %}
    }

    prediction-log-drops = {
      only_if   = true
      says      = "Records of the prediction log were lost: may the service write to its bucket?"
      metric    = "prediction_log_dropped"
      statistic = "Sum"
      above     = 0
      seconds   = 900
      times     = 1
      missing   = "notBreaching"
    }

    monitor-silent = {
      only_if   = local.in_use
      says      = "The monitor has not looked at the service for two days"
      metric    = "monitor_last_look_seconds"
      statistic = "SampleCount"
      below     = 1
      seconds   = 3600
      times     = 48
      missing   = "breaching"
    }

    # A look's verdict holds until the next one, which comes when it comes: in between nothing changes.
    data-drifts = {
      only_if    = local.in_use
      says       = "The newest rows are unlike those that the model was trained on"
      metric     = "monitor_verdict"
      dimensions = { of = "drift" }
      statistic  = "Maximum"
      above      = 0
      seconds    = 300
      times      = 1
      missing    = "ignore"
    }

    quality-lost = {
      only_if    = local.in_use
      says       = "Predictions are worse than on the test rows, by more than chance does"
      metric     = "monitor_verdict"
      dimensions = { of = "quality" }
      statistic  = "Maximum"
      above      = 0
      seconds    = 300
      times      = 1
      missing    = "ignore"
    }

    retraining-wanted = {
      only_if   = local.in_use
      says      = "Drift or lost quality has lasted, and no training could be started"
      metric    = "monitor_retraining_wanted"
      statistic = "Maximum"
      above     = 0
      seconds   = 300
      times     = 1
      missing   = "ignore"
    }

    labels-missing = {
      only_if   = local.in_use
      says      = "Fewer than half of the predictions have a label, and it is time: quality cannot be told"
      metric    = "monitor_label_coverage_due"
      statistic = "Minimum"
      below     = 0.5
      seconds   = 300
      times     = 1
      missing   = "ignore"
    }

    model-is-old = {
      only_if   = local.in_use
      says      = "The newest rows came more than 180 days after those that the model was made from"
      metric    = "monitor_data_age_days"
      statistic = "Maximum"
      above     = 180
      seconds   = 300
      times     = 1
      missing   = "ignore"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "watched" {
  for_each = { for name, alarm in local.alarms : name => alarm if alarm.only_if }

  alarm_name          = "${local.called}-${each.key}"
  alarm_description   = each.value.says
  namespace           = local.namespace
  metric_name         = each.value.metric
  dimensions          = merge({ environment = var.environment }, try(each.value.dimensions, {}))
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = can(each.value.above) ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = try(each.value.above, each.value.below)
  period              = each.value.seconds
  evaluation_periods  = each.value.times
  treat_missing_data  = each.value.missing
  alarm_actions       = local.hearing
  ok_actions          = local.hearing
}
