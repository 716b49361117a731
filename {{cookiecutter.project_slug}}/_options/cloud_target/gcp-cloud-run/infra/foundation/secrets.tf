# For API_KEYS, where callers have no account on Google Cloud. Values are added by hand, so that
# Terraform's state has none; a secret without one costs nothing.
resource "google_secret_manager_secret" "api_keys" {
  for_each = local.environments

  secret_id = "${local.name}-${each.key}-api-keys"

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.apis]
}

resource "google_secret_manager_secret_iam_member" "api_keys" {
  for_each = local.environments

  secret_id = google_secret_manager_secret.api_keys[each.key].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.service[each.key].member
}

output "api_keys_secrets" {
  description = "Name of the secret with the API keys, by environment"
  value       = { for environment, secret in google_secret_manager_secret.api_keys : environment => secret.secret_id }
}
