provider "azurerm" {
  subscription_id     = var.subscription_id
  storage_use_azuread = true # there are no keys to use instead

  # The foundation has done that, and a deployer may not.
  resource_provider_registrations = "none"

  features {}
}

locals {
  name = "{{ cookiecutter.project_slug }}-${var.environment}"
  tags = { project = "{{ cookiecutter.project_slug }}", environment = var.environment }
}
