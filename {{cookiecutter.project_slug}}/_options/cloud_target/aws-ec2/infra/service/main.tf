data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  service = "{{ cookiecutter.project_slug }}"
  name    = "${local.service}-${var.environment}"
  port    = 8080
  region  = data.aws_region.current.region

  # Balancers and target groups have at most 32 characters, and do not begin with internal-.
  short_service = trimprefix(local.service, "internal-")
  short_name = (
    length("${local.short_service}-${var.environment}") <= 32
    ? "${local.short_service}-${var.environment}"
    : "${substr(local.short_service, 0, 20)}-${substr(var.environment, 0, 4)}-${substr(sha256(local.name), 0, 6)}"
  )

  tags = {
    project     = local.service
    environment = var.environment
  }
}
