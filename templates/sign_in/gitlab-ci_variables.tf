variable "ci_project" {
  description = "Project on GitLab whose pipelines sign in, with its groups, as group/project. Empty: none do."
  type        = string
  default     = ""

  validation {
    condition = (
      can(regex("^([A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)+)?$", var.ci_project)) &&
      !endswith(var.ci_project, ".git")
    )
    error_message = "Expected group/project or group/subgroup/project, as the project's address has it, without https:// or .git."
  }
}

variable "ci_issuer" {
  description = "Address of the GitLab that gives the tokens. The cloud has to reach it, since it checks the tokens with the keys that are published there."
  type        = string
  default     = "https://gitlab.com"

  validation {
    condition     = can(regex("^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~-]+)*$", var.ci_issuer))
    error_message = "Expected https://<address of GitLab>, without a slash at the end."
  }
}
