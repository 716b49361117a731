# What reading and training need: the data of DVC, and for the monitor production's prediction log.
# Nothing else that is in the bucket.

locals {
  # Nothing is ever deleted or replaced.
  data_rights = local.sign_in ? {
    read   = { identity = "read", role = "roles/storage.objectViewer" }
    extend = { identity = "train", role = "roles/storage.objectViewer" }
    add    = { identity = "train", role = "roles/storage.objectCreator" }
  } : {}
}

resource "google_storage_bucket_iam_member" "dvc" {
  for_each = local.data_rights

  bucket = google_storage_bucket.storage["data"].name
  role   = each.value.role
  member = google_service_account.ci[each.value.identity].member

  condition {
    title      = "dvc"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.storage["data"].name}/objects/dvc/\")"
  }
}

# The monitor runs as who trains, since it is a training that it may ask for. It reads what was predicted,
# and the labels.
resource "google_storage_bucket_iam_member" "monitor" {
  count = local.sign_in ? 1 : 0

  bucket = google_storage_bucket.storage["data"].name
  role   = "roles/storage.objectViewer"
  member = google_service_account.ci["train"].member

  condition {
    title      = "prediction-log"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.storage["data"].name}/objects/${local.prediction_logs["production"]}/\")"
  }
}

# Names and settings alone: DVC and the monitor list what is there, and a list has no name that a
# condition could hold.
resource "google_storage_bucket_iam_member" "data_names" {
  for_each = setsubtract(local.identities, ["deploy"])

  bucket = google_storage_bucket.storage["data"].name
  role   = "roles/storage.legacyBucketReader"
  member = google_service_account.ci[each.key].member
}
