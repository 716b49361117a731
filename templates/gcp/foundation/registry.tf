# The images of the service. A tag never gets another image, so a release stays what it was.
resource "google_artifact_registry_repository" "service" {
  #checkov:skip=CKV_GCP_84:Images are encrypted with a key of Google's; a key of our own costs money and protects from no one else here
  repository_id = local.name
  description   = "Images of ${local.name}"
  location      = var.region
  format        = "DOCKER"

  docker_config {
    immutable_tags = true
  }

  # Each release has a tag. What has none is what a failed push left behind.
  cleanup_policies {
    id     = "delete-untagged"
    action = "DELETE"

    condition {
      tag_state  = "UNTAGGED"
      older_than = "7d"
    }
  }

  # Releases that nobody goes back to any more; the newest stay, however old they are.
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      tag_state  = "ANY"
      older_than = "180d"
    }
  }

  cleanup_policies {
    id     = "keep-newest"
    action = "KEEP"

    most_recent_versions {
      keep_count = 100
    }
  }

  depends_on = [google_project_service.apis]
}
