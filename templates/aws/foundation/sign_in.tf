{% include "sign_in/" ~ cookiecutter.ci_provider ~ ".tf" %}

locals {
  # As IAM calls it, and whom the tokens are meant for.
  issuer_name = trimprefix(local.issuer, "https://")
  audience    = {{ "local.issuer" if cookiecutter.ci_provider == "gitlab-ci" else '"sts.amazonaws.com"' }}

  sign_in_provider_arn = (
    !local.sign_in ? "" :
    var.sign_in_provider_arn != "" ? var.sign_in_provider_arn :
    aws_iam_openid_connect_provider.ci[0].arn
  )
}

resource "aws_iam_openid_connect_provider" "ci" {
  count = local.sign_in && var.sign_in_provider_arn == "" ? 1 : 0

  url            = local.issuer
  client_id_list = [local.audience]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.sign_in_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer_name}:aud"
      values   = [local.audience]
    }

    condition {
      test     = "StringLike"
      variable = "${local.issuer_name}:sub"
      values   = each.value
    }
  }
}

# What read and train may do stands in data_rights.tf; for deploy, in release_rights.tf and
# deploy_rights.tf.
resource "aws_iam_role" "ci" {
  for_each = local.subjects

  name                 = "${local.name}-${each.key}"
  description          = "CI of ${local.name}, from ${local.ci_source}: ${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 7200
}
