locals {
  name = "{{ cookiecutter.project_slug }}"

  # With the tag of the candidate, a service may have at most 46 characters.
  longest = 46 - length(local.tag)
  full    = "${local.name}-${var.environment}"
  cut     = trimsuffix(substr(local.name, 0, local.longest - length(var.environment) - 6), "-")
  service = length(local.full) <= local.longest ? local.full : "${local.cut}-${substr(sha256(local.name), 0, 4)}-${var.environment}"
  tag     = "candidate"
}
