mock_provider "azurerm" {
  mock_data "azurerm_client_config" {
    defaults = {
      object_id = "11111111-1111-1111-1111-111111111111"
      tenant_id = "22222222-2222-2222-2222-222222222222"
    }
  }
}

variables {
  subscription_id    = "00000000-0000-0000-0000-000000000000"
  location           = "westeurope"
  state_container_id = "/state"
}

run "nothing_stored_is_public_or_opened_by_a_key" {
  assert {
    condition = alltrue([
      azurerm_storage_account.this.allow_nested_items_to_be_public == false,
      azurerm_storage_account.this.shared_access_key_enabled == false,
      azurerm_storage_account.this.min_tls_version == "TLS1_2",
      azurerm_storage_account.this.https_traffic_only_enabled,
      azurerm_storage_account.this.infrastructure_encryption_enabled,
      alltrue([for container in azurerm_storage_container.this : container.container_access_type == "private"]),
    ])
    error_message = "The storage account lets someone in who has not signed in."
  }

  assert {
    condition     = toset([for container in azurerm_storage_container.this : container.name]) == toset(["dvc", "models", "prediction-log"])
    error_message = "A container is missing."
  }

  assert {
    condition     = azurerm_machine_learning_workspace.this.storage_account_access_type == "Identity"
    error_message = "The workspace would ask for a key that is switched off."
  }

  assert {
    condition = alltrue([
      azurerm_container_registry.this.admin_enabled == false,
      azurerm_container_registry.this.anonymous_pull_enabled == false,
      azurerm_key_vault.this.purge_protection_enabled,
      azurerm_key_vault.this.rbac_authorization_enabled,
      azurerm_key_vault.this.network_acls[0].default_action == "Deny",
    ])
    error_message = "Registry or vault are open."
  }
}

run "what_is_overwritten_stays_for_a_while" {
  assert {
    condition     = azurerm_storage_account.this.blob_properties[0].versioning_enabled
    error_message = "There are no versions."
  }

  assert {
    condition     = azurerm_storage_management_policy.this.rule[0].actions[0].version[0].delete_after_days_since_creation == 30
    error_message = "Old versions never expire."
  }
}

run "names_are_as_short_as_they_have_to_be" {
  assert {
    condition = alltrue([
      can(regex("^[a-z0-9]{3,24}$", azurerm_storage_account.this.name)),
      can(regex("^[a-z0-9]{5,50}$", azurerm_container_registry.this.name)),
      can(regex("^[a-z](-?[a-z0-9]){2,23}$", azurerm_key_vault.this.name)) && length(azurerm_key_vault.this.name) <= 24,
      can(regex("^[a-z0-9][a-z0-9-]{2,32}$", azurerm_machine_learning_workspace.this.name)),
      length(azurerm_log_analytics_workspace.this.name) <= 63,
    ])
    error_message = "Azure does not take one of the names."
  }
}

run "if_no_job_signs_in_only_people_deploy" {
  variables {
    operators = ["44444444-4444-4444-4444-444444444444"]
  }

  assert {
    condition = (
      length(azurerm_user_assigned_identity.ci) == 0 &&
      length(azurerm_federated_identity_credential.ci) == 0 &&
      length(azurerm_role_assignment.dvc) == 0 &&
      length(azurerm_role_assignment.monitor) == 0 &&
      output.ci == null
    )
    error_message = "There is a sign-in that nobody asked for."
  }

  assert {
    condition = toset([for grant in azurerm_role_assignment.deployer : grant.principal_id]) == toset([
      "11111111-1111-1111-1111-111111111111",
      "44444444-4444-4444-4444-444444444444",
    ])
    error_message = "Others may deploy than those who are meant to."
  }

  assert {
    condition     = length(azurerm_consumption_budget_resource_group.this) == 0
    error_message = "There is a budget of 0."
  }
}

run "who_lays_the_foundation_next_takes_nobodys_rights_away" {
  override_data {
    target = data.azurerm_client_config.current
    values = {
      object_id = "55555555-5555-5555-5555-555555555555"
      tenant_id = "22222222-2222-2222-2222-222222222222"
    }
  }

  assert {
    condition = toset([for grant in azurerm_role_assignment.deployer : grant.principal_id]) == toset([
      "11111111-1111-1111-1111-111111111111",
    ])
    error_message = "Whoever laid it first cannot deploy any more."
  }
}

run "the_service_can_neither_read_nor_delete_its_log" {
  assert {
    condition = toset(azurerm_role_definition.log_writer.permissions[0].data_actions) == toset([
      "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
      "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
    ])
    error_message = "The role does more than to write blobs."
  }
}

run "a_budget_warns_someone" {
  command = plan

  variables {
    monthly_budget = 100
  }

  expect_failures = [var.budget_emails]
}

{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_tests.hcl" %}
