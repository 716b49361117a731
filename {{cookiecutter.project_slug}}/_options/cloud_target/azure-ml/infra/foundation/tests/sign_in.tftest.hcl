mock_provider "azurerm" {
  mock_data "azurerm_client_config" {
    defaults = {
      object_id = "11111111-1111-1111-1111-111111111111"
      tenant_id = "22222222-2222-2222-2222-222222222222"
    }
  }

  override_resource {
    target = azurerm_user_assigned_identity.ci["read"]
    values = { id = "/read", client_id = "read", principal_id = "33333333-3333-3333-3333-333333333333" }
  }

  override_resource {
    target = azurerm_user_assigned_identity.ci["train"]
    values = { id = "/train", client_id = "train", principal_id = "44444444-4444-4444-4444-444444444444" }
  }

  override_resource {
    target = azurerm_user_assigned_identity.ci["deploy"]
    values = { id = "/deploy", client_id = "deploy", principal_id = "55555555-5555-5555-5555-555555555555" }
  }
}

variables {
  subscription_id    = "00000000-0000-0000-0000-000000000000"
  location           = "westeurope"
  state_container_id = "/state"

{% if cookiecutter.ci_provider == "github-actions" %}
  ci_repository = "acme@42/flights@4711"
}

run "main_trains_and_deploys_pull_requests_read_and_strangers_do_nothing" {
  assert {
    condition = toset([
      for credential in azurerm_federated_identity_credential.ci :
      "${credential.user_assigned_identity_id} ${credential.subject}"
      ]) == toset([
      "/read repo:acme/flights:pull_request",
      "/read repo:acme@42/flights@4711:pull_request",
      "/train repo:acme/flights:ref:refs/heads/main",
      "/train repo:acme@42/flights@4711:ref:refs/heads/main",
      "/deploy repo:acme/flights:ref:refs/heads/main",
      "/deploy repo:acme@42/flights@4711:ref:refs/heads/main",
      "/deploy repo:acme/flights:environment:staging",
      "/deploy repo:acme@42/flights@4711:environment:staging",
      "/deploy repo:acme/flights:environment:production",
      "/deploy repo:acme@42/flights@4711:environment:production",
    ])
    error_message = "A job has another identity than it should."
  }

  assert {
    condition     = alltrue([for credential in azurerm_federated_identity_credential.ci : credential.issuer == "https://token.actions.githubusercontent.com"])
    error_message = "Only tokens of GitHub may be taken."
  }
}

run "without_ids_only_names_sign_in" {
  variables {
    ci_repository = "acme/flights"
  }

  assert {
    condition = length(azurerm_federated_identity_credential.ci) == 5 && alltrue([
      for credential in azurerm_federated_identity_credential.ci : startswith(credential.subject, "repo:acme/flights:")
    ])
    error_message = "Azure takes a subject word by word."
  }
}
{% elif cookiecutter.ci_provider == "gitlab-ci" %}
  ci_project = "acme/ml/flights"
}

run "main_trains_and_deploys_and_nobody_else_signs_in" {
  assert {
    condition = toset([
      for credential in azurerm_federated_identity_credential.ci :
      "${credential.user_assigned_identity_id} ${credential.subject}"
      ]) == toset([
      "/train project_path:acme/ml/flights:ref_type:branch:ref:main",
      "/deploy project_path:acme/ml/flights:ref_type:branch:ref:main",
    ])
    error_message = "A job has another identity than it should."
  }

  assert {
    condition     = alltrue([for credential in azurerm_federated_identity_credential.ci : credential.issuer == "https://gitlab.com"])
    error_message = "Only tokens of GitLab may be taken."
  }
}

run "a_gitlab_of_ones_own_gives_the_tokens" {
  variables {
    ci_issuer = "https://gitlab.example.com"
  }

  assert {
    condition     = alltrue([for credential in azurerm_federated_identity_credential.ci : credential.issuer == "https://gitlab.example.com"])
    error_message = "Only tokens of that GitLab may be taken."
  }
}
{% else %}
  ci_job = "https://jenkins.example.com/job/flights"
}

run "each_job_has_its_identity_and_nobody_else_signs_in" {
  assert {
    condition = toset([
      for credential in azurerm_federated_identity_credential.ci :
      "${credential.user_assigned_identity_id} ${credential.subject}"
      ]) == toset([
      "/train https://jenkins.example.com/job/flights/job/train/",
      "/train https://jenkins.example.com/job/flights/job/monitor/",
      "/deploy https://jenkins.example.com/job/flights/job/deliver/",
    ])
    error_message = "A job has another identity than it should."
  }

  assert {
    condition     = alltrue([for credential in azurerm_federated_identity_credential.ci : credential.issuer == "https://jenkins.example.com/oidc"])
    error_message = "Only tokens of this Jenkins may be taken."
  }
}

run "someone_else_publishes_the_keys" {
  variables {
    ci_issuer = "https://storage.example.com/jenkins"
  }

  assert {
    condition     = alltrue([for credential in azurerm_federated_identity_credential.ci : credential.issuer == "https://storage.example.com/jenkins"])
    error_message = "Only tokens of that issuer may be taken."
  }
}
{% endif %}

run "tokens_are_meant_for_azure" {
  assert {
    condition = alltrue([
      for credential in azurerm_federated_identity_credential.ci :
      credential.audience == tolist(["api://AzureADTokenExchange"]) && can(regex("^[a-z0-9]{3,120}$", credential.name))
    ])
    error_message = "Tokens for others are taken, or Azure does not take a name."
  }

  assert {
    condition     = alltrue([for identity in azurerm_user_assigned_identity.ci : length(identity.name) <= 128])
    error_message = "Identities have at most 128 characters."
  }
}

run "the_ci_is_told_what_to_sign_in_with" {
  assert {
    condition = output.ci == {
      AZURE_SUBSCRIPTION_ID  = "00000000-0000-0000-0000-000000000000"
      AZURE_TENANT_ID        = "22222222-2222-2222-2222-222222222222"
      AZURE_READ_CLIENT_ID   = {{ '"read"' if cookiecutter.ci_provider == "github-actions" else "null" }}
      AZURE_TRAIN_CLIENT_ID  = "train"
      AZURE_DEPLOY_CLIENT_ID = "deploy"
    }
    error_message = "A variable of the CI is missing, or has another's value."
  }
}

run "reading_and_training_reach_the_data_of_dvc" {
  assert {
    condition = {
      for right in azurerm_role_assignment.dvc : right.principal_id => right.role_definition_name
      } == {
{% if cookiecutter.ci_provider == "github-actions" %}
      "33333333-3333-3333-3333-333333333333" = "Storage Blob Data Reader"
{% endif %}
      "44444444-4444-4444-4444-444444444444" = "Storage Blob Data Contributor"
    }
    error_message = "Reading only reads; training also adds."
  }

  assert {
    condition     = alltrue([for right in azurerm_role_assignment.dvc : right.scope == azurerm_storage_container.this["dvc"].id])
    error_message = "These rights are about the data of DVC."
  }

  assert {
    condition = toset(concat(
      [for grant in azurerm_role_assignment.deployer : grant.principal_id],
      [for grant in azurerm_role_assignment.environment : grant.principal_id],
      [for grant in azurerm_role_assignment.delegation : grant.principal_id],
      )) == toset([
      "11111111-1111-1111-1111-111111111111",
      "55555555-5555-5555-5555-555555555555",
    ])
    error_message = "Only the identity that deploys may deploy."
  }
}

run "the_monitor_reads_what_production_predicts_and_nothing_else" {
  assert {
    condition = (
      azurerm_role_assignment.monitor[0].principal_id == "44444444-4444-4444-4444-444444444444" &&
      azurerm_role_assignment.monitor[0].scope == azurerm_storage_container.this["log"].id &&
      azurerm_role_assignment.monitor[0].role_definition_name == "Storage Blob Data Reader"
    )
    error_message = "It runs as who trains, and changes nothing."
  }

  assert {
    condition = (
      azurerm_role_assignment.monitor[0].condition_version == "2.0" &&
      strcontains(azurerm_role_assignment.monitor[0].condition, "blobs/read'} AND NOT SubOperationMatches{'Blob.List'})") &&
      strcontains(azurerm_role_assignment.monitor[0].condition, "blobs:path] StringLike 'production/*'")
    )
    error_message = "It lists what is there, and staging's predictions are none of its business."
  }
}

run "deployers_have_the_rights_that_they_need" {
  assert {
    condition = toset([
      for name, grant in azurerm_role_assignment.deployer : grant.role_definition_name if startswith(name, "ci-")
      ]) == toset([
      "AcrPush",
      "AzureML Data Scientist",
      "Storage Blob Data Contributor",
      "Storage Blob Data Reader",
    ])
    error_message = "The roles of the CI have changed."
  }

  # A custom role whose actions have no wildcard, and neither the right to give roles to people.
  assert {
    condition     = alltrue([for action in azurerm_role_definition.environment.permissions[0].actions : !strcontains(action, "*")])
    error_message = "The role may do more than what is listed."
  }

  assert {
    condition = alltrue([
      for grant in azurerm_role_assignment.delegation :
      grant.condition_version == "2.0"
      && strcontains(grant.condition, "roleAssignments/write")
      && strcontains(grant.condition, "roleAssignments/delete")
      && strcontains(grant.condition, "StringEqualsIgnoreCase {'ServicePrincipal'}")
      && length(regexall("[0-9a-f]{8}-[0-9a-f-]{27}", grant.condition)) == 8
    ])
    error_message = "Deployers may give other roles, or to others, than the four to an environment's identity."
  }
}
