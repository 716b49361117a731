variable "ci_job" {
  description = "Folder on Jenkins with the jobs integrate, train, monitor and deliver, by the address that Jenkins itself gives it, as https://jenkins.example.com/job/flights. Empty: none sign in."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~-]+)*(/job/[A-Za-z0-9._~%-]+)+)?$", var.ci_job))
    error_message = "Expected the folder's address with its scheme and /job/, such as https://jenkins.example.com/job/flights, without a slash at the end."
  }
}

variable "ci_issuer" {
  description = "Who gives the tokens, as the credential on Jenkins says. The cloud has to reach it, since it checks the tokens with the keys that are published there. Empty: Jenkins itself, at <its address>/oidc."
  type        = string
  default     = ""

  validation {
    condition = (
      var.ci_issuer == "" ?
      !startswith(var.ci_job, "http://") :
      can(regex("^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~%-]+)*$", var.ci_issuer))
    )
    error_message = "Expected https://<address>, without a slash at the end. For a Jenkins without HTTPS it has to be named: an address where Jenkins's keys are published."
  }
}
