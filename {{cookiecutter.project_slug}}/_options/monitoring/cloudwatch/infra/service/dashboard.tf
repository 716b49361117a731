locals {
  # What is drawn stands in dashboard.json; which alarms there are, only Terraform knows.
  drawn = jsondecode(templatefile("${path.module}/dashboard.json", {
    environment = var.environment
    namespace   = local.namespace
    region      = data.aws_region.current.region
  }))

  rung = {
    type   = "alarm"
    width  = 24
    height = 3
    properties = {
      title = "Alarms"
      alarms = concat(
        values(aws_cloudwatch_composite_alarm.error_budget)[*].arn,
        values(aws_cloudwatch_metric_alarm.watched)[*].arn,
      )
    }
  }
}

resource "aws_cloudwatch_dashboard" "service" {
  dashboard_name = local.called
  dashboard_body = jsonencode(merge(local.drawn, { widgets = concat([local.rung], local.drawn.widgets) }))
}
