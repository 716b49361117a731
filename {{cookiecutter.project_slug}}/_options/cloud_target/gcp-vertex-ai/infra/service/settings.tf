# What staging.tfvars and production.tfvars may set.

variable "machine_type" {
  description = "Kind of machine that a replica is; each costs money as long as it is deployed"
  type        = string
  default     = "e2-standard-2"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*-[a-z]+-[0-9]+[a-z]*$", var.machine_type))
    error_message = "Expected a machine type such as e2-standard-2."
  }
}

variable "min_replicas" {
  description = "How many replicas there are at least; an endpoint cannot do without one"
  type        = number
  default     = 1

  validation {
    condition     = var.min_replicas >= 1 && floor(var.min_replicas) == var.min_replicas
    error_message = "Expected a whole number, 1 or more."
  }
}

variable "max_replicas" {
  description = "How many replicas there are at most, whatever comes: it bounds the bill"
  type        = number
  default     = 1

  validation {
    condition     = var.max_replicas >= 1 && floor(var.max_replicas) == var.max_replicas
    error_message = "Expected a whole number, 1 or more."
  }

  validation {
    condition     = var.max_replicas >= var.min_replicas
    error_message = "There cannot be more replicas at least than at most."
  }
}

variable "target_cpu_percent" {
  description = "How busy replicas are before more of them come"
  type        = number
  default     = 60

  validation {
    condition     = var.target_cpu_percent >= 1 && var.target_cpu_percent <= 100
    error_message = "Expected 1 to 100."
  }
}

variable "canary_percent" {
  description = "Which share of the traffic a release gets before it gets all"
  type        = number
  default     = 10

  validation {
    condition     = var.canary_percent >= 5 && var.canary_percent <= 50 && floor(var.canary_percent) == var.canary_percent
    error_message = "Expected a whole number from 5 to 50: with less, a test would hardly ever meet the release."
  }
}

variable "settings" {
  description = "Further settings of the service, of those in .env.example"
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.settings), ["API_KEYS", "HOST", "MODEL_DIGEST", "PORT", "PREDICTION_LOG_URL"])) == 0
    error_message = "Callers sign in with Google and not with API_KEYS; HOST, MODEL_DIGEST, PORT and PREDICTION_LOG_URL come from the deployment."
  }

  validation {
    condition     = alltrue([for name in keys(var.settings) : !startswith(name, "AIP_")])
    error_message = "Variables that begin with AIP_ are the platform's own."
  }
}

variable "alert_email" {
  description = "Where alerts go. Empty: they are shown in the console only."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([^@ ]+@[^@ ]+)?$", var.alert_email))
    error_message = "Expected an e-mail address."
  }
}

variable "max_latency_ms" {
  description = "What 95 of 100 requests have to be answered in, in milliseconds"
  type        = number
  default     = 1000

  validation {
    condition     = var.max_latency_ms > 0
    error_message = "Expected more than 0."
  }
}
