mock_provider "google" {
  mock_resource "google_vertex_ai_endpoint" {
    defaults = { id = "projects/flights-4711/locations/europe-west1/endpoints/1234567890" } # pragma: allowlist secret
  }
}

variables {
  project     = "flights-4711"
  region      = "europe-west1"
  environment = "production"
}

run "the_endpoint_is_dedicated_and_has_a_number_that_stays" {
  assert {
    condition     = google_vertex_ai_endpoint.service.dedicated_endpoint_enabled
    error_message = "Larger requests need an endpoint of their own."
  }

  assert {
    condition     = can(regex("^[1-9][0-9]{1,9}$", google_vertex_ai_endpoint.service.name))
    error_message = "An endpoint has a number of at most ten digits."
  }
}

run "another_environment_has_another_endpoint" {
  command = plan

  variables {
    environment = "staging"
  }

  assert {
    condition     = local.number != run.the_endpoint_is_dedicated_and_has_a_number_that_stays.endpoint && local.endpoint == "${local.name}-staging"
    error_message = "Environments must not meet."
  }
}

run "the_deployment_learns_what_to_deploy_with" {
  variables {
    settings = { ACCESS_LOG = "all" }
  }

  assert {
    condition = output.deployment == {
      machines       = { machine_type = "e2-standard-2", min_replicas = 1, max_replicas = 1, target_cpu = 60 }
      canary_percent = 10
      settings       = tomap({ ACCESS_LOG = "all" })
    }
    error_message = "What is set has to reach the deployment."
  }
}

run "replicas_are_bounded" {
  command = plan

  variables {
    min_replicas = 3
    max_replicas = 2
  }

  expect_failures = [var.max_replicas]
}

run "settings_of_the_platform_cannot_be_set" {
  command = plan

  variables {
    settings = { AIP_HTTP_PORT = "80" }
  }

  expect_failures = [var.settings]
}

run "mail_is_sent_where_there_is_an_address" {
  variables {
    alert_email = "ada@example.com"
  }

  assert {
    condition = alltrue([
      for policy in [google_monitoring_alert_policy.errors, google_monitoring_alert_policy.latency, google_monitoring_alert_policy.busy] :
      length(policy.notification_channels) == 1
    ])
    error_message = "Each alert has to be sent."
  }
}
