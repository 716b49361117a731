output "endpoint" {
  description = "Name of the endpoint; null while there is none"
  value       = one(aws_sagemaker_endpoint.service[*].name)
}

output "configuration" {
  description = "Name of the configuration that the endpoint is to have"
  value       = try(aws_sagemaker_endpoint_configuration.release[local.serving].name, null)
}

output "alarms" {
  description = "What ends a deployment when it rings"
  value       = local.rollback_alarms
}

output "releases" {
  description = "What serves, and what did before: the next deployment's variable `before`"
  value = concat(
    [for release in local.kept : release if release.id == local.serving],
    [for release in local.kept : release if release.id != local.serving && !(var.roll_back && release.id == local.id)],
  )
}
