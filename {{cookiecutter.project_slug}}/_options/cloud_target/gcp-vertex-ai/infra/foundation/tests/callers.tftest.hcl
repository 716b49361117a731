mock_provider "google" {
  mock_resource "google_artifact_registry_repository" {
    defaults = { registry_uri = "europe-west1-docker.pkg.dev/flights-4711/a-repository" }
  }
}

variables {
  project       = "flights-4711"
  region        = "europe-west1"
  bucket_prefix = "a-prefix-flights-4711"
}

run "nobody_is_let_in_who_is_not_named" {
  assert {
    condition     = length(google_project_iam_member.callers) == 0
    error_message = "Nobody is named."
  }
}

run "callers_can_ask_and_nothing_else" {
  variables {
    callers = ["group:analysts@acme.com"]
  }

  assert {
    condition = (
      google_project_iam_member.callers["group:analysts@acme.com"].role == google_project_iam_custom_role.call.name &&
      google_project_iam_custom_role.call.permissions == toset(["aiplatform.endpoints.predict"])
    )
    error_message = "They may ask for predictions, and nothing else."
  }
}

run "everyone_cannot_be_let_in" {
  command = plan

  variables {
    callers = ["allUsers"]
  }

  expect_failures = [var.callers]
}
