output "endpoint" {
  description = "Full name of the endpoint"
  value       = google_vertex_ai_endpoint.service.id
}

output "deployment" {
  description = "What a release is deployed with"
  value = {
    machines = {
      machine_type = var.machine_type
      min_replicas = var.min_replicas
      max_replicas = var.max_replicas
      target_cpu   = var.target_cpu_percent
    }
    canary_percent = var.canary_percent
    settings       = var.settings
  }
}
