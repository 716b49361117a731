locals {
  container = {
    image = var.release.image
    limits = {
      cpu    = tostring(var.cpu)
      memory = var.memory
    }
    cpu_idle = !var.cpu_always
    variables = merge(var.settings, {
      MODEL_DIGEST       = var.release.model_digest
      PREDICTION_LOG_URL = var.prediction_log_url
    })
    secrets = var.api_keys_version == "" ? {} : {
      API_KEYS = { secret = var.api_keys_secret, version = var.api_keys_version }
    }
  }
}

resource "google_cloud_run_v2_service" "service" {
  name     = local.service
  location = var.region
  ingress  = var.ingress

  # It holds no data, and each plan is shown before it is applied. Protection would only stand in the
  # way where a first release does not start: Terraform replaces what it could not create.
  deletion_protection = false

  # Not those of a revision: a candidate without traffic keeps no instance waiting.
  scaling {
    min_instance_count = var.min_instances
    max_instance_count = var.max_instances
  }

  template {
    revision                         = local.revision
    service_account                  = var.service_account
    max_instance_request_concurrency = var.concurrency
    timeout                          = "30s"

    containers {
      image = local.container.image

      ports {
        container_port = 8080
      }

      resources {
        limits            = local.container.limits
        cpu_idle          = local.container.cpu_idle
        startup_cpu_boost = true
      }

      # The model is loaded and predicts its own example before a request comes: 120 seconds at most.
      startup_probe {
        period_seconds    = 5
        timeout_seconds   = 4
        failure_threshold = 24

        http_get {
          path = "/health/ready"
        }
      }

      liveness_probe {
        period_seconds    = 10
        timeout_seconds   = 5
        failure_threshold = 3

        http_get {
          path = "/health/live"
        }
      }

      dynamic "env" {
        for_each = local.container.variables

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = local.container.secrets

        content {
          name = env.key

          value_source {
            secret_key_ref {
              secret  = env.value.secret
              version = env.value.version
            }
          }
        }
      }
    }
  }

  dynamic "traffic" {
    for_each = local.traffic

    content {
      type     = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
      revision = traffic.value.revision
      percent  = traffic.value.percent
      tag      = traffic.value.tag
    }
  }
}

# Callers sign in with an identity token of Google's. Without one they get no further than its front.
resource "google_cloud_run_v2_service_iam_member" "invokers" {
  for_each = var.invokers

  name     = google_cloud_run_v2_service.service.name
  location = var.region
  role     = "roles/run.invoker"
  member   = each.key
}

# Read anew after each change: the resource would still give the URLs from before it.
data "google_cloud_run_v2_service" "changed" {
  name     = google_cloud_run_v2_service.service.name
  location = var.region

  depends_on = [google_cloud_run_v2_service.service]
}
