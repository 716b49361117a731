mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      email  = "someone@flights-4711.iam.gserviceaccount.com"
      member = "serviceAccount:someone@flights-4711.iam.gserviceaccount.com"
      name   = "projects/flights-4711/serviceAccounts/someone@flights-4711.iam.gserviceaccount.com"
    }
  }

  mock_resource "google_artifact_registry_repository" {
    defaults = { registry_uri = "europe-west1-docker.pkg.dev/flights-4711/a-repository" }
  }

  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/4711/locations/global/workloadIdentityPools/a-pool" }
  }
}
