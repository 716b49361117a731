locals {
  scales = var.max_size > var.min_size
}

resource "aws_autoscaling_policy" "cpu" {
  count = local.scales ? 1 : 0

  name                   = "${local.name}-cpu"
  autoscaling_group_name = aws_autoscaling_group.service.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = var.target_cpu

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}
