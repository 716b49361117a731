locals {
  scaled = local.serving != null && var.maximum_instances > var.minimum_instances
}

resource "aws_appautoscaling_target" "service" {
  count = local.scaled ? 1 : 0

  service_namespace  = "sagemaker"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  resource_id        = "endpoint/${aws_sagemaker_endpoint.service[0].name}/variant/${local.variant}"
  min_capacity       = var.minimum_instances
  max_capacity       = var.maximum_instances
}

resource "aws_appautoscaling_policy" "service" {
  count = local.scaled ? 1 : 0

  name               = "${local.prefix}-requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.service[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.service[0].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.invocations_per_instance
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "SageMakerVariantInvocationsPerInstance"
    }
  }
}
