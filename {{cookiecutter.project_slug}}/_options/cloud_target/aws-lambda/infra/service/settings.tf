# What staging.tfvars and production.tfvars may set.

variable "memory_size" {
  description = "Memory in MB. The share of the processor grows with it: 1769 MB are one core."
  type        = number
  default     = 1024

  validation {
    condition     = var.memory_size >= 512 && var.memory_size <= 10240
    error_message = "Expected 512 to 10240."
  }
}

variable "timeout" {
  description = "Seconds after which a request is given up. The service gives up after 10 by itself."
  type        = number
  default     = 30

  validation {
    condition     = var.timeout > 10 && var.timeout <= 900
    error_message = "Expected 11 to 900."
  }
}

variable "ephemeral_storage" {
  description = "Size of /tmp in MB"
  type        = number
  default     = 512

  validation {
    condition     = var.ephemeral_storage >= 512 && var.ephemeral_storage <= 10240
    error_message = "Expected 512 to 10240."
  }
}

variable "reserved_concurrency" {
  description = "How many requests may be answered at once, which is a limit for the costs, too. -1: what the account has left."
  type        = number
  default     = -1

  validation {
    condition     = var.reserved_concurrency == -1 || var.reserved_concurrency >= 1
    error_message = "Expected -1, or 1 and more: with 0 nothing would be answered."
  }
}

variable "provisioned_concurrency" {
  description = "How many sandboxes are kept ready all the time, which costs money all the time"
  type        = number
  default     = 0

  validation {
    condition     = var.provisioned_concurrency >= 0
    error_message = "Expected 0 or more."
  }
}

variable "settings" {
  description = "Further settings of the service, those of .env.example. None of them may be a secret."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.settings), ["API_KEYS", "AWS_LWA_PORT", {{ '"ENVIRONMENT", ' if cookiecutter.monitoring == "cloudwatch" }}"HOST", {{ '"METRICS_SECONDS", ' if cookiecutter.monitoring == "cloudwatch" }}"MODEL_DIGEST", "PORT", "PREDICTION_LOG_FLUSH_SECONDS", "PREDICTION_LOG_URL", "WORKERS"])) == 0
    error_message = "IAM stands in for API_KEYS, a sandbox has one request at a time for one of WORKERS, and the deployment sets the rest."
  }
}

variable "callers" {
  description = "ARNs of roles, users and accounts that may ask for predictions"
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for caller in var.callers : can(regex("^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:", caller))])
    error_message = "Expected ARNs such as arn:aws:iam::<account>:role/<name>: nobody else may be let in."
  }
}

variable "canary_percent" {
  description = "Share of the requests that a new version gets first"
  type        = number
  default     = 10

  validation {
    condition     = var.canary_percent > 0 && var.canary_percent < 100
    error_message = "Expected more than 0 and less than 100."
  }
}

variable "canary_minutes" {
  description = "For how long it gets that share. 0: it gets all requests at once."
  type        = number
  default     = 0

  validation {
    condition     = var.canary_minutes == 0 || (var.canary_minutes >= 5 && var.canary_minutes <= 60)
    error_message = "Expected 0, or 5 to 60: alarms come minutes after what they are about."
  }
}

variable "max_error_percent" {
  description = "Failed requests that are no reason for an alarm, in percent"
  type        = number
  default     = 1

  validation {
    condition     = var.max_error_percent >= 0 && var.max_error_percent < 100
    error_message = "Expected 0 to 99."
  }
}

variable "max_duration_ms" {
  description = "Milliseconds that all but one in a hundred requests may take, with writing the prediction log"
  type        = number
  default     = 2000

  validation {
    condition     = var.max_duration_ms > 0
    error_message = "Expected more than 0."
  }
}

variable "alarm_topics" {
  description = "ARNs of the SNS topics that hear of alarms. None: they are shown in CloudWatch alone."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for topic in var.alarm_topics : can(regex("^arn:aws[a-z-]*:sns:", topic))])
    error_message = "Expected ARNs of SNS topics."
  }
}

variable "log_retention_days" {
  description = "Days for which the lines of the service are kept"
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731 days."
  }
}
