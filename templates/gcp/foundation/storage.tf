# Model bundles, and the data: what DVC keeps, and the prediction log. Encrypted with keys of Google's:
# a key of our own costs money and protects from no one else here.
#trivy:ignore:GCP-0066
resource "google_storage_bucket" "storage" {
  #checkov:skip=CKV_GCP_62:Who read what is in the audit log, where the project records data access; access logs would need a third bucket
  for_each = toset(["models", "data"])

  name                        = "${var.bucket_prefix}-${each.key}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  # What was replaced or deleted can be had back this long.
  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      with_state                 = "ARCHIVED"
      days_since_noncurrent_time = 90
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age = 7
    }
  }

  depends_on = [google_project_service.apis]
}
