{% include "sign_in/" ~ cookiecutter.ci_provider ~ ".tfvars" %}

# Object IDs of people and groups that may deploy: az ad signed-in-user show --query id
operators = []

registry_sku           = "Basic"
replication            = "LRS"
version_retention_days = 30
log_retention_days     = 30
log_quota_gb           = 1

# In the currency of your bill; 0 for no budget.
monthly_budget = 0
budget_emails  = []
