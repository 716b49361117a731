# Whoever laid the foundation first, so that the next who does takes no rights away.
resource "terraform_data" "founder" {
  input = data.azurerm_client_config.current.object_id

  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  deployers = merge(
    { for id in setunion(var.operators, [terraform_data.founder.input]) : id => id },
    { for name, identity in azurerm_user_assigned_identity.ci : "ci" => identity.principal_id if name == "deploy" },
  )

  rights = {
    images = { scope = azurerm_container_registry.this.id, role = "AcrPush" }
    models = { scope = azurerm_storage_container.this["models"].id, role = "Storage Blob Data Contributor" }
    dvc    = { scope = azurerm_storage_container.this["dvc"].id, role = "Storage Blob Data Contributor" }
    log    = { scope = azurerm_storage_container.this["log"].id, role = "Storage Blob Data Reader" }
    state  = { scope = var.state_container_id, role = "Storage Blob Data Contributor" }
    # Models, endpoints and what they answer; neither the workspace itself nor machines to compute on.
    workspace = { scope = azurerm_machine_learning_workspace.this.id, role = "AzureML Data Scientist" }
  }

  grants = {
    for pair in setproduct(keys(local.deployers), keys(local.rights)) :
    "${pair[0]}-${pair[1]}" => { principal = local.deployers[pair[0]], right = local.rights[pair[1]] }
  }

  # The roles that an environment's identity gets: see infra/service/identity.tf.
  service_roles = join(", ", [
    "7f951dda-4ed3-4680-a7ca-43fe172d538d", # AcrPull
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", # Storage Blob Data Reader
    "635dd51f-9968-44d3-b7fb-6d9a6bd613ae", # AzureML Metrics Writer
    azurerm_role_definition.log_writer.role_definition_id,
  ])
}

resource "azurerm_role_assignment" "deployer" {
  for_each = local.grants

  principal_id         = each.value.principal
  scope                = each.value.right.scope
  role_definition_name = each.value.right.role
}

# Pull requests and training have DVC's data, as far as they can sign in.
resource "azurerm_role_assignment" "dvc" {
  for_each = setsubtract(local.identities, ["deploy"])

  principal_id         = azurerm_user_assigned_identity.ci[each.key].principal_id
  principal_type       = "ServicePrincipal"
  scope                = azurerm_storage_container.this["dvc"].id
  role_definition_name = each.key == "train" ? "Storage Blob Data Contributor" : "Storage Blob Data Reader"
}

# The monitor runs as who trains, since it is a training that it may ask for. It reads what production
# has predicted, and the labels; it also sees the names of all that is in the log, since it lists them.
resource "azurerm_role_assignment" "monitor" {
  count = local.sign_in ? 1 : 0

  principal_id         = azurerm_user_assigned_identity.ci["train"].principal_id
  principal_type       = "ServicePrincipal"
  scope                = azurerm_storage_container.this["log"].id
  role_definition_name = "Storage Blob Data Reader"
  condition_version    = "2.0"
  condition            = <<-EOT
    (
      !(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'} AND NOT SubOperationMatches{'Blob.List'})
      OR @Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike 'production/*'
    )
  EOT
}

# Adds to the prediction log. It neither reads nor deletes what is there.
resource "azurerm_role_definition" "log_writer" {
  name               = "${local.name} log writer ${local.suffix}"
  description        = "Writes blobs, and does nothing else with them."
  scope              = azurerm_resource_group.this.id
  role_definition_id = uuidv5("url", "${azurerm_resource_group.this.name}/${var.subscription_id}/log-writer")

  permissions {
    data_actions = [
      "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
      "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
    ]
  }
}

# What an environment has besides its endpoint: an identity, logs, alarms and the rules of scaling.
resource "azurerm_role_definition" "environment" {
  name        = "${local.name} environments ${local.suffix}"
  description = "Makes and removes the environments of ${local.name}."
  scope       = azurerm_resource_group.this.id

  permissions {
    actions = [
      "Microsoft.Insights/actionGroups/delete",
      "Microsoft.Insights/actionGroups/read",
      "Microsoft.Insights/actionGroups/write",
      "Microsoft.Insights/autoscaleSettings/delete",
      "Microsoft.Insights/autoscaleSettings/read",
      "Microsoft.Insights/autoscaleSettings/write",
      "Microsoft.Insights/diagnosticSettings/delete",
      "Microsoft.Insights/diagnosticSettings/read",
      "Microsoft.Insights/diagnosticSettings/write",
      "Microsoft.Insights/metricAlerts/delete",
      "Microsoft.Insights/metricAlerts/read",
      "Microsoft.Insights/metricAlerts/write",
      "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
      "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
      "Microsoft.ManagedIdentity/userAssignedIdentities/read",
      "Microsoft.ManagedIdentity/userAssignedIdentities/write",
      # Without it no logs can be sent there.
      "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
    ]
  }
}

resource "azurerm_role_assignment" "environment" {
  for_each = local.deployers

  principal_id       = each.value
  scope              = azurerm_resource_group.this.id
  role_definition_id = azurerm_role_definition.environment.role_definition_resource_id
}

# A deployer lets an environment's identity in, with the four roles above and no other.
resource "azurerm_role_assignment" "delegation" {
  for_each = local.deployers

  principal_id         = each.value
  scope                = azurerm_resource_group.this.id
  role_definition_name = "Role Based Access Control Administrator"
  condition_version    = "2.0"
  condition            = <<-EOT
    (
      !(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})
      OR (
        @Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${local.service_roles}}
        AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}
      )
    )
    AND (
      !(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})
      OR (
        @Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${local.service_roles}}
        AND @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}
      )
    )
  EOT
}
