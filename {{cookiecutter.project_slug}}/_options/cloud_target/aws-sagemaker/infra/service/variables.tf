variable "environment" {
  description = "Which environment this is"
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "Expected staging or production."
  }
}

variable "instance_type" {
  description = "The machines of the endpoint. Those of the family t2 cannot be scaled"
  type        = string
  default     = "ml.t2.medium"

  validation {
    condition     = startswith(var.instance_type, "ml.")
    error_message = "SageMaker's machines are called ml.<family>.<size>."
  }
}

variable "minimum_instances" {
  description = "How many machines there are at least. With two or more, a release first gets a part of the traffic"
  type        = number
  default     = 1

  validation {
    condition     = var.minimum_instances >= 1 && floor(var.minimum_instances) == var.minimum_instances
    error_message = "At least one."
  }
}

variable "maximum_instances" {
  description = "How many machines there are at most; they are scaled where that is more than minimum_instances"
  type        = number
  default     = 1

  validation {
    condition     = var.maximum_instances >= var.minimum_instances
    error_message = "Not fewer than minimum_instances."
  }

  validation {
    condition     = var.maximum_instances == var.minimum_instances || !startswith(var.instance_type, "ml.t2.")
    error_message = "SageMaker does not scale machines of the family t2."
  }
}

variable "invocations_per_instance" {
  description = "Requests a minute that each machine is to get; beyond that there are more machines"
  type        = number
  default     = 3000

  validation {
    condition     = var.invocations_per_instance > 0
    error_message = "More than none."
  }
}

variable "canary_percent" {
  description = "The part of the traffic that a release gets first, where there are two machines or more"
  type        = number
  default     = 10

  validation {
    condition     = var.canary_percent >= 1 && var.canary_percent <= 50
    error_message = "From 1 to 50: that is what SageMaker takes."
  }
}

variable "baking_seconds" {
  description = "How long the alarms are watched after each shift of traffic, before the release before is let go"
  type        = number
  default     = 300

  validation {
    condition     = var.baking_seconds >= 0 && var.baking_seconds <= 900
    error_message = "From 0 to 900."
  }
}

variable "error_rate" {
  description = "The part of the requests that may fail (5xx) before the alarm rings"
  type        = number
  default     = 0.01

  validation {
    condition     = var.error_rate > 0 && var.error_rate < 1
    error_message = "Between 0 and 1."
  }
}

variable "latency_milliseconds" {
  description = "What 99 of 100 answers may take at most before the alarm rings"
  type        = number
  default     = 1000

  validation {
    condition     = var.latency_milliseconds > 0
    error_message = "More than none."
  }
}

variable "capture_percent" {
  description = "The part of requests and answers that SageMaker keeps in the data bucket, besides the prediction log. 0: none"
  type        = number
  default     = 10

  validation {
    condition     = var.capture_percent >= 0 && var.capture_percent <= 100
    error_message = "From 0 to 100."
  }
}

variable "log_days" {
  description = "How long the service's log is kept"
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_days)
    error_message = "CloudWatch takes 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 days and some more."
  }
}

variable "alarm_email" {
  description = "Who is told of alarms; confirms it by a link in the first message. Empty: nobody"
  type        = string
  default     = ""

  validation {
    condition     = var.alarm_email == "" || strcontains(var.alarm_email, "@")
    error_message = "Expected an address."
  }
}
