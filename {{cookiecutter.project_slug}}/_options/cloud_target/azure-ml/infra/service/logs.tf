# What the containers print, and what becomes of them. The log of every single request would cost by
# the request, and the metrics count them anyway.
resource "azurerm_monitor_diagnostic_setting" "endpoint" {
  count = var.endpoint_id == null ? 0 : 1

  name                       = "logs"
  target_resource_id         = var.endpoint_id
  log_analytics_workspace_id = var.foundation.logs_id

  enabled_log {
    category = "AmlOnlineEndpointConsoleLog"
  }

  enabled_log {
    category = "AmlOnlineEndpointEventLog"
  }
}
