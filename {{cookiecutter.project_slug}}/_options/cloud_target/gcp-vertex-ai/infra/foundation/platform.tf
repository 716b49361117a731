locals {
  platform_apis = ["aiplatform.googleapis.com"]

  deploy_permissions = [
    "aiplatform.endpoints.create",
    "aiplatform.endpoints.delete",
    "aiplatform.endpoints.deploy",
    "aiplatform.endpoints.get",
    "aiplatform.endpoints.predict", # to try what was deployed
    "aiplatform.endpoints.undeploy",
    "aiplatform.endpoints.update",
    "aiplatform.models.get",
    "aiplatform.models.update",
    "aiplatform.models.upload",
    "aiplatform.operations.list",
  ]
}

variable "callers" {
  description = "Who may ask the endpoints for predictions, such as serviceAccount:shop@acme.iam.gserviceaccount.com or group:analysts@acme.com"
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for caller in var.callers : can(regex("^(user|group|serviceAccount|domain|principal|principalSet):.+$", caller))])
    error_message = "Expected members such as group:analysts@acme.com; an endpoint cannot be open to everyone."
  }
}

# Predictions, and nothing else of what is there.
resource "google_project_iam_custom_role" "call" {
  role_id     = "${replace(local.name, "-", "_")}_call"
  title       = "Asks ${local.name} for predictions"
  permissions = ["aiplatform.endpoints.predict"]

  depends_on = [google_project_service.apis]
}

resource "google_project_iam_member" "callers" {
  for_each = var.callers

  project = var.project
  role    = google_project_iam_custom_role.call.name
  member  = each.key
}
