{% include "gcp/foundation/tests/mocks.hcl" %}

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

run "nobody_signs_in_who_is_not_named" {
  assert {
    condition = (
      length(google_iam_workload_identity_pool.ci) == 0 &&
      length(google_service_account.ci) == 0 &&
      length(google_project_iam_member.deploy) == 0 &&
      length(google_storage_bucket_iam_member.dvc) == 0 &&
      length(google_storage_bucket_iam_member.monitor) == 0 &&
      length(google_storage_bucket_iam_member.data_names) == 0 &&
      length(google_storage_bucket_iam_member.state) == 0 &&
      output.ci == null
    )
    error_message = "There is a sign-in that nobody asked for."
  }
}

{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_tests.hcl" %}
