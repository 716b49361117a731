variable "subscription_id" {
  description = "The subscription; the deployment takes it from AZURE_SUBSCRIPTION_ID."
  type        = string
}

variable "environment" {
  description = "Which of the two environments this is."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "staging or production."
  }
}

variable "foundation" {
  description = "The foundation's output service."
  type = object({
    resource_group      = string
    location            = string
    workspace_id        = string
    registry_id         = string
    models_container_id = string
    log_writer_role_id  = string
    log_container_id    = string
    log_url             = string
    logs_id             = string
  })
}

variable "endpoint_id" {
  description = "Resource ID of the endpoint; null until the deployment has made it. Logs and alarms need it."
  type        = string
  default     = null
}

variable "serving" {
  description = "Which deployment of the endpoint serves, blue or green; null until one does. Its instances are scaled."
  type        = string
  default     = null

  validation {
    condition     = var.serving == null || contains(["blue", "green"], coalesce(var.serving, "blue"))
    error_message = "blue or green."
  }
}

variable "instance_type" {
  description = "The machine that a release runs on, from Azure ML's list for managed online endpoints."
  type        = string
  default     = "Standard_F2s_v2"

  validation {
    condition     = startswith(lower(var.instance_type), "standard_")
    error_message = "A machine is written like Standard_F2s_v2."
  }
}

variable "instances" {
  description = "How many machines a release has at least. Each costs from its start to its end, asked or not."
  type        = number
  default     = 1

  validation {
    condition     = var.instances >= 1 && var.instances <= 50
    error_message = "From 1 to 50."
  }
}

variable "max_instances" {
  description = "How many machines a release has at most; as many as at least for no scaling."
  type        = number
  default     = 1

  validation {
    condition     = var.max_instances >= var.instances && var.max_instances <= 50
    error_message = "From instances to 50."
  }
}

variable "scale_at_cpu_percent" {
  description = "The load of the processors that one more machine is started at."
  type        = number
  default     = 70

  validation {
    condition     = var.scale_at_cpu_percent >= 30 && var.scale_at_cpu_percent <= 95
    error_message = "From 30 to 95 percent."
  }
}

variable "mirror_percent" {
  description = "The share of requests that a new release gets a copy of, while the one before answers; 0 for none."
  type        = number
  default     = 0

  validation {
    condition     = var.mirror_percent >= 0 && var.mirror_percent <= 50
    error_message = "From 0 to 50 percent."
  }
}

variable "mirror_minutes" {
  description = "How long requests are mirrored."
  type        = number
  default     = 10

  validation {
    condition     = var.mirror_minutes >= 0 && var.mirror_minutes <= 30
    error_message = "From 0 to 30: a job of CI has two hours for all of it."
  }
}

variable "canary_percent" {
  description = "The share of requests that a new release answers before it answers all; 0 for none."
  type        = number
  default     = 10

  validation {
    condition     = var.canary_percent >= 0 && var.canary_percent < 100
    error_message = "From 0 to 99 percent."
  }
}

variable "canary_minutes" {
  description = "How long it answers that share."
  type        = number
  default     = 5

  validation {
    condition     = var.canary_minutes >= 0 && var.canary_minutes <= 30
    error_message = "From 0 to 30: a job of CI has two hours for all of it."
  }
}

variable "keep_previous" {
  description = "Whether the release before stays, without requests, until the next one comes. It costs as much as the one that serves."
  type        = bool
  default     = false
}

variable "alarm_emails" {
  description = "Who is told of alarms."
  type        = list(string)
  default     = []
}

variable "max_errors_per_minute" {
  description = "The number of answers with a status from 500 on that sets off an alarm, and that a new release is taken back at."
  type        = number
  default     = 1

  validation {
    condition     = var.max_errors_per_minute > 0
    error_message = "More than 0."
  }
}

variable "max_latency_ms" {
  description = "The 99th percentile of answering times that sets off an alarm."
  type        = number
  default     = 1000

  validation {
    condition     = var.max_latency_ms > 0
    error_message = "More than 0."
  }
}
