# What staging.tfvars and production.tfvars may set.

variable "cpu" {
  description = "Cores of an instance"
  type        = number
  default     = 1

  validation {
    condition     = contains([1, 2, 4, 8], var.cpu)
    error_message = "Expected 1, 2, 4 or 8. With less than one, an instance takes one request at a time."
  }
}

variable "memory" {
  description = "Memory of an instance, in which /tmp is, too"
  type        = string
  default     = "{{ "4Gi" if cookiecutter.serving_framework == "ray-serve" else "1Gi" }}"

  validation {
    condition     = can(regex("^[0-9]+(Mi|Gi)$", var.memory))
    error_message = "Expected an amount such as 512Mi or 2Gi."
  }
}

variable "cpu_always" {
  description = "Whether instances have their cores between requests, too, and are paid for all the while"
  type        = bool
  default     = false
}

variable "min_instances" {
  description = "How many instances wait for requests; none costs nothing, and the first request waits for a start"
  type        = number
  default     = 0

  validation {
    condition     = var.min_instances >= 0 && floor(var.min_instances) == var.min_instances
    error_message = "Expected a whole number, 0 or more."
  }
}

variable "max_instances" {
  description = "How many instances there are at most, whatever comes: it bounds the bill"
  type        = number
  default     = 3

  validation {
    condition     = var.max_instances >= 1 && floor(var.max_instances) == var.max_instances
    error_message = "Expected a whole number, 1 or more."
  }

  validation {
    condition     = var.max_instances >= var.min_instances
    error_message = "There cannot be more instances at least than at most."
  }
}

variable "concurrency" {
  description = "How many requests an instance answers at once; those that wait together are answered by one call of the model"
  type        = number
  default     = 80

  validation {
    condition     = var.concurrency >= 1 && var.concurrency <= 1000
    error_message = "Expected 1 to 1000."
  }
}

variable "canary_percent" {
  description = "Which share of the traffic a release gets before it gets all"
  type        = number
  default     = 10

  validation {
    condition     = var.canary_percent >= 1 && var.canary_percent <= 99 && floor(var.canary_percent) == var.canary_percent
    error_message = "Expected a whole number from 1 to 99."
  }
}

variable "ingress" {
  description = "From where the service can be reached. `make deploy` has to reach it, too."
  type        = string
  default     = "INGRESS_TRAFFIC_ALL"

  validation {
    condition     = contains(["INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"], var.ingress)
    error_message = "Expected INGRESS_TRAFFIC_ALL, INGRESS_TRAFFIC_INTERNAL_ONLY or INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER."
  }
}

variable "invokers" {
  description = "Who may call the service, such as serviceAccount:shop@acme.iam.gserviceaccount.com or group:analysts@acme.com; allUsers for everyone"
  type        = set(string)
  default     = []

  validation {
    condition     = !contains(var.invokers, "allUsers") || var.api_keys_version != ""
    error_message = "With allUsers, everyone on the internet reaches the service: set api_keys_version, so that it asks for a key."
  }
}

variable "api_keys_version" {
  description = "Version of the secret whose API keys the service asks for, such as 1. Empty: for none."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[0-9]*$", var.api_keys_version))
    error_message = "Expected the number of a version: `latest` would change under a revision that is running."
  }
}

variable "settings" {
  description = "Further settings of the service, of those in .env.example"
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.settings), ["API_KEYS", "HOST", "MODEL_DIGEST", "PORT", "PREDICTION_LOG_URL"])) == 0
    error_message = "API_KEYS come from the secret, and HOST, MODEL_DIGEST, PORT and PREDICTION_LOG_URL from the deployment."
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
