variable "project" {
  description = "Id of the project on Google Cloud"
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "Expected the id of a project, such as flights-4711: neither its name nor its number."
  }
}

variable "region" {
  description = "Region where everything is"
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "Expected a region, such as europe-west1."
  }
}

variable "bucket_prefix" {
  description = "What the names of the buckets begin with; they are unique in the world"
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,54}$", var.bucket_prefix))
    error_message = "Expected at most 55 lower-case letters, digits and dashes."
  }
}

{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_variables.tf" %}
