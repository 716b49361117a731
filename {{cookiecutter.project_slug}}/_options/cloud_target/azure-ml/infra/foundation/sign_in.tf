{% include "sign_in/" ~ cookiecutter.ci_provider ~ ".tf" %}

locals {
  # Azure takes a subject word by word: those with * are left out, and an identity that has no other.
  exact = {
    for identity, subjects in local.subjects :
    identity => [for subject in subjects : subject if !strcontains(subject, "*")]
  }
  identities = toset([for identity, subjects in local.exact : identity if length(subjects) > 0])

  credentials = merge([
    for identity, subjects in local.exact : {
      for subject in subjects : "${identity} ${subject}" => { identity = identity, subject = subject }
    }
  ]...)
}

# A job is one of these for as long as it runs. What each may do stands in rights.tf.
resource "azurerm_user_assigned_identity" "ci" {
  for_each = local.identities

  name                = "${local.name}-ci-${each.key}"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = local.tags
}

resource "azurerm_federated_identity_credential" "ci" {
  for_each = local.credentials

  name                      = substr(sha256(each.value.subject), 0, 16) # a subject has what a name may not have
  user_assigned_identity_id = azurerm_user_assigned_identity.ci[each.value.identity].id
  issuer                    = local.issuer
  audience                  = ["api://AzureADTokenExchange"]
  subject                   = each.value.subject
}
