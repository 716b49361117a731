# What the service is to the rest of the account, whichever release runs.
resource "azurerm_user_assigned_identity" "service" {
  name                = local.name
  resource_group_name = var.foundation.resource_group
  location            = var.foundation.location
  tags                = local.tags
}

resource "azurerm_role_assignment" "pull_image" {
  principal_id         = azurerm_user_assigned_identity.service.principal_id
  principal_type       = "ServicePrincipal"
  role_definition_name = "AcrPull"
  scope                = var.foundation.registry_id
}

resource "azurerm_role_assignment" "read_models" {
  principal_id         = azurerm_user_assigned_identity.service.principal_id
  principal_type       = "ServicePrincipal"
  role_definition_name = "Storage Blob Data Reader"
  scope                = var.foundation.models_container_id
}

# What the endpoint's metrics are written with. The role is still a preview, so that it is named by ID.
resource "azurerm_role_assignment" "write_metrics" {
  principal_id       = azurerm_user_assigned_identity.service.principal_id
  principal_type     = "ServicePrincipal"
  role_definition_id = "/subscriptions/${var.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/635dd51f-9968-44d3-b7fb-6d9a6bd613ae"
  scope              = var.foundation.workspace_id
}

# It adds to its own environment's part of the log, and reads nothing of it.
resource "azurerm_role_assignment" "write_log" {
  principal_id       = azurerm_user_assigned_identity.service.principal_id
  principal_type     = "ServicePrincipal"
  role_definition_id = var.foundation.log_writer_role_id
  scope              = var.foundation.log_container_id
  condition_version  = "2.0"
  condition          = <<-EOT
    (
      (
        !(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write'})
        AND !(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'})
      )
      OR (
        @Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike '${var.environment}/*'
      )
    )
  EOT
}
