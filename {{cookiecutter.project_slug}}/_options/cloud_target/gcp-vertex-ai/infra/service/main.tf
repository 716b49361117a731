locals {
  name     = "{{ cookiecutter.project_slug }}"
  endpoint = "${local.name}-${var.environment}"

  # An endpoint is called by a number, of ten digits at most. It follows from the name, so that an
  # endpoint that is made again is where callers look for it.
  number = tostring(1000000000 + parseint(substr(sha256(local.endpoint), 0, 7), 16))
}
