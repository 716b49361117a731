# A release beside the one before, step by step, and back.

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
  canary_percent     = 20
  release = {
    image         = "a-registry/service@sha256:${sha256("new")}"
    model_version = "new"
    model_digest  = sha256("bundle")
  }
  before = {
    revision      = "the-one-before"
    image         = "a-registry/service@sha256:${sha256("old")}"
    model_version = "old"
    model_digest  = sha256("old bundle")
  }
}

run "a_candidate_has_a_url_and_no_traffic" {
  variables {
    stage = "candidate"
  }

  assert {
    condition = jsonencode([for share in google_cloud_run_v2_service.service.traffic : [share.revision, share.percent, share.tag]]) == jsonencode([
      ["the-one-before", 100, null],
      [local.revision, 0, "candidate"],
    ])
    error_message = "All of it has to stay where it was."
  }

  assert {
    condition     = output.candidate_url == "https://candidate---a.run.app"
    error_message = "Its URL is what the platform gives its tag."
  }

  assert {
    condition     = output.live == var.before && output.release.image == var.release.image
    error_message = "The one before serves."
  }
}

run "a_canary_gets_its_share" {
  variables {
    stage = "canary"
  }

  assert {
    condition = jsonencode([for share in google_cloud_run_v2_service.service.traffic : [share.revision, share.percent, share.tag]]) == jsonencode([
      ["the-one-before", 80, null],
      [local.revision, 20, "candidate"],
    ])
    error_message = "It gets canary_percent, and keeps its URL."
  }

  assert {
    condition     = output.live == var.before
    error_message = "What a failure goes back to is still the one before."
  }
}

run "at_last_it_gets_all" {
  variables {
    stage = "live"
  }

  assert {
    condition = jsonencode([for share in google_cloud_run_v2_service.service.traffic : [share.revision, share.percent, share.tag]]) == jsonencode([
      [local.revision, 100, null],
    ])
    error_message = "Nothing is left for the one before."
  }

  assert {
    condition     = output.live == merge(var.release, { revision = local.revision })
    error_message = "It serves."
  }
}

run "going_back_changes_the_traffic_alone" {
  variables {
    stage = "withdrawn"
  }

  assert {
    condition = jsonencode([for share in google_cloud_run_v2_service.service.traffic : [share.revision, share.percent, share.tag]]) == jsonencode([
      ["the-one-before", 100, null],
    ])
    error_message = "The one before gets all of it, and the candidate's URL is gone."
  }

  assert {
    condition     = google_cloud_run_v2_service.service.template[0].revision == run.at_last_it_gets_all.live.revision
    error_message = "The revision must not change: only one that starts could take its place."
  }

  assert {
    condition     = output.live == var.before
    error_message = "The one before serves."
  }
}

run "another_setting_makes_another_revision" {
  command = plan

  variables {
    stage    = "candidate"
    settings = { ACCESS_LOG = "all" }
  }

  assert {
    condition     = local.revision != run.at_last_it_gets_all.live.revision
    error_message = "A revision's name must not be given to another one."
  }
}

run "the_same_release_again_changes_nothing" {
  command = plan

  variables {
    stage  = "candidate"
    before = run.at_last_it_gets_all.live
  }

  assert {
    condition = jsonencode([for share in google_cloud_run_v2_service.service.traffic : [share.revision, share.percent]]) == jsonencode([
      [run.at_last_it_gets_all.live.revision, 100],
    ])
    error_message = "What serves already keeps all the traffic."
  }
}
