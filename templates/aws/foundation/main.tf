data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name    = "{{ cookiecutter.project_slug }}"
  account = data.aws_caller_identity.current.account_id

  # The deployment makes this bucket, since Terraform needs it before it can make anything.
  state_bucket_arn = "arn:${data.aws_partition.current.partition}:s3:::${local.name}-${local.account}-terraform"
}
