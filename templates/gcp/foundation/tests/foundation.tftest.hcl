mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      email  = "someone@flights-4711.iam.gserviceaccount.com"
      member = "serviceAccount:someone@flights-4711.iam.gserviceaccount.com"
      name   = "projects/flights-4711/serviceAccounts/someone@flights-4711.iam.gserviceaccount.com"
    }
  }

  mock_resource "google_artifact_registry_repository" {
    defaults = { registry_uri = "europe-west1-docker.pkg.dev/flights-4711/a-repository" }
  }

  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/4711/locations/global/workloadIdentityPools/a-pool" }
  }
}

variables {
  project       = "flights-4711"
  region        = "europe-west1"
  bucket_prefix = "a-prefix-flights-4711"
}

run "storage_is_private_and_versioned" {
  assert {
    condition = alltrue([
      for bucket in google_storage_bucket.storage :
      bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access && bucket.versioning[0].enabled
    ]) && toset(keys(google_storage_bucket.storage)) == toset(["models", "data"])
    error_message = "Both buckets have to be private and versioned."
  }

  assert {
    condition = alltrue(flatten([
      for bucket in google_storage_bucket.storage : [
        for rule in bucket.lifecycle_rule :
        one(rule.condition).with_state == "ARCHIVED" && one(rule.condition).days_since_noncurrent_time == 90
        if one(rule.action).type == "Delete"
      ]
    ]))
    error_message = "Only what was replaced or deleted may expire."
  }

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.storage : bucket.force_destroy != true])
    error_message = "A bucket with something in it must not be removed."
  }

  assert {
    condition     = output.dvc_remote.url == "gs://a-prefix-flights-4711-data/dvc"
    error_message = "DVC keeps its data in the bucket for data."
  }
}

run "images_stay_what_they_are" {
  assert {
    condition     = google_artifact_registry_repository.service.docker_config[0].immutable_tags
    error_message = "A tag must not get another image."
  }

  assert {
    condition = anytrue([
      for policy in google_artifact_registry_repository.service.cleanup_policies :
      alltrue([for versions in policy.most_recent_versions : versions.keep_count >= 20])
      if policy.action == "KEEP"
    ])
    error_message = "The newest images have to stay, to go back to."
  }
}

run "the_service_writes_its_own_log_and_no_other" {
  assert {
    condition = alltrue([
      for environment, right in google_storage_bucket_iam_member.prediction_log :
      endswith(right.condition[0].expression, "/objects/prediction-log/${environment}/\")") &&
      output.prediction_logs[environment] == "gs://a-prefix-flights-4711-data/prediction-log/${environment}"
    ])
    error_message = "Each environment writes below its own folder."
  }

  assert {
    condition = alltrue([
      for right in values(google_storage_bucket_iam_member.prediction_log) : right.role == "roles/storage.objectCreator"
    ])
    error_message = "It adds to its log, and does nothing else with it."
  }

  assert {
    condition = alltrue([
      for right in values(google_storage_bucket_iam_member.models) : right.role == "roles/storage.objectViewer"
    ])
    error_message = "Models it may only read."
  }
}

run "nobody_signs_in_without_a_repository" {
  assert {
    condition = (
      length(google_iam_workload_identity_pool.ci) == 0 &&
      length(google_service_account.deploy) == 0 &&
      length(google_project_iam_member.deploy) == 0 &&
      length(google_storage_bucket_iam_member.state) == 0 &&
      output.sign_in == null
    )
    error_message = "Without ci_repository there must be no sign-in."
  }
}

run "the_main_branch_and_the_environments_sign_in" {
  variables {
    ci_repository = "acme/flights"
  }

  assert {
    condition = google_iam_workload_identity_pool_provider.github[0].attribute_condition == join(" && ", [
      "assertion.repository == 'acme/flights'",
      "(assertion.sub.endsWith(':ref:refs/heads/main') || assertion.sub.endsWith(':environment:staging') || assertion.sub.endsWith(':environment:production'))",
    ])
    error_message = "Only this repository's main branch and environments may sign in."
  }

  assert {
    condition     = google_service_account_iam_member.sign_in[0].member == "principalSet://iam.googleapis.com/projects/4711/locations/global/workloadIdentityPools/a-pool/attribute.repository/acme/flights"
    error_message = "Only this repository may become the deployer."
  }

  assert {
    condition     = output.sign_in != null
    error_message = "CI needs to know what to sign in with."
  }
}

run "with_ids_nobody_takes_the_repository_over" {
  variables {
    ci_repository = "acme@42/flights@4711"
  }

  assert {
    condition = alltrue([
      for claim in [
        "assertion.repository == 'acme/flights' && ",
        "assertion.repository_id == '4711' && ",
        "assertion.repository_owner_id == '42' && ",
      ] : strcontains(google_iam_workload_identity_pool_provider.github[0].attribute_condition, claim)
    ])
    error_message = "Where the ids are known, they have to match."
  }
}

run "the_deployer_has_no_more_rights_than_it_needs" {
  variables {
    ci_repository = "acme/flights"
  }

  assert {
    condition = alltrue([
      for permission in google_project_iam_custom_role.deploy[0].permissions :
      !strcontains(permission, "*") && !startswith(permission, "iam.") && (!startswith(permission, "resourcemanager.") || permission == "resourcemanager.projects.get")
    ])
    error_message = "It must not give rights, to itself or to others."
  }

  assert {
    condition = alltrue([
      for right in google_storage_bucket_iam_member.deployer :
      contains(["roles/storage.objectCreator", "roles/storage.objectViewer"], right.role)
    ])
    error_message = "It must not delete or replace data."
  }

  assert {
    condition = alltrue([
      for key, right in google_storage_bucket_iam_member.state :
      endswith(right.condition[0].expression, "/a-prefix-flights-4711-tfstate/objects/${key}/\")") &&
      (key == "foundation" ? right.role == "roles/storage.objectViewer" : right.role == "roles/storage.objectUser")
    ])
    error_message = "It must not change the state of the foundation."
  }
}

run "an_address_is_no_repository" {
  command = plan

  variables {
    ci_repository = "https://github.com/acme/flights"
  }

  expect_failures = [var.ci_repository]
}

run "names_are_as_long_as_they_may_be" {
  variables {
    ci_repository = "acme/flights"
  }

  assert {
    condition = alltrue([
      for account in concat(values(google_service_account.service), google_service_account.deploy) :
      can(regex("^[a-z]([-a-z0-9]{4,28}[a-z0-9])$", account.account_id))
    ])
    error_message = "Service accounts have 6 to 30 characters."
  }

  assert {
    condition     = can(regex("^[a-z0-9-]{4,32}$", google_iam_workload_identity_pool.ci[0].workload_identity_pool_id))
    error_message = "Pools have 4 to 32 characters."
  }

  assert {
    condition     = can(regex("^[a-zA-Z0-9_.]{3,64}$", google_project_iam_custom_role.deploy[0].role_id))
    error_message = "Roles have 3 to 64 characters."
  }
}
