resource "azurerm_machine_learning_workspace" "this" {
  #checkov:skip=CKV_AZURE_144:Deployments and callers reach it from outside of any network of ours; they sign in.
  #checkov:skip=CKV2_AZURE_49:The same.
  #checkov:skip=CKV2_AZURE_50:The account lets no key in and nothing be public; a network of its own would cost more than it.

  # At most 33 characters.
  name                = "${trimsuffix(substr(local.name, 0, 24), "-")}-${local.suffix}"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location

  application_insights_id = azurerm_application_insights.this.id
  container_registry_id   = azurerm_container_registry.this.id
  key_vault_id            = azurerm_key_vault.this.id
  storage_account_id      = azurerm_storage_account.this.id

  # It gets its rights on all of these by itself.
  identity {
    type = "SystemAssigned"
  }

  storage_account_access_type   = "Identity"
  public_network_access_enabled = true

  tags = local.tags
}

# Registered models go into a container of their own, so that an endpoint can be let in to that alone.
resource "azurerm_machine_learning_datastore_blobstorage" "models" {
  name                 = "models"
  workspace_id         = azurerm_machine_learning_workspace.this.id
  storage_container_id = azurerm_storage_container.this["models"].id
}
