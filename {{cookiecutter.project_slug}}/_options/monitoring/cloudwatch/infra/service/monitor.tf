# What the monitor has seen. What makes metrics of its lines is CloudWatch, once they are here.
{% if cookiecutter.cloud_target == "aws-ec2" %}
# Encrypted without a key of our own: see CKV_AWS_158.
#trivy:ignore:AVD-AWS-0017
{% endif %}
resource "aws_cloudwatch_log_group" "monitor" {
  #checkov:skip=CKV_AWS_158:Encrypted with the key of CloudWatch; it has distances and shares, and no row
  #checkov:skip=CKV_AWS_338:Metrics are kept for 15 months; the lines that they come from are not needed
  count = local.in_use ? 1 : 0

  name              = "/${local.namespace}/${var.environment}/monitor"
  retention_in_days = local.kept_days
}

output "monitor_log_group" {
  description = "MONITOR_LOG_GROUP of the monitor; null where none looks"
  value       = one(aws_cloudwatch_log_group.monitor[*].name)
}
