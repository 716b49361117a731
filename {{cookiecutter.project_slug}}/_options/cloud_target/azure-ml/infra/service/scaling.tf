# A new release starts with the least number of machines; from when it serves, this adds some under load.
resource "azurerm_monitor_autoscale_setting" "this" {
  count = var.serving != null && var.max_instances > var.instances ? 1 : 0

  name                = "${local.name}-scaling"
  resource_group_name = var.foundation.resource_group
  location            = var.foundation.location
  target_resource_id  = local.serving_id
  tags                = local.tags

  profile {
    name = "load"

    capacity {
      minimum = var.instances
      default = var.instances
      maximum = var.max_instances
    }

    rule {
      metric_trigger {
        metric_name        = "CpuUtilizationPercentage"
        metric_resource_id = local.serving_id
        operator           = "GreaterThan"
        statistic          = "Average"
        threshold          = var.scale_at_cpu_percent
        time_aggregation   = "Average"
        time_grain         = "PT1M"
        time_window        = "PT5M"
      }

      scale_action {
        direction = "Increase"
        type      = "ChangeCount"
        value     = 1
        cooldown  = "PT5M"
      }
    }

    rule {
      metric_trigger {
        metric_name        = "CpuUtilizationPercentage"
        metric_resource_id = local.serving_id
        operator           = "LessThan"
        statistic          = "Average"
        threshold          = floor(var.scale_at_cpu_percent / 2) # or it would be added again at once
        time_aggregation   = "Average"
        time_grain         = "PT1M"
        time_window        = "PT15M"
      }

      scale_action {
        direction = "Decrease"
        type      = "ChangeCount"
        value     = 1
        cooldown  = "PT15M"
      }
    }
  }
}

locals {
  serving_id = var.serving == null ? null : "${var.endpoint_id}/deployments/${var.serving}"
}
