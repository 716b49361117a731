# A workflow on GitHub is this identity for as long as it runs; there is no password to be stored.
resource "azurerm_user_assigned_identity" "ci" {
  count = var.ci_repository == "" ? 0 : 1

  name                = "${local.name}-ci"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = local.tags
}

# Only jobs of these environments: GitHub asks for an approval there, where one is demanded.
resource "azurerm_federated_identity_credential" "ci" {
  for_each = var.ci_repository == "" ? toset([]) : toset(["staging", "production"])

  name                      = each.key
  user_assigned_identity_id = azurerm_user_assigned_identity.ci[0].id
  issuer                    = "https://token.actions.githubusercontent.com"
  audience                  = ["api://AzureADTokenExchange"]
  subject                   = "repo:${var.ci_repository}:environment:${each.key}"
}
