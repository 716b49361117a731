locals {
  alarms = var.endpoint_id == null ? {} : {
    errors = {
      description = "Answers with a status from 500 on."
      metric      = "RequestsPerMinute"
      threshold   = var.max_errors_per_minute
      statuses    = ["5"]
    }
    latency = {
      description = "Slow answers: the 99th percentile, in milliseconds."
      metric      = "RequestLatency_P99"
      threshold   = var.max_latency_ms
      statuses    = []
    }
  }
}

resource "azurerm_monitor_action_group" "this" {
  count = length(var.alarm_emails) == 0 ? 0 : 1

  name                = "${local.name}-alarms"
  short_name          = substr(var.environment, 0, 12)
  resource_group_name = var.foundation.resource_group
  tags                = local.tags

  dynamic "email_receiver" {
    for_each = toset(var.alarm_emails)

    content {
      name                    = email_receiver.value
      email_address           = email_receiver.value
      use_common_alert_schema = true
    }
  }
}

resource "azurerm_monitor_metric_alert" "this" {
  for_each = local.alarms

  name                = "${local.name}-${each.key}"
  description         = each.value.description
  resource_group_name = var.foundation.resource_group
  scopes              = [var.endpoint_id]
  severity            = 1
  frequency           = "PT1M"
  window_size         = "PT5M"
  tags                = local.tags

  criteria {
    metric_namespace = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
    metric_name      = each.value.metric
    aggregation      = "Average"
    operator         = "GreaterThanOrEqual"
    threshold        = each.value.threshold

    dynamic "dimension" {
      for_each = length(each.value.statuses) == 0 ? [] : [each.value.statuses]

      content {
        name     = "statusCode"
        operator = "StartsWith"
        values   = dimension.value
      }
    }
  }

  dynamic "action" {
    for_each = azurerm_monitor_action_group.this

    content {
      action_group_id = action.value.id
    }
  }
}
