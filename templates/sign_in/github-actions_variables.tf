variable "ci_repository" {
  description = "Repository on GitHub whose workflows sign in, as owner/name, or with the ids that GitHub gives both, as owner@id/name@id. Empty: none do."
  type        = string
  default     = ""

  validation {
    condition = (
      can(regex("^([A-Za-z0-9-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?)?$", var.ci_repository)) &&
      !endswith(var.ci_repository, ".git")
    )
    error_message = "Expected owner/name or owner@id/name@id, without https:// or .git."
  }
}
