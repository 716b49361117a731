{% set named = {
    "github-actions": 'ci_repository = "acme/flights.v2"',
    "gitlab-ci": 'ci_project = "acme/ml/flights.v2"',
    "jenkins": 'ci_job = "https://jenkins.example.com/job/flights"',
}[cookiecutter.ci_provider] %}
{% include "gcp/foundation/tests/mocks.hcl" %}

override_resource {
  target = google_service_account.ci["train"]
  values = {
    email  = "train@flights-4711.iam.gserviceaccount.com"
    member = "serviceAccount:train@flights-4711.iam.gserviceaccount.com"
    name   = "projects/flights-4711/serviceAccounts/train@flights-4711.iam.gserviceaccount.com"
  }
}

variables {
  project       = "flights-4711"
  region        = "europe-west1"
  bucket_prefix = "a-prefix-flights-4711"

  {{ named }}
}

{% include "gcp/foundation/tests/sign_in/" ~ cookiecutter.ci_provider ~ ".hcl" %}

run "an_attribute_of_its_token_makes_a_job_an_identity" {
  assert {
    condition = alltrue([
      for identity in ["read", "train", "deploy"] :
      can(regex("^assertion\\.sub\\.matches\\('\\^\\(.+\\)\\$'\\) \\? 'yes' : 'no'$", google_iam_workload_identity_pool_provider.ci[0].attribute_mapping["attribute.${identity}"])) &&
      google_service_account_iam_member.sign_in[identity].member == "principalSet://iam.googleapis.com/projects/4711/locations/global/workloadIdentityPools/a-pool/attribute.${identity}/yes" &&
      google_service_account_iam_member.sign_in[identity].role == "roles/iam.workloadIdentityUser"
    ]) && length(google_service_account_iam_member.sign_in) == 3
    error_message = "Only jobs with the attribute of an identity may become it."
  }

  assert {
    condition = endswith(
      google_iam_workload_identity_pool_provider.ci[0].attribute_condition,
      "(attribute.deploy == 'yes' || attribute.read == 'yes' || attribute.train == 'yes')",
    )
    error_message = "Whoever may become nobody has to be refused."
  }
}

run "the_ci_is_told_what_to_sign_in_with" {
  assert {
    condition = toset(keys(output.ci)) == toset([
      "GOOGLE_CLOUD_PROJECT",
      "GOOGLE_CLOUD_REGION",
      "GCP_WORKLOAD_IDENTITY_PROVIDER",
      "GCP_READ_ACCOUNT",
      "GCP_TRAIN_ACCOUNT",
      "GCP_DEPLOY_ACCOUNT",
    ]) && output.ci.GOOGLE_CLOUD_PROJECT == "flights-4711" && output.ci.GOOGLE_CLOUD_REGION == "europe-west1"
    error_message = "A variable of the CI is missing, or there is one too many."
  }

  assert {
    condition     = output.ci.GCP_WORKLOAD_IDENTITY_PROVIDER == google_iam_workload_identity_pool_provider.ci[0].name
    error_message = "The provider has to be told by its whole name."
  }
}

run "reading_and_training_reach_the_data_of_dvc" {
  assert {
    condition = { for key, right in google_storage_bucket_iam_member.dvc : "${local.data_rights[key].identity} ${right.role}" => right.bucket } == {
      "read roles/storage.objectViewer"   = "a-prefix-flights-4711-data"
      "train roles/storage.objectViewer"  = "a-prefix-flights-4711-data"
      "train roles/storage.objectCreator" = "a-prefix-flights-4711-data"
    }
    error_message = "Reading only reads; training also adds, and changes nothing that is there."
  }

  assert {
    condition = alltrue([
      for right in google_storage_bucket_iam_member.dvc :
      right.condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/a-prefix-flights-4711-data/objects/dvc/\")"
    ])
    error_message = "These rights are about the data of DVC."
  }

  assert {
    condition = toset(keys(google_storage_bucket_iam_member.data_names)) == toset(["read", "train"]) && alltrue([
      for right in google_storage_bucket_iam_member.data_names : right.role == "roles/storage.legacyBucketReader"
    ])
    error_message = "Of all else that is in the bucket, they may only see the names."
  }
}

run "the_monitor_reads_what_production_predicts_and_nothing_else" {
  assert {
    condition = (
      google_storage_bucket_iam_member.monitor[0].member == "serviceAccount:train@flights-4711.iam.gserviceaccount.com" &&
      google_storage_bucket_iam_member.monitor[0].role == "roles/storage.objectViewer"
    )
    error_message = "It runs as who trains, and changes nothing."
  }

  assert {
    condition = (
      google_storage_bucket_iam_member.monitor[0].bucket == "a-prefix-flights-4711-data" &&
      google_storage_bucket_iam_member.monitor[0].condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/a-prefix-flights-4711-data/objects/prediction-log/production/\")"
    )
    error_message = "Staging's predictions are none of its business."
  }
}

run "the_deployer_has_no_more_rights_than_it_needs" {
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

run "names_are_as_long_as_they_may_be" {
  assert {
    condition = alltrue([
      for account in concat(values(google_service_account.service), values(google_service_account.ci)) :
      can(regex("^[a-z]([-a-z0-9]{4,28}[a-z0-9])$", account.account_id))
    ])
    error_message = "Service accounts have 6 to 30 characters."
  }

  assert {
    condition = alltrue([
      for id in [
        google_iam_workload_identity_pool.ci[0].workload_identity_pool_id,
        google_iam_workload_identity_pool_provider.ci[0].workload_identity_pool_provider_id,
      ] : can(regex("^[a-z0-9-]{4,32}$", id)) && !startswith(id, "gcp-")
    ])
    error_message = "Pools and providers have 4 to 32 characters, and begin otherwise than Google's own."
  }

  assert {
    condition     = can(regex("^[a-zA-Z0-9_.]{3,64}$", google_project_iam_custom_role.deploy[0].role_id))
    error_message = "Roles have 3 to 64 characters."
  }
}
