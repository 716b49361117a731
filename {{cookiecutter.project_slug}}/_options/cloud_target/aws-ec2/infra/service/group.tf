resource "aws_autoscaling_group" "service" {
  name                = local.name
  min_size            = var.min_size
  max_size            = var.max_size
  vpc_zone_identifier = aws_subnet.public[*].id
  target_group_arns   = [aws_lb_target_group.service.arn]

  # Time for Docker to be installed, the image to be pulled and the model to be loaded; afterwards an
  # instance that is not ready is replaced.
  health_check_type         = "ELB"
  health_check_grace_period = 300
  default_instance_warmup   = 120
  termination_policies      = ["OldestLaunchTemplate", "Default"]

  # The deployment waits itself, and says what it waits for.
  wait_for_capacity_timeout = "0"

  launch_template {
    id      = aws_launch_template.service.id
    version = aws_launch_template.service.latest_version
  }

  # A new instance first, then an old one goes.
  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = 150
  }

  dynamic "tag" {
    for_each = merge(local.tags, { Name = local.name })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = false # the launch template has them, for volumes too
    }
  }

  # A refresh of the instances can go back only while the group itself has the version before: it is
  # the refresh that gives it the new one, at its end. The deployment starts it; see outputs.tf.
  lifecycle {
    ignore_changes = [launch_template]
  }

  # What an instance needs from its first second on.
  depends_on = [
    aws_iam_role_policy.instance,
    aws_route.internet,
    aws_route_table_association.public,
    aws_vpc_security_group_egress_rule.instance_to_https,
  ]
}
