output "repository" {
  description = "Where images of the service are pushed to"
  value       = "${google_artifact_registry_repository.service.registry_uri}/service"
}

output "models_bucket" {
  description = "Name of the bucket for model bundles"
  value       = google_storage_bucket.storage["models"].name
}

output "data_bucket" {
  description = "Name of the bucket for DVC and the prediction log"
  value       = google_storage_bucket.storage["data"].name
}

output "dvc_remote" {
  description = "Options of the DVC remote"
  value = {
    url         = "gs://${google_storage_bucket.storage["data"].name}/dvc"
    projectname = var.project
  }
}

output "service_accounts" {
  description = "Whom the service runs as, by environment"
  value       = { for environment, account in google_service_account.service : environment => account.email }
}

output "prediction_logs" {
  description = "Where the prediction log is, by environment"
  value = {
    for environment, folder in local.prediction_logs :
    environment => "gs://${google_storage_bucket.storage["data"].name}/${folder}"
  }
}

output "ci" {
  description = "Variables of the CI, by name; null if nobody signs in"
  value = local.sign_in ? {
    GOOGLE_CLOUD_PROJECT           = var.project
    GOOGLE_CLOUD_REGION            = var.region
    GCP_WORKLOAD_IDENTITY_PROVIDER = google_iam_workload_identity_pool_provider.ci[0].name
    GCP_READ_ACCOUNT               = google_service_account.ci["read"].email
    GCP_TRAIN_ACCOUNT              = google_service_account.ci["train"].email
    GCP_DEPLOY_ACCOUNT             = google_service_account.ci["deploy"].email
  } : null
}
