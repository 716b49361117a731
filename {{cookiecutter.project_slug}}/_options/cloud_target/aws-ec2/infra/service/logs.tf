# Encrypted without a key of our own: see CKV_AWS_158.
#trivy:ignore:AVD-AWS-0017
resource "aws_cloudwatch_log_group" "service" {
  #checkov:skip=CKV_AWS_158:Encrypted with the key of CloudWatch; what is sensitive does not go there
  #checkov:skip=CKV_AWS_338:What happened a year ago is in the prediction log; log_retention_days decides
  name              = "/${local.service}/${var.environment}"
  retention_in_days = var.log_retention_days
}
