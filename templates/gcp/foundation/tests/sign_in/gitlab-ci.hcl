run "main_trains_and_deploys_others_read_and_strangers_do_nothing" {
  assert {
    condition = alltrue([
      for subject, identities in {
        "project_path:acme/ml/flights.v2:ref_type:branch:ref:main"       = "read train deploy"
        "project_path:acme/ml/flights.v2:ref_type:branch:ref:main-2"     = "read"
        "project_path:acme/ml/flights.v2:ref_type:branch:ref:a/branch"   = "read"
        "project_path:acme/ml/flights.v2:ref_type:tag:ref:main"          = ""
        "project_path:acme/ml/flights.v2"                                = ""
        "project_path:acme/ml/flightsxv2:ref_type:branch:ref:main"       = ""
        "project_path:acme/ml/flights.v2-copy:ref_type:branch:ref:main"  = ""
        "project_path:other/ml/flights.v2:ref_type:branch:ref:main"      = ""
        "project_path:other/acme/ml/flights.v2:ref_type:branch:ref:main" = ""
        "project_path:flights.v2:ref_type:branch:ref:main"               = ""
        "a project_path:acme/ml/flights.v2:ref_type:branch:ref:main"     = ""
      } :
{% include "gcp/foundation/tests/sign_in/who.hcl" %}
    ])
    error_message = "A job has another identity than it should."
  }

  assert {
    condition = startswith(
      google_iam_workload_identity_pool_provider.ci[0].attribute_condition,
      "assertion.project_path == 'acme/ml/flights.v2' && (",
    )
    error_message = "Only this project may sign in."
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.ci[0].oidc[0].issuer_uri == "https://gitlab.com"
    error_message = "Only tokens of GitLab may be taken."
  }
}

run "a_gitlab_of_ones_own_gives_the_tokens" {
  variables {
    ci_issuer = "https://gitlab.example.com"
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.ci[0].oidc[0].issuer_uri == "https://gitlab.example.com"
    error_message = "Only tokens of that GitLab may be taken."
  }
}
