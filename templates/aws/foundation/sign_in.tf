# Workflows sign in with the token that GitHub gives each run: there is no key to keep or to lose.

locals {
  sign_in = var.ci_repository != ""

  # Of owner@id/name@id; the ids may be missing.
  repository = local.sign_in ? regex("^(?P<owner>[^@/]+)@?(?P<owner_id>[0-9]*)/(?P<name>[^@]+)@?(?P<id>[0-9]*)$", var.ci_repository) : null

  # GitHub names a repository by its name alone or, since July 2026, with ids that nobody can take
  # over together with a name.
  repository_subjects = local.sign_in ? [
    "repo:${local.repository.owner}/${local.repository.name}",
    join("", [
      "repo:${local.repository.owner}@${coalesce(local.repository.owner_id, "*")}",
      "/${local.repository.name}@${coalesce(local.repository.id, "*")}",
    ]),
  ] : []

  provider_arn = (
    !local.sign_in ? "" :
    var.github_provider_arn != "" ? var.github_provider_arn :
    aws_iam_openid_connect_provider.github[0].arn
  )
}

resource "aws_iam_openid_connect_provider" "github" {
  count = local.sign_in && var.github_provider_arn == "" ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  count = local.sign_in ? 1 : 0

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    # Neither pull requests nor other branches.
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values = flatten([
        for repository in local.repository_subjects : [
          "${repository}:ref:refs/heads/main",
          "${repository}:environment:staging",
          "${repository}:environment:production",
        ]
      ])
    }
  }
}

# What it may do with the service stands in deploy_rights.tf.
resource "aws_iam_role" "deploy" {
  count = local.sign_in ? 1 : 0

  name                 = "${local.name}-deploy"
  description          = "Deploys ${local.name} from ${var.ci_repository}"
  assume_role_policy   = data.aws_iam_policy_document.trust[0].json
  max_session_duration = 7200
}

resource "aws_iam_role_policy" "release" {
  count = local.sign_in ? 1 : 0

  name   = "release"
  role   = aws_iam_role.deploy[0].id
  policy = data.aws_iam_policy_document.release.json
}
