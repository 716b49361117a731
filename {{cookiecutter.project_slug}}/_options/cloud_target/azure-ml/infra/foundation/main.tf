provider "azurerm" {
  subscription_id     = var.subscription_id
  storage_use_azuread = true # there are no keys to use instead

  # What a new subscription has to be told that it is going to use.
  resource_provider_registrations = "none"
  resource_providers_to_register = [
    "Microsoft.Cdn", # endpoints need this one and PolicyInsights
    "Microsoft.ContainerRegistry",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.MachineLearningServices",
    "Microsoft.ManagedIdentity",
    "Microsoft.OperationalInsights",
    "Microsoft.PolicyInsights",
    "Microsoft.Storage",
  ]

  features {
    machine_learning {
      # A deleted workspace would keep its name for two weeks.
      purge_soft_deleted_workspace_on_destroy = true
    }
  }
}

data "azurerm_client_config" "current" {}

locals {
  name    = "{{ cookiecutter.project_slug }}"
  compact = replace(local.name, "-", "")
  # Names of storage accounts, vaults and registries are unique in the world.
  suffix = substr(sha256("${var.subscription_id}/${local.name}"), 0, 8)
  tags   = { project = local.name }
}

resource "azurerm_resource_group" "this" {
  name     = local.name
  location = var.location
  tags     = local.tags
}
