# What the deployment sets. What is yours to set stands in settings.tf.

variable "project" {
  description = "Id of the project on Google Cloud"
  type        = string
}

variable "region" {
  description = "Region where the service runs"
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

variable "service_account" {
  description = "E-mail of the service account that the service runs as"
  type        = string
}

variable "prediction_log_url" {
  description = "Where the prediction log is kept"
  type        = string

  validation {
    condition     = startswith(var.prediction_log_url, "gs://")
    error_message = "Expected a place in a bucket: what is written elsewhere is lost with the instance."
  }
}

variable "api_keys_secret" {
  description = "Name of the secret with the API keys"
  type        = string
}

variable "release" {
  description = "What is deployed"
  type = object({
    image         = string
    model_version = string
    model_digest  = string
  })

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.release.image))
    error_message = "Expected an image by its digest: a tag may be another image tomorrow."
  }

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.release.model_digest))
    error_message = "Expected the SHA-256 of the model's bundle.json."
  }
}

variable "before" {
  description = "What served before, as the output `live` has it; null for nothing"
  type = object({
    revision      = string
    image         = string
    model_version = string
    model_digest  = string
  })
  default = null
}

variable "stage" {
  description = "How far the release is: candidate (beside the one before, under a URL of its own), canary (with a share of the traffic), live (with all of it), or withdrawn (with none, and no URL)"
  type        = string

  validation {
    condition     = contains(["candidate", "canary", "live", "withdrawn"], var.stage)
    error_message = "Expected candidate, canary, live or withdrawn."
  }
}
