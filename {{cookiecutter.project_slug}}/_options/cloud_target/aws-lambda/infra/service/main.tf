data "aws_partition" "current" {}

locals {
  # 51 characters at most; Lambda and IAM take 64.
  name = "{{ cookiecutter.project_slug }}-${var.environment}"

  prediction_log = "${var.data_bucket}/prediction-log/${var.environment}"
}
