variable "subscription_id" {
  description = "The subscription; the deployment takes it from AZURE_SUBSCRIPTION_ID."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.subscription_id))
    error_message = "A subscription's ID looks like 00000000-0000-0000-0000-000000000000."
  }
}

variable "location" {
  description = "The region; the deployment takes it from AZURE_LOCATION."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+[0-9]*$", var.location))
    error_message = "A region is written like westeurope."
  }
}

variable "state_container_id" {
  description = "Resource ID of the container with Terraform's state, which deployers may write."
  type        = string
}

{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_variables.tf" %}

variable "operators" {
  description = "Object IDs of the people and groups that may deploy, besides whoever laid the foundation first."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.operators : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "An object's ID looks like 00000000-0000-0000-0000-000000000000."
  }
}

variable "registry_sku" {
  description = "What the image registry can do: Basic is enough."
  type        = string
  default     = "Basic"

  validation {
    condition     = contains(["Basic", "Standard", "Premium"], var.registry_sku)
    error_message = "Basic, Standard or Premium."
  }
}

variable "replication" {
  description = "Copies of what is stored: LRS in one data centre, ZRS in three, GRS in two regions. Between one centre and three, Azure has to move an account that exists."
  type        = string
  default     = "LRS"

  validation {
    condition     = contains(["LRS", "ZRS", "GRS", "GZRS"], var.replication)
    error_message = "LRS, ZRS, GRS or GZRS."
  }
}

variable "version_retention_days" {
  description = "How long what was overwritten or deleted can be brought back."
  type        = number
  default     = 30

  validation {
    condition     = var.version_retention_days >= 1 && var.version_retention_days <= 365
    error_message = "From 1 to 365 days."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept; the first 30 days cost nothing."
  type        = number
  default     = 30

  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 730
    error_message = "From 30 to 730 days."
  }
}

variable "log_quota_gb" {
  description = "How much of logs is taken in a day; what comes beyond is lost, and costs nothing."
  type        = number
  default     = 1

  validation {
    condition     = var.log_quota_gb > 0
    error_message = "More than 0."
  }
}

variable "monthly_budget" {
  description = "What all of this may cost in a month, in the currency of the bill, before a warning is sent; 0 for no budget."
  type        = number
  default     = 0

  validation {
    condition     = var.monthly_budget >= 0
    error_message = "0 or more."
  }
}

variable "budget_emails" {
  description = "Who is warned when 80 % of the budget are spent, and when all of it is going to be."
  type        = list(string)
  default     = []

  validation {
    condition     = var.monthly_budget == 0 || length(var.budget_emails) > 0
    error_message = "A budget needs someone to warn."
  }
}
