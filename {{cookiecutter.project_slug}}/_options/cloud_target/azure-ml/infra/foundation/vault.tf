# The workspace insists on a vault. The service has no secrets: its callers and it itself sign in.
resource "azurerm_key_vault" "this" {
  #checkov:skip=CKV_AZURE_189:The workspace reaches the vault from outside of any network of ours, and nobody else does.
  #checkov:skip=CKV2_AZURE_32:A private endpoint costs more than the vault, which is empty.

  name                = "kv-${substr(local.compact, 0, 12)}-${local.suffix}"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tenant_id           = data.azurerm_client_config.current.tenant_id
  sku_name            = "standard"

  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  soft_delete_retention_days = 90

  network_acls {
    default_action = "Deny"
    bypass         = "AzureServices" # of which the workspace is one
  }

  tags = local.tags
}
