locals {
  name = "{{ cookiecutter.project_slug }}"

  # Service accounts have at most 30 characters, and the environment's name is one part of them.
  short = length(local.name) <= 19 ? local.name : "${substr(local.name, 0, 14)}-${substr(sha256(local.name), 0, 4)}"

  environments = toset(["staging", "production"])

  # The deployment makes this bucket, since Terraform needs it before it can make anything.
  state_bucket = "${var.bucket_prefix}-tfstate"
}
