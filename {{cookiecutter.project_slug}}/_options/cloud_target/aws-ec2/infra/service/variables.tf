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
  description = "Image of the service, by its digest: a tag could come to mean another one"
  type        = string

  validation {
    condition     = can(regex("^[^/@ ]+/[^@ ]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Expected <registry>/<repository>@sha256:<digest>."
  }
}

variable "architecture" {
  description = "Processor that the image was built for"
  type        = string

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "Expected x86_64 or arm64."
  }
}

variable "model_version" {
  description = "Version of the model in the image"
  type        = string
}

variable "model_digest" {
  description = "SHA-256 of the manifest of the model's bundle; the service serves no other"
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.model_digest))
    error_message = "Expected 64 hexadecimal digits."
  }
}

variable "data_bucket" {
  description = "Bucket for the prediction log"
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.data_bucket))
    error_message = "Expected the name of a bucket, without s3://."
  }
}

# What you may set in <environment>.tfvars.

variable "allowed_cidrs" {
  description = "Networks that may call the service. Whoever deploys has to be in one, to try the release"
  type        = list(string)

  validation {
    condition     = length(var.allowed_cidrs) > 0
    error_message = "Nobody may call the service yet, not even to try a release: name the networks that may, such as [\"203.0.113.0/24\"]."
  }

  validation {
    condition     = alltrue([for cidr in var.allowed_cidrs : can(cidrnetmask(cidr))])
    error_message = "Expected IPv4 networks such as 203.0.113.0/24."
  }

  # API keys and feature values would cross the internet in the clear.
  validation {
    condition     = var.certificate_arn != "" || !contains(var.allowed_cidrs, "0.0.0.0/0")
    error_message = "Without a certificate, the service cannot be open to everyone."
  }
}

variable "certificate_arn" {
  description = "Certificate in ACM for domain_name. Empty: HTTP without TLS"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+)?$", var.certificate_arn))
    error_message = "Expected arn:aws:acm:<region>:<account>:certificate/<id>."
  }
}

variable "domain_name" {
  description = "Name that the certificate is for, and that points to the balancer"
  type        = string
  default     = ""

  validation {
    condition     = (var.domain_name == "") == (var.certificate_arn == "")
    error_message = "certificate_arn and domain_name go together."
  }
}

variable "instance_type" {
  description = "Type of the instances. Empty: the smallest that does, for the image's processor"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z][a-z0-9-]*\\.[a-z0-9-]+)?$", var.instance_type))
    error_message = "Expected a type such as t3.small."
  }
}

variable "min_size" {
  description = "Instances that are always there. Two survive the loss of one, or of an availability zone"
  type        = number
  default     = 1

  validation {
    condition     = var.min_size >= 1 && floor(var.min_size) == var.min_size
    error_message = "Expected a whole number, 1 or more."
  }
}

variable "max_size" {
  description = "Instances at most: the limit of what a rush may cost"
  type        = number
  default     = 1

  validation {
    condition     = var.max_size >= var.min_size && var.max_size <= 50
    error_message = "Expected min_size or more, and 50 at most."
  }
}

variable "target_cpu" {
  description = "Use of the processors, in percent, that scaling keeps up"
  type        = number
  default     = 50

  validation {
    condition     = var.target_cpu >= 10 && var.target_cpu <= 90
    error_message = "Expected 10 to 90."
  }
}

variable "settings" {
  description = "Further settings of the service; .env.example explains them"
  type        = map(string)
  default     = {}

  validation {
    condition = length(setintersection(
      keys(var.settings),
      ["API_KEYS", "AWS_DEFAULT_REGION", {{ '"ENVIRONMENT", ' if cookiecutter.monitoring == "cloudwatch" }}"HOST", "MODEL_DIGEST", "PORT", "PREDICTION_LOG_URL"],
    )) == 0
    error_message = "The deployment itself sets API_KEYS, AWS_DEFAULT_REGION, {{ "ENVIRONMENT, " if cookiecutter.monitoring == "cloudwatch" }}HOST, MODEL_DIGEST, PORT and PREDICTION_LOG_URL."
  }

  validation {
    condition = alltrue([
      for name, value in var.settings : can(regex("^[A-Z][A-Z0-9_]*$", name)) && !can(regex("[\r\n]", value))
    ])
    error_message = "Expected names in capitals, and values of one line."
  }
}

variable "checkpoint_seconds" {
  description = "How long a rollout holds with half of the instances replaced; the release is tried meanwhile"
  type        = number
  default     = 240

  # Shorter, and the rollout would go on before a release that does not answer has been given up.
  validation {
    condition     = var.checkpoint_seconds >= 200 && var.checkpoint_seconds <= 172800
    error_message = "Expected 200 to 172800."
  }
}

variable "bake_seconds" {
  description = "How long the alarms watch a release that has all of the traffic, before its rollout is over"
  type        = number
  default     = 300

  validation {
    condition     = var.bake_seconds >= 200 && var.bake_seconds <= 172800
    error_message = "Expected 200 to 172800."
  }
}

variable "largest_error_percent" {
  description = "Requests answered with a 5xx, in percent, above which the alarm rings"
  type        = number
  default     = 5

  validation {
    condition     = var.largest_error_percent > 0 && var.largest_error_percent < 100
    error_message = "Expected more than 0 and less than 100."
  }
}

variable "longest_seconds" {
  description = "Time that 95 of 100 answers may take, above which the alarm rings"
  type        = number
  default     = 1

  validation {
    condition     = var.longest_seconds > 0
    error_message = "Expected more than 0."
  }
}

variable "alarm_topics" {
  description = "ARNs of SNS topics that hear of alarms; none: the console alone shows them"
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.alarm_topics : can(regex("^arn:aws[a-z-]*:sns:", arn))])
    error_message = "Expected arn:aws:sns:<region>:<account>:<topic>."
  }
}

variable "log_retention_days" {
  description = "How long the logs are kept"
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827], var.log_retention_days)
    error_message = "Expected one of the numbers that CloudWatch knows, such as 7, 30, 90 or 365."
  }
}
