# What the deployment gives.

variable "environment" {
  description = "Which environment this is"
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "Expected staging or production."
  }
}

variable "image" {
  description = "The image, by its digest"
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "A tag could get another image: expected repository@sha256:<digest>."
  }
}

variable "architecture" {
  description = "Processor that the image was built for"
  type        = string

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "Lambda has arm64 and x86_64."
  }
}

variable "model_version" {
  description = "Version of the model in the image"
  type        = string

  validation {
    condition     = length(var.model_version) <= 256
    error_message = "Lambda takes 256 characters at most."
  }
}

variable "model_digest" {
  description = "SHA-256 of the model's bundle.json, which the service insists on"
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.model_digest))
    error_message = "Expected 64 hexadecimal digits."
  }
}

variable "data_bucket" {
  description = "Bucket of the prediction log"
  type        = string
}

variable "permissions_boundary" {
  description = "ARN of the policy that bounds the rights of the service's role"
  type        = string
}
