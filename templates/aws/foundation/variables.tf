variable "ci_repository" {
  description = "Repository on GitHub whose workflows may deploy, as owner/name, or with the ids that GitHub gives both, as owner@id/name@id. Empty: none may."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([A-Za-z0-9-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?)?$", var.ci_repository))
    error_message = "Expected owner/name or owner@id/name@id, without https:// or .git."
  }
}

variable "github_provider_arn" {
  description = "The account's sign-in provider for GitHub, where it has one already: an account can have one only. Empty: it is made here."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com)?$", var.github_provider_arn))
    error_message = "Expected arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com."
  }
}
