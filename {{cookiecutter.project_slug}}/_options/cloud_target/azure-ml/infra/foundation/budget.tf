resource "azurerm_consumption_budget_resource_group" "this" {
  count = var.monthly_budget == 0 ? 0 : 1

  name              = local.name
  resource_group_id = azurerm_resource_group.this.id
  amount            = var.monthly_budget
  time_grain        = "Monthly"

  time_period {
    start_date = formatdate("YYYY-MM-01'T'00:00:00Z", timestamp())
  }

  notification {
    operator       = "GreaterThanOrEqualTo"
    threshold      = 80
    contact_emails = var.budget_emails
  }

  notification {
    operator       = "GreaterThanOrEqualTo"
    threshold      = 100
    threshold_type = "Forecasted"
    contact_emails = var.budget_emails
  }

  lifecycle {
    ignore_changes = [time_period] # it starts once
  }
}
