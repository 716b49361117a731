# For each subject that GitLab may write into a token: which identities take it.
run "main_trains_and_deploys_and_other_branches_read" {
  command = plan

  variables {
    ci_project = "acme/ml/flights"
  }

  assert {
    condition = alltrue([
      for subject, identities in {
        "project_path:acme/ml/flights:ref_type:branch:ref:main"       = ["deploy", "read", "train"]
        "project_path:acme/ml/flights:ref_type:branch:ref:fix/main"   = ["read"]
        "project_path:acme/ml/flights:ref_type:branch:ref:main-2"     = ["read"]
        "project_path:acme/ml/flights:ref_type:tag:ref:main"          = []
        "project_path:acme/ml/flights-2:ref_type:branch:ref:main"     = []
        "project_path:acme/flights:ref_type:branch:ref:main"          = []
        "project_path:fork/ml/flights:ref_type:branch:ref:main"       = []
        "project_path:not-acme/ml/flights:ref_type:branch:ref:main"   = []
        "project_path:fork/acme/ml/flights:ref_type:branch:ref:other" = []
      } :
      identities == [
        for identity, patterns in local.subjects : identity
        if anytrue([for pattern in patterns : can(regex("^${replace(pattern, "*", ".*")}$", subject))])
      ]
    ])
    error_message = "Only main may train and deploy, and only branches of the project may read."
  }

  assert {
    condition     = local.issuer == "https://gitlab.com"
    error_message = "Without another address, tokens come from gitlab.com."
  }
}

run "a_gitlab_of_ones_own_gives_tokens" {
  command = plan

  variables {
    ci_project = "acme/flights"
    ci_issuer  = "https://git.example.com/gitlab"
  }

  assert {
    condition     = local.issuer == "https://git.example.com/gitlab"
    error_message = "Tokens come from the GitLab that was named."
  }
}

run "nobody_signs_in_without_a_project" {
  command = plan

  assert {
    condition     = !local.sign_in && length(local.subjects) == 0
    error_message = "Without ci_project there must be no sign-in."
  }
}

run "an_address_is_no_project" {
  command = plan

  variables {
    ci_project = "https://gitlab.com/acme/flights"
  }

  expect_failures = [var.ci_project]
}

run "a_pattern_is_no_project" {
  command = plan

  variables {
    ci_project = "acme/*"
  }

  expect_failures = [var.ci_project]
}

run "the_address_to_clone_is_no_project" {
  command = plan

  variables {
    ci_project = "acme/flights.git"
  }

  expect_failures = [var.ci_project]
}

run "tokens_come_over_https" {
  command = plan

  variables {
    ci_issuer = "http://git.example.com"
  }

  expect_failures = [var.ci_issuer]
}

run "the_issuer_has_no_slash_at_its_end" {
  command = plan

  variables {
    ci_issuer = "https://gitlab.com/"
  }

  expect_failures = [var.ci_issuer]
}
