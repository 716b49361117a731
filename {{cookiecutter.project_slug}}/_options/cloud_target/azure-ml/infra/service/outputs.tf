output "identity" {
  description = "The service's identity."
  value = {
    id        = azurerm_user_assigned_identity.service.id
    client_id = azurerm_user_assigned_identity.service.client_id
  }
}

output "prediction_log_url" {
  description = "Where the service keeps what was asked and answered."
  value       = "${var.foundation.log_url}/${var.environment}"
}

output "release" {
  description = "What a release runs on."
  value = {
    instance_type  = var.instance_type
    instance_count = var.instances
  }
}

output "rollout" {
  description = "How a release gets from its first request to all of them."
  value = {
    mirror_percent        = var.mirror_percent
    mirror_minutes        = var.mirror_minutes
    canary_percent        = var.canary_percent
    canary_minutes        = var.canary_minutes
    max_errors_per_minute = var.max_errors_per_minute
    keep_previous         = var.keep_previous
  }
}
