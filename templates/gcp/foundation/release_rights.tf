# What a deployment from CI needs: the images, the models, the data, and Terraform's state.

locals {
  deployer = local.sign_in ? google_service_account.ci["deploy"].member : null

  # Nothing is ever deleted or replaced in the buckets.
  bucket_rights = local.sign_in ? {
    for pair in setproduct(["models", "data"], ["roles/storage.objectCreator", "roles/storage.objectViewer"]) :
    join(" ", pair) => { bucket = pair[0], role = pair[1] }
  } : {}

  # Terraform's state of the environments is written; that of the foundation is only read.
  state_rights = local.sign_in ? {
    staging    = "roles/storage.objectUser"
    production = "roles/storage.objectUser"
    foundation = "roles/storage.objectViewer"
  } : {}
}

resource "google_artifact_registry_repository_iam_member" "images" {
  count = local.sign_in ? 1 : 0

  location   = google_artifact_registry_repository.service.location
  repository = google_artifact_registry_repository.service.name
  role       = "roles/artifactregistry.writer"
  member     = local.deployer
}

resource "google_storage_bucket_iam_member" "deployer" {
  for_each = local.bucket_rights

  bucket = google_storage_bucket.storage[each.value.bucket].name
  role   = each.value.role
  member = local.deployer
}

resource "google_storage_bucket_iam_member" "state" {
  for_each = local.state_rights

  bucket = local.state_bucket
  role   = each.value
  member = local.deployer

  condition {
    title      = each.key
    expression = "resource.name.startsWith(\"projects/_/buckets/${local.state_bucket}/objects/${each.key}/\")"
  }
}

# Names and settings of the bucket alone: a deployment sees that it is as safe as it has to be.
resource "google_storage_bucket_iam_member" "state_names" {
  count = local.sign_in ? 1 : 0

  bucket = local.state_bucket
  role   = "roles/storage.legacyBucketReader"
  member = local.deployer
}

# To let the service run as whom it runs as, and as no one else.
resource "google_service_account_iam_member" "runs_as" {
  for_each = local.sign_in ? local.environments : toset([])

  service_account_id = google_service_account.service[each.key].name
  role               = "roles/iam.serviceAccountUser"
  member             = local.deployer
}

resource "google_project_iam_custom_role" "deploy" {
  count = local.sign_in ? 1 : 0

  role_id     = "${replace(local.name, "-", "_")}_deploy"
  title       = "Deploys ${local.name}"
  description = "What a deployment does that cannot be limited to a resource"
  permissions = concat(local.deploy_permissions, [
    "monitoring.alertPolicies.create",
    "monitoring.alertPolicies.delete",
    "monitoring.alertPolicies.get",
    "monitoring.alertPolicies.update",
    "monitoring.notificationChannels.create",
    "monitoring.notificationChannels.delete",
    "monitoring.notificationChannels.get",
    "monitoring.notificationChannels.update",
    "monitoring.timeSeries.list",
    "resourcemanager.projects.get",
  ])

  depends_on = [google_project_service.apis]
}

resource "google_project_iam_member" "deploy" {
  count = local.sign_in ? 1 : 0

  project = var.project
  role    = google_project_iam_custom_role.deploy[0].name
  member  = local.deployer
}
