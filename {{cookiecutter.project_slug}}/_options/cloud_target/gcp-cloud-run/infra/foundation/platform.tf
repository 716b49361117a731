locals {
  platform_apis = ["run.googleapis.com", "secretmanager.googleapis.com"]

  deploy_permissions = [
    "run.operations.get",
    "run.revisions.get",
    "run.revisions.list",
    "run.routes.invoke", # to try what was deployed
    "run.services.create",
    "run.services.delete",
    "run.services.get",
    "run.services.getIamPolicy",
    "run.services.setIamPolicy",
    "run.services.update",
  ]
}

# A service lets in who shows an identity token, and the deployer asks for one of its own.
resource "google_service_account_iam_member" "identity_token" {
  count = local.sign_in ? 1 : 0

  service_account_id = google_service_account.ci["deploy"].name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = local.deployer
}
