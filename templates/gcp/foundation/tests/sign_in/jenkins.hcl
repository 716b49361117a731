run "each_job_has_its_identity_and_strangers_have_none" {
  assert {
    condition = alltrue([
      for subject, identities in {
        "https://jenkins.example.com/job/flights/job/integrate/job/main/"         = "read"
        "https://jenkins.example.com/job/flights/job/integrate/job/a%252Fbranch/" = "read"
        "https://jenkins.example.com/job/flights/job/integrate/job/PR-7/"         = "read"
        "https://jenkins.example.com/job/flights/job/train/"                      = "train"
        "https://jenkins.example.com/job/flights/job/monitor/"                    = "train"
        "https://jenkins.example.com/job/flights/job/deliver/"                    = "deploy"
        "https://jenkins.example.com/job/flights/job/deliver/job/other/"          = ""
        "https://jenkins.example.com/job/flights/job/deliver2/"                   = ""
        "https://jenkins.example.com/job/flights/job/other/"                      = ""
        "https://jenkins.example.com/job/flights/"                                = ""
        "https://jenkins.example.com/job/flights2/job/deliver/"                   = ""
        "https://jenkins.example.com/job/other/job/flights/job/deliver/"          = ""
        "https://jenkins.example.com/"                                            = ""
        "https://jenkins-example.com/job/flights/job/deliver/"                    = ""
        "https://other.example.com/job/flights/job/deliver/"                      = ""
      } :
{% include "gcp/foundation/tests/sign_in/who.hcl" %}
    ])
    error_message = "A job has another identity than it should."
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.ci[0].oidc[0].issuer_uri == "https://jenkins.example.com/oidc"
    error_message = "Only tokens of this Jenkins may be taken."
  }
}

run "someone_else_publishes_the_keys" {
  variables {
    ci_issuer = "https://storage.example.com/jenkins"
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.ci[0].oidc[0].issuer_uri == "https://storage.example.com/jenkins"
    error_message = "Only tokens of that issuer may be taken."
  }
}
