# What the deployment sets. What is yours to set stands in settings.tf.

variable "project" {
  description = "Id of the project on Google Cloud"
  type        = string
}

variable "region" {
  description = "Region where the endpoint is"
  type        = string
}

variable "environment" {
  description = "staging or production"
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "Expected staging or production."
  }
}
