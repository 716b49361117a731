# Jobs sign in with the token that Jenkins gives each run (its plugin OpenID Connect Provider): there
# is no key to keep or to lose.

locals {
  sign_in   = var.ci_job != ""
  issuer    = var.ci_issuer != "" ? var.ci_issuer : "${split("/job/", var.ci_job)[0]}/oidc"
  ci_source = var.ci_job

  # Whose tokens each identity takes, by their subjects; * stands for anything. The subject is the
  # job's address. Branches and pull requests have jobs of their own below integrate.
  subjects = {
    for identity, jobs in {
      read   = ["integrate/job/*/"]
      train  = ["train/", "monitor/"]
      deploy = ["deliver/"]
    } :
    identity => [for job in jobs : "${var.ci_job}/job/${job}"]
    if local.sign_in
  }
}
