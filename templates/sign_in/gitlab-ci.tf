# Pipelines sign in with the token that GitLab gives each job: there is no key to keep or to lose.

locals {
  sign_in   = var.ci_project != ""
  issuer    = var.ci_issuer
  ci_source = var.ci_project

  # Whose tokens each identity takes, by their subjects; * stands for anything. Pipelines of merge
  # requests have their source branch in the subject; tags are no branches.
  subjects = {
    for identity, branches in { read = "*", train = "main", deploy = "main" } :
    identity => ["project_path:${var.ci_project}:ref_type:branch:ref:${branches}"]
    if local.sign_in
  }
}
