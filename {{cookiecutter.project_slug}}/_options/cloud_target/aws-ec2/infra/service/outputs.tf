output "url" {
  description = "Where the service answers"
  value       = local.secure ? "https://${var.domain_name}" : "http://${aws_lb.service.dns_name}"
}

output "balancer" {
  description = "Name of the balancer, which domain_name has to point to"
  value       = aws_lb.service.dns_name
}

output "group" {
  description = "Name of the Auto Scaling group"
  value       = aws_autoscaling_group.service.name
}

output "target_group" {
  description = "ARN of the target group, which knows the health of the instances"
  value       = aws_lb_target_group.service.arn
}

output "launch_template" {
  description = "What instances of this release are launched from"
  value = {
    LaunchTemplateId = aws_launch_template.service.id
    Version          = tostring(aws_launch_template.service.latest_version)
  }
}

output "rollout" {
  description = "How the instances are replaced: preferences of an instance refresh"
  value = {
    for name, value in {
      AutoRollback         = true
      SkipMatching         = true
      MinHealthyPercentage = 100
      MaxHealthyPercentage = 150
      BakeTime             = var.bake_seconds
      # A single instance has no half.
      CheckpointPercentages = var.min_size == 1 ? null : [50, 100]
      CheckpointDelay       = var.min_size == 1 ? null : var.checkpoint_seconds
      AlarmSpecification = {
        Alarms = [
          aws_cloudwatch_metric_alarm.errors.alarm_name,
          aws_cloudwatch_metric_alarm.latency.alarm_name,
        ]
      }
    } : name => value if value != null
  }
}

output "secret" {
  description = "ARN of the secret with the API keys"
  value       = aws_secretsmanager_secret.api_keys.arn
}

output "log_group" {
  description = "Where the logs of the service are"
  value       = aws_cloudwatch_log_group.service.name
}

output "prediction_log" {
  description = "Where the prediction log is"
  value       = "s3://${var.data_bucket}/${local.prediction_log}"
}
