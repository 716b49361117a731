output "resource_group" {
  description = "Where everything is."
  value       = azurerm_resource_group.this.name
}

output "workspace" {
  description = "The workspace of models and endpoints."
  value       = azurerm_machine_learning_workspace.this.name
}

output "registry" {
  description = "The host of the image registry."
  value       = azurerm_container_registry.this.login_server
}

output "dvc_remote" {
  description = "Where DVC keeps data and models."
  value = {
    url          = "azure://${azurerm_storage_container.this["dvc"].name}"
    account_name = azurerm_storage_account.this.name
  }
}

output "service" {
  description = "What an environment builds on."
  value = {
    resource_group      = azurerm_resource_group.this.name
    location            = azurerm_resource_group.this.location
    workspace_id        = azurerm_machine_learning_workspace.this.id
    registry_id         = azurerm_container_registry.this.id
    models_container_id = azurerm_storage_container.this["models"].id
    log_writer_role_id  = azurerm_role_definition.log_writer.role_definition_resource_id
    log_container_id    = azurerm_storage_container.this["log"].id
    log_url             = "abfs://${azurerm_storage_container.this["log"].name}@${azurerm_storage_account.this.name}.dfs.core.windows.net"
    logs_id             = azurerm_log_analytics_workspace.this.id
  }
}

output "ci" {
  description = "The variables of the CI, by name; null if nobody signs in."
  value = local.sign_in ? {
    AZURE_SUBSCRIPTION_ID  = var.subscription_id
    AZURE_TENANT_ID        = data.azurerm_client_config.current.tenant_id
    AZURE_READ_CLIENT_ID   = try(azurerm_user_assigned_identity.ci["read"].client_id, null)
    AZURE_TRAIN_CLIENT_ID  = azurerm_user_assigned_identity.ci["train"].client_id
    AZURE_DEPLOY_CLIENT_ID = azurerm_user_assigned_identity.ci["deploy"].client_id
  } : null
}
