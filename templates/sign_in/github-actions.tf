# Workflows sign in with the token that GitHub gives each job: there is no key to keep or to lose.

locals {
  sign_in   = var.ci_repository != ""
  issuer    = "https://token.actions.githubusercontent.com"
  ci_source = var.ci_repository

  # Of owner@id/name@id; the ids may be missing. Without sign-in: null.
  repository = one(regexall("^(?P<owner>[^@/]+)@?(?P<owner_id>[0-9]*)/(?P<name>[^@]+)@?(?P<id>[0-9]*)$", var.ci_repository))

  # GitHub names a repository by its name alone or, since July 2026, with ids that nobody can take
  # over together with a name.
  repositories = local.sign_in ? [
    "${local.repository.owner}/${local.repository.name}",
    join("", [
      "${local.repository.owner}@${coalesce(local.repository.owner_id, "*")}",
      "/${local.repository.name}@${coalesce(local.repository.id, "*")}",
    ]),
  ] : []

  # Whose tokens each identity takes, by their subjects; * stands for anything. A job of an
  # environment has the environment in its subject, and not the branch.
  subjects = {
    for identity, contexts in {
      read   = ["pull_request", "ref:refs/heads/*"]
      train  = ["ref:refs/heads/main"]
      deploy = ["ref:refs/heads/main", "environment:staging", "environment:production"]
    } :
    identity => [for pair in setproduct(local.repositories, contexts) : "repo:${pair[0]}:${pair[1]}"]
    if local.sign_in
  }
}
