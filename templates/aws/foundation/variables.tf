{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_variables.tf" %}

variable "sign_in_provider_arn" {
  description = "The account's sign-in provider for those tokens, where it has one already: an account can have one only for each issuer. Empty: it is made here."
  type        = string
  default     = ""

  validation {
    condition = (
      var.sign_in_provider_arn == "" ||
      can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/", var.sign_in_provider_arn)) &&
      endswith(var.sign_in_provider_arn, ":oidc-provider/${local.issuer_name}")
    )
    error_message = "Expected arn:aws:iam::<account>:oidc-provider/${local.issuer_name}."
  }
}
