# Whom the service runs as, in each environment. They stand here and not beside the service, so that
# who deploys it needs no right to make accounts, or to give them rights.
resource "google_service_account" "service" {
  for_each = local.environments

  account_id   = "${local.short}-${each.key}"
  display_name = "${local.name}, ${each.key}"
  description  = "Runs the service"

  depends_on = [google_project_service.apis]
}

locals {
  # Staging must not write what production's monitoring reads.
  prediction_logs = { for environment in local.environments : environment => "prediction-log/${environment}" }
}

# It may add to its log: neither read it, nor change or delete what is there.
resource "google_storage_bucket_iam_member" "prediction_log" {
  for_each = local.environments

  bucket = google_storage_bucket.storage["data"].name
  role   = "roles/storage.objectCreator"
  member = google_service_account.service[each.key].member

  condition {
    title      = "prediction-log"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.storage["data"].name}/objects/${local.prediction_logs[each.key]}/\")"
  }
}

# For MODEL_URI.
resource "google_storage_bucket_iam_member" "models" {
  for_each = local.environments

  bucket = google_storage_bucket.storage["models"].name
  role   = "roles/storage.objectViewer"
  member = google_service_account.service[each.key].member
}
