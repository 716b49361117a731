resource "azurerm_container_registry" "this" {
  #checkov:skip=CKV_AZURE_139:Endpoints and CI reach the registry from outside of any network of ours; they sign in.
  #checkov:skip=CKV_AZURE_165:One region is enough, and copies need the Premium registry.
  #checkov:skip=CKV_AZURE_166:Quarantine needs the Premium registry.
  #checkov:skip=CKV_AZURE_167:Retention of untagged images needs the Premium registry, and every image has a tag.
  #checkov:skip=CKV_AZURE_233:Copies in several zones need the Premium registry.
  #checkov:skip=CKV_AZURE_237:Data endpoints of its own need the Premium registry.
  #checkov:skip=CKV_AZURE_163:Scanning is Defender's, which costs by the image; CI can scan what it builds.
  #checkov:skip=CKV_AZURE_164:Images are deployed by digest.

  name                   = "${local.compact}${local.suffix}"
  resource_group_name    = azurerm_resource_group.this.name
  location               = azurerm_resource_group.this.location
  sku                    = var.registry_sku
  admin_enabled          = false
  anonymous_pull_enabled = false
  tags                   = local.tags
}
