mock_provider "google" {
  mock_data "google_cloud_run_v2_service" {
    defaults = {
      traffic_statuses = [
        { percent = 100, revision = "a", tag = "", type = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", uri = "" },
        { percent = 0, revision = "b", tag = "candidate", type = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", uri = "https://candidate---a.run.app" },
      ]
    }
  }
}

variables {
  project            = "flights-4711"
  region             = "europe-west1"
  environment        = "production"
  service_account    = "someone@flights-4711.iam.gserviceaccount.com"
  prediction_log_url = "gs://a-bucket/prediction-log/production"
  api_keys_secret    = "api-keys" # pragma: allowlist secret
  stage              = "live"
  release = {
    image         = "a-registry/service@sha256:${sha256("new")}"
    model_version = "new"
    model_digest  = sha256("bundle")
  }
}

run "the_first_release_gets_all_the_traffic" {
  variables {
    stage = "candidate"
  }

  assert {
    condition = (
      length(google_cloud_run_v2_service.service.traffic) == 1 &&
      google_cloud_run_v2_service.service.traffic[0].revision == google_cloud_run_v2_service.service.template[0].revision &&
      google_cloud_run_v2_service.service.traffic[0].percent == 100
    )
    error_message = "There is no other revision that could have it."
  }

  assert {
    condition     = output.live == merge(var.release, { revision = local.revision })
    error_message = "It serves."
  }
}

run "only_who_is_named_may_call" {
  assert {
    condition     = length(google_cloud_run_v2_service_iam_member.invokers) == 0
    error_message = "Nobody is named."
  }

  assert {
    condition     = google_cloud_run_v2_service.service.template[0].service_account == var.service_account
    error_message = "The service runs as an account of its own."
  }
}

run "everyone_needs_a_key" {
  command = plan

  variables {
    invokers = ["allUsers"]
  }

  expect_failures = [var.invokers]
}

run "keys_come_from_the_secret" {
  variables {
    invokers         = ["allUsers"]
    api_keys_version = "3"
  }

  assert {
    condition = one([
      for variable in google_cloud_run_v2_service.service.template[0].containers[0].env :
      variable.value_source[0].secret_key_ref[0].version if variable.name == "API_KEYS"
    ]) == "3"
    error_message = "The version that was named has to be used."
  }
}

run "the_model_is_pinned" {
  assert {
    condition = one([
      for variable in google_cloud_run_v2_service.service.template[0].containers[0].env :
      variable.value if variable.name == "MODEL_DIGEST"
    ]) == sha256("bundle")
    error_message = "The service has to insist on the model that is deployed."
  }
}

run "a_tag_is_no_release" {
  command = plan

  variables {
    release = {
      image         = "a-registry/service:latest"
      model_version = "new"
      model_digest  = sha256("bundle")
    }
  }

  expect_failures = [var.release]
}

run "instances_are_bounded" {
  assert {
    condition = (
      google_cloud_run_v2_service.service.scaling[0].min_instance_count == 0 &&
      google_cloud_run_v2_service.service.scaling[0].max_instance_count == 3 &&
      google_cloud_run_v2_service.service.template[0].max_instance_request_concurrency == 80
    )
    error_message = "The bill has to have a bound."
  }
}

run "it_is_started_and_watched_by_its_own_word" {
  assert {
    condition = (
      google_cloud_run_v2_service.service.template[0].containers[0].startup_probe[0].http_get[0].path == "/health/ready" &&
      google_cloud_run_v2_service.service.template[0].containers[0].liveness_probe[0].http_get[0].path == "/health/live"
    )
    error_message = "Probes have to ask the service."
  }

  assert {
    condition = alltrue([
      for probe in google_cloud_run_v2_service.service.template[0].containers[0].startup_probe :
      probe.period_seconds * probe.failure_threshold <= 240 && probe.timeout_seconds < probe.period_seconds
    ])
    error_message = "A start may take 240 seconds at most, and a probe less than its period."
  }
}

run "mail_is_sent_where_there_is_an_address" {
  variables {
    alert_email = "ada@example.com"
  }

  assert {
    condition = alltrue([
      for policy in [google_monitoring_alert_policy.errors, google_monitoring_alert_policy.latency, google_monitoring_alert_policy.full[0]] :
      length(policy.notification_channels) == 1
    ])
    error_message = "Each alert has to be sent."
  }
}

run "one_instance_that_is_all_there_can_be_is_no_news" {
  variables {
    max_instances = 1
  }

  assert {
    condition     = length(google_monitoring_alert_policy.full) == 0
    error_message = "It would ring whenever somebody asks."
  }
}

run "names_are_as_long_as_they_may_be" {
  assert {
    condition     = can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", local.service)) && length(local.service) + length("candidate") <= 46
    error_message = "A service and its tag may have 46 characters together."
  }

  assert {
    condition     = can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", local.revision)) && length(local.revision) <= 63 && startswith(local.revision, "${local.service}-")
    error_message = "A revision may have 63 characters, and its name begins with that of the service."
  }
}
