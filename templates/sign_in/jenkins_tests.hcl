# For each subject that Jenkins may write into a token: which identities take it.
run "each_job_is_taken_for_what_it_does" {
  command = plan

  variables {
    ci_job = "https://jenkins.example.com/ci/job/ml/job/flights"
  }

  assert {
    condition = alltrue([
      for subject, identities in {
        "https://jenkins.example.com/ci/job/ml/job/flights/job/deliver/"                    = ["deploy"]
        "https://jenkins.example.com/ci/job/ml/job/flights/job/train/"                      = ["train"]
        "https://jenkins.example.com/ci/job/ml/job/flights/job/monitor/"                    = ["train"]
        "https://jenkins.example.com/ci/job/ml/job/flights/job/integrate/job/main/"         = ["read"]
        "https://jenkins.example.com/ci/job/ml/job/flights/job/integrate/job/fix%252Fmain/" = ["read"]
        "https://jenkins.example.com/ci/job/ml/job/flights/job/integrate/job/PR-7/"         = ["read"]
        "https://jenkins.example.com/ci/job/ml/job/flights/job/integrate/job/deliver/"      = ["read"]
        "https://jenkins.example.com/ci/job/ml/job/flights/job/other/"                      = []
        "https://jenkins.example.com/ci/job/ml/job/flights/job/deliver/job/integrate/"      = []
        "https://jenkins.example.com/ci/job/ml/job/flights-2/job/deliver/"                  = []
        "https://jenkins.example.com/ci/job/flights/job/deliver/"                           = []
        "https://jenkins.example.com/ci/job/other/job/ml/job/flights/job/deliver/"          = []
        "https://other.example.com/ci/job/ml/job/flights/job/deliver/"                      = []
      } :
      identities == [
        for identity, patterns in local.subjects : identity
        if anytrue([for pattern in patterns : can(regex("^${replace(pattern, "*", ".*")}$", subject))])
      ]
    ])
    error_message = "Only deliver may deploy, only train and monitor may train, and only what is below integrate may read."
  }

  assert {
    condition     = local.issuer == "https://jenkins.example.com/ci/oidc"
    error_message = "Without another issuer, tokens come from the Jenkins with the jobs."
  }
}

run "another_issuer_publishes_the_keys_of_a_jenkins_without_https" {
  command = plan

  variables {
    ci_job    = "http://jenkins.internal:8080/job/flights"
    ci_issuer = "https://keys.example.com/jenkins"
  }

  assert {
    condition     = local.issuer == "https://keys.example.com/jenkins"
    error_message = "Tokens come from the issuer that was named."
  }
}

run "nobody_signs_in_without_a_job" {
  command = plan

  assert {
    condition     = !local.sign_in && length(local.subjects) == 0
    error_message = "Without ci_job there must be no sign-in."
  }
}

run "a_name_is_no_address" {
  command = plan

  variables {
    ci_job = "flights"
  }

  expect_failures = [var.ci_job]
}

run "a_pattern_is_no_address" {
  command = plan

  variables {
    ci_job = "https://jenkins.example.com/job/*"
  }

  expect_failures = [var.ci_job]
}

run "the_address_has_no_slash_at_its_end" {
  command = plan

  variables {
    ci_job = "https://jenkins.example.com/job/flights/"
  }

  expect_failures = [var.ci_job]
}

run "without_https_an_issuer_has_to_be_named" {
  command = plan

  variables {
    ci_job = "http://jenkins.internal:8080/job/flights"
  }

  expect_failures = [var.ci_issuer]
}

run "the_issuer_is_an_https_address" {
  command = plan

  variables {
    ci_issuer = "http://keys.example.com"
  }

  expect_failures = [var.ci_issuer]
}
