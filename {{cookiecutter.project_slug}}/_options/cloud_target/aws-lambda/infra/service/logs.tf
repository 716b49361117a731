resource "aws_cloudwatch_log_group" "service" {
  #checkov:skip=CKV_AWS_158:Encrypted with the key of CloudWatch; a key of our own costs money and protects from no one else here
  #checkov:skip=CKV_AWS_338:What was predicted is in the prediction log, which is kept; these lines are for finding faults
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.log_retention_days
}
