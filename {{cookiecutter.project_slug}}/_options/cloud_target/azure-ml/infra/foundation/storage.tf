locals {
  containers = {
    models = "models"         # what is deployed
    dvc    = "dvc"            # what DVC keeps of data and models
    log    = "prediction-log" # what was asked and answered
  }
}

#trivy:ignore:AZU-0012 Endpoints and CI reach the account from outside of any network of ours; they sign in.
#trivy:ignore:AZU-0057 Its users are the project's own identities, and a log of each request costs more than what is stored.
#trivy:ignore:AZU-0058 How many copies are kept is a question of cost: see the variable replication.
#trivy:ignore:AZU-0060 The keys of the platform encrypt; keys of one's own cost more and can be lost.
resource "azurerm_storage_account" "this" {
  #checkov:skip=CKV_AZURE_59:Endpoints and CI reach the account from outside of any network of ours; they sign in.
  #checkov:skip=CKV_AZURE_206:How many copies are kept is a question of cost: see the variable replication.
  #checkov:skip=CKV_AZURE_33:There are no queues.
  #checkov:skip=CKV2_AZURE_1:The keys of the platform encrypt; keys of one's own cost more and can be lost.
  #checkov:skip=CKV2_AZURE_33:A private endpoint costs more than all that is stored here.
  #checkov:skip=CKV2_AZURE_41:Nothing can be signed with a key that is switched off.

  name                = "${substr(local.compact, 0, 16)}${local.suffix}"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location

  account_tier             = "Standard"
  account_replication_type = var.replication

  https_traffic_only_enabled        = true
  min_tls_version                   = "TLS1_2"
  infrastructure_encryption_enabled = true # on top of the encryption that is always there

  # Whoever wants something here signs in; there is no key to be leaked.
  shared_access_key_enabled       = false
  default_to_oauth_authentication = true
  allow_nested_items_to_be_public = false
  local_user_enabled              = false

  cross_tenant_replication_enabled = false

  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = var.version_retention_days
    }

    container_delete_retention_policy {
      days = var.version_retention_days
    }
  }

  tags = local.tags
}

resource "azurerm_storage_container" "this" {
  #checkov:skip=CKV2_AZURE_21:Its users are the project's own identities, and a log of each read costs more than what is stored.

  for_each = local.containers

  name                  = each.value
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

# What was overwritten or deleted stays for a while, and then costs nothing any more.
resource "azurerm_storage_management_policy" "this" {
  storage_account_id = azurerm_storage_account.this.id

  rule {
    name    = "expire-versions"
    enabled = true

    filters {
      blob_types = ["blockBlob"]
    }

    actions {
      version {
        delete_after_days_since_creation = var.version_retention_days
      }
    }
  }
}
