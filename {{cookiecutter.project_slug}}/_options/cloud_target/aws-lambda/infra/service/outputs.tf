output "function" {
  description = "Name of the function"
  value       = aws_lambda_function.service.function_name
}

output "version" {
  description = "The newest version"
  value       = aws_lambda_function.service.version
}

output "live_url" {
  description = "URL for everyone"
  value       = aws_lambda_function_url.service["live"].function_url
}

output "candidate_url" {
  description = "URL of the newest version"
  value       = aws_lambda_function_url.service["candidate"].function_url
}

output "canary" {
  description = "The share of the requests that a new version gets first, and for how long"
  value       = { percent = var.canary_percent, minutes = var.canary_minutes }
}

output "release_alarms" {
  description = "Names of the alarms that a new version must not raise"
  value = [
    aws_cloudwatch_metric_alarm.errors["release"].alarm_name,
    aws_cloudwatch_metric_alarm.duration["release"].alarm_name,
  ]
}

output "log_group" {
  description = "Where to find what the service says"
  value       = aws_cloudwatch_log_group.service.name
}
