locals {
  rollback_alarms = [aws_cloudwatch_metric_alarm.errors.alarm_name, aws_cloudwatch_metric_alarm.latency.alarm_name]
  heeded          = setsubtract(local.rollback_alarms, var.ringing)

  # Where no alarm could end it, a part of the traffic tells nothing.
  tried_first = var.minimum_instances > 1 && length(local.heeded) > 0
}

resource "aws_sagemaker_endpoint" "service" {
  count = local.serving == null ? 0 : 1

  name                 = local.endpoint
  endpoint_config_name = aws_sagemaker_endpoint_configuration.release[local.serving].name

  # Machines with the release are started beside those with the one before. They get a part of the
  # traffic, then all of it; the others end when the alarms have been silent for long enough.
  deployment_config {
    dynamic "auto_rollback_configuration" {
      for_each = length(local.heeded) > 0 ? [local.heeded] : []

      content {
        dynamic "alarms" {
          for_each = auto_rollback_configuration.value

          content {
            alarm_name = alarms.value
          }
        }
      }
    }

    blue_green_update_policy {
      # Less than the hour that Terraform waits for the end.
      maximum_execution_timeout_in_seconds = 3300
      termination_wait_in_seconds          = length(local.heeded) > 0 ? var.baking_seconds : 0

      traffic_routing_configuration {
        type                     = local.tried_first ? "CANARY" : "ALL_AT_ONCE"
        wait_interval_in_seconds = var.baking_seconds

        # SageMaker takes at most a half, which one machine does not have.
        dynamic "canary_size" {
          for_each = local.tried_first ? [var.canary_percent] : []

          content {
            type  = "CAPACITY_PERCENT"
            value = canary_size.value
          }
        }
      }
    }
  }

  # Or SageMaker would make the log by itself, and keep it for ever.
  depends_on = [aws_cloudwatch_log_group.service]
}
