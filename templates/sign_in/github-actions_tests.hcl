# For each subject that GitHub may write into a token: which identities take it.
run "main_trains_and_deploys_and_pull_requests_read" {
  command = plan

  variables {
    ci_repository = "acme/flights"
  }

  assert {
    condition = alltrue([
      for subject, identities in {
        "repo:acme/flights:ref:refs/heads/main"            = ["deploy", "read", "train"]
        "repo:acme/flights:environment:staging"            = ["deploy"]
        "repo:acme/flights:environment:production"         = ["deploy"]
        "repo:acme/flights:pull_request"                   = ["read"]
        "repo:acme/flights:ref:refs/heads/fix/main"        = ["read"]
        "repo:acme/flights:ref:refs/tags/main"             = []
        "repo:acme/flights:environment:review"             = []
        "repo:acme/flights-2:ref:refs/heads/main"          = []
        "repo:other/flights:ref:refs/heads/main"           = []
        "repo:not-acme/flights:ref:refs/heads/main"        = []
        "repo:other/acme:pull_request"                     = []
        "repo:acme@42/flights@4711:ref:refs/heads/main"    = ["deploy", "read", "train"]
        "repo:acme@42/flights@4711:environment:staging"    = ["deploy"]
        "repo:acme@42/flights@4711:environment:production" = ["deploy"]
        "repo:acme@42/flights@4711:pull_request"           = ["read"]
        "repo:acme@42/flights@4711:ref:refs/heads/fix"     = ["read"]
        "repo:acme@42/flights-2@8:ref:refs/heads/main"     = []
        "repo:other@7/flights@9:ref:refs/heads/main"       = []
      } :
      identities == [
        for identity, patterns in local.subjects : identity
        if anytrue([for pattern in patterns : can(regex("^${replace(pattern, "*", ".*")}$", subject))])
      ]
    ])
    error_message = "Only main and the environments may deploy, only main may train, and only branches and pull requests may read."
  }
}

run "with_ids_nobody_takes_the_repository_over" {
  command = plan

  variables {
    ci_repository = "acme@42/flights@4711"
  }

  assert {
    condition = alltrue([
      for subject, identities in {
        "repo:acme@42/flights@4711:ref:refs/heads/main" = ["deploy", "read", "train"]
        "repo:acme/flights:ref:refs/heads/main"         = ["deploy", "read", "train"]
        "repo:acme@43/flights@4711:ref:refs/heads/main" = []
        "repo:acme@42/flights@4712:pull_request"        = []
      } :
      identities == [
        for identity, patterns in local.subjects : identity
        if anytrue([for pattern in patterns : can(regex("^${replace(pattern, "*", ".*")}$", subject))])
      ]
    ])
    error_message = "Where the ids are known, they have to match."
  }
}

run "nobody_signs_in_without_a_repository" {
  command = plan

  assert {
    condition     = !local.sign_in && length(local.subjects) == 0
    error_message = "Without ci_repository there must be no sign-in."
  }
}

run "an_address_is_no_repository" {
  command = plan

  variables {
    ci_repository = "https://github.com/acme/flights"
  }

  expect_failures = [var.ci_repository]
}

run "a_pattern_is_no_repository" {
  command = plan

  variables {
    ci_repository = "acme/*"
  }

  expect_failures = [var.ci_repository]
}

run "the_address_to_clone_is_no_repository" {
  command = plan

  variables {
    ci_repository = "acme/flights.git"
  }

  expect_failures = [var.ci_repository]
}
