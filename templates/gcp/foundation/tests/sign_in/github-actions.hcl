run "main_trains_and_deploys_others_read_and_strangers_do_nothing" {
  assert {
    condition = alltrue([
      for subject, identities in {
        "repo:acme/flights.v2:ref:refs/heads/main"                            = "read train deploy"
        "repo:acme@42/flights.v2@4711:ref:refs/heads/main"                    = "read train deploy"
        "repo:acme/flights.v2:environment:staging"                            = "deploy"
        "repo:acme/flights.v2:environment:production"                         = "deploy"
        "repo:acme@42/flights.v2@4711:environment:production"                 = "deploy"
        "repo:acme/flights.v2:environment:other"                              = ""
        "repo:acme/flights.v2:environment:production:other"                   = ""
        "repo:acme/flights.v2:ref:refs/heads/main-2"                          = "read"
        "repo:acme@42/flights.v2@4711:ref:refs/heads/a/branch"                = "read"
        "repo:acme/flights.v2:pull_request"                                   = "read"
        "repo:acme@42/flights.v2@4711:pull_request"                           = "read"
        "repo:acme/flights.v2:ref:refs/tags/main"                             = ""
        "repo:acme/flightsxv2:ref:refs/heads/main"                            = ""
        "repo:acme/flights.v2-copy:ref:refs/heads/main"                       = ""
        "repo:acme@42/flights.v2-copy@4711:ref:refs/heads/main"               = ""
        "repo:other/flights.v2:ref:refs/heads/main"                           = ""
        "repo:other@43/flights.v2@4711:ref:refs/heads/main"                   = ""
        "repo:acme@42/other@1:environment:x/flights.v2@1:ref:refs/heads/main" = ""
        "a repo:acme/flights.v2:ref:refs/heads/main"                          = ""
      } :
{% include "gcp/foundation/tests/sign_in/who.hcl" %}
    ])
    error_message = "A job has another identity than it should."
  }

  assert {
    condition = startswith(
      google_iam_workload_identity_pool_provider.ci[0].attribute_condition,
      "assertion.repository == 'acme/flights.v2' && (",
    )
    error_message = "Only this repository may sign in."
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.ci[0].oidc[0].issuer_uri == "https://token.actions.githubusercontent.com"
    error_message = "Only tokens of GitHub may be taken."
  }
}

run "with_ids_nobody_takes_the_repository_over" {
  variables {
    ci_repository = "acme@42/flights@4711"
  }

  assert {
    condition = startswith(google_iam_workload_identity_pool_provider.ci[0].attribute_condition, join(" && ", [
      "assertion.repository == 'acme/flights'",
      "assertion.repository_id == '4711'",
      "assertion.repository_owner_id == '42'",
      "(",
    ]))
    error_message = "Where the ids are known, they have to match."
  }

  assert {
    condition = alltrue([
      for subject, identities in {
        "repo:acme@42/flights@4711:ref:refs/heads/main" = "read train deploy"
        "repo:acme@42/flights@4712:ref:refs/heads/main" = ""
        "repo:acme@43/flights@4711:ref:refs/heads/main" = ""
      } :
{% include "gcp/foundation/tests/sign_in/who.hcl" %}
    ])
    error_message = "A job of another repository has an identity."
  }
}

run "the_longest_name_is_not_too_long_for_google" {
  variables {
    ci_repository = "${join("", [for _ in range(39) : "a"])}@1234567890/${join("", [for _ in range(100) : "b"])}@1234567890"
  }

  assert {
    condition = alltrue([
      for expression in google_iam_workload_identity_pool_provider.ci[0].attribute_mapping : length(expression) <= 2048
    ]) && length(google_iam_workload_identity_pool_provider.ci[0].attribute_condition) <= 4096
    error_message = "Attributes have at most 2048 characters, and the condition 4096."
  }
}
