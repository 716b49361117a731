# The objective is 99.5 % of answers without an error of the service, in 30 days. How fast the budget for
# errors burns is looked at over a long and a short window at once (The Site Reliability Workbook, chapter 5):
# the long one says that it matters, the short one that it goes on. Where few ask, a single error is many
# answers in a hundred: one or two of them call nobody.
locals {
  budget = 0.005

  burning = {
    fast   = { times = 14.4, long = 3600, short = 300, lasts = "2 days" }
    slowly = { times = 6, long = 21600, short = 1800, lasts = "5 days" }
  }

  windows = merge([
    for pace, burn in local.burning : {
      for window in ["long", "short"] : "${pace}-${window}" => {
        seconds = burn[window]
        limit   = burn.times * local.budget
        few     = window == "long" ? 2 : 0
      }
    }
  ]...)
}

resource "aws_cloudwatch_metric_alarm" "window" {
  for_each = local.windows

  alarm_name          = "${local.called}-errors-${each.key}"
  alarm_description   = "More than ${100 * each.value.limit} % of answers are errors${each.value.few > 0 ? ", and more than ${each.value.few} are" : ""}, in ${each.value.seconds / 60} minutes. It tells nobody: see error-budget-${split("-", each.key)[0]}"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.limit
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # nobody asks

  metric_query {
    id          = "share"
    label       = "Errors, of all answers"
    expression  = "IF(errors > ${each.value.few}, errors / requests, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = toset(["errors", "requests"])

    content {
      id = metric_query.value

      metric {
        namespace   = local.namespace
        metric_name = metric_query.value
        dimensions  = { environment = var.environment }
        period      = each.value.seconds
        stat        = "Sum"
      }
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "error_budget" {
  for_each = local.burning

  alarm_name        = "${local.called}-error-budget-${each.key}"
  alarm_description = "Of answers, so many are errors that the budget of a month lasts ${each.value.lasts}"
  alarm_actions     = local.hearing
  ok_actions        = local.hearing
  alarm_rule = join(" AND ", [
    for window in ["long", "short"] : "ALARM(\"${aws_cloudwatch_metric_alarm.window["${each.key}-${window}"].alarm_name}\")"
  ])
}
