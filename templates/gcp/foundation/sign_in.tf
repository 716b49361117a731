# Workflows sign in with the token that GitHub gives each run: there is no key to keep or to lose.

locals {
  sign_in = var.ci_repository != ""

  # Of owner@id/name@id; the ids may be missing.
  repository = local.sign_in ? regex("^(?P<owner>[^@/]+)@?(?P<owner_id>[0-9]*)/(?P<name>[^@]+)@?(?P<id>[0-9]*)$", var.ci_repository) : null

  repository_name = local.sign_in ? "${local.repository.owner}/${local.repository.name}" : ""

  # Neither pull requests nor other branches. The subject's beginning is not looked at: GitHub writes
  # it with ids or without. With ids, nobody can take the repository over together with its name.
  conditions = local.sign_in ? concat(
    ["assertion.repository == '${local.repository_name}'"],
    local.repository.id == "" ? [] : ["assertion.repository_id == '${local.repository.id}'"],
    local.repository.owner_id == "" ? [] : ["assertion.repository_owner_id == '${local.repository.owner_id}'"],
    [format("(%s)", join(" || ", [
      for end in ["ref:refs/heads/main", "environment:staging", "environment:production"] :
      "assertion.sub.endsWith(':${end}')"
    ]))],
  ) : []
}

resource "google_iam_workload_identity_pool" "ci" {
  count = local.sign_in ? 1 : 0

  workload_identity_pool_id = "ci-${local.short}"
  display_name              = "CI"
  description               = "Workflows that deploy ${local.name}"

  depends_on = [google_project_service.apis]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  #checkov:skip=CKV_GCP_125:The check knows whole subjects only; the condition holds repository, branch and environments
  count = local.sign_in ? 1 : 0

  workload_identity_pool_id          = google_iam_workload_identity_pool.ci[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub"
  attribute_condition                = join(" && ", local.conditions)

  attribute_mapping = {
    # Not the subject, which can be longer than the 127 characters that are allowed here.
    "google.subject"       = "assertion.repository_id + ':' + assertion.run_id"
    "attribute.repository" = "assertion.repository"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

# What it may do stands in release_rights.tf and deploy_rights.tf.
resource "google_service_account" "deploy" {
  count = local.sign_in ? 1 : 0

  account_id   = "${local.short}-deploy"
  display_name = "${local.name}, deployment"
  description  = "Deploys from ${local.repository_name}"

  depends_on = [google_project_service.apis]
}

resource "google_service_account_iam_member" "sign_in" {
  count = local.sign_in ? 1 : 0

  service_account_id = google_service_account.deploy[0].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ci[0].name}/attribute.repository/${local.repository_name}"
}
