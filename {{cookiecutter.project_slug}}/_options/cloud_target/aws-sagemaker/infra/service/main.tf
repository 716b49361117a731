data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name   = "{{ cookiecutter.project_slug }}"
  prefix = "${local.name}-${var.environment}"

  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region

  # What the foundation has made.
  models_bucket  = "${local.name}-${local.account}-models"
  data_bucket    = "${local.name}-${local.account}-data"
  repository_arn = "arn:${local.partition}:ecr:${local.region}:${local.account}:repository/${local.name}"
  boundary_arn   = "arn:${local.partition}:iam::${local.account}:policy/${local.name}-boundary"

  endpoint = local.prefix
  variant  = "all"
}
