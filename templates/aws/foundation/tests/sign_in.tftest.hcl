{% set issuer = {
    "github-actions": "token.actions.githubusercontent.com",
    "gitlab-ci": "gitlab.com",
    "jenkins": "jenkins.example.com/oidc",
}[cookiecutter.ci_provider] %}
{% set audience = "https://gitlab.com" if cookiecutter.ci_provider == "gitlab-ci" else "sts.amazonaws.com" %}
mock_provider "aws" {
  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }

  override_data {
    target = data.aws_region.current
    values = { region = "eu-north-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::a-bucket" }
  }

  mock_resource "aws_ecr_repository" {
    defaults = { arn = "arn:aws:ecr:eu-north-1:123456789012:repository/a-repository" }
  }

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/a-policy" }
  }

  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/ci.example.com" }
  }

  override_resource {
    target = aws_iam_role.ci["read"]
    values = { arn = "arn:aws:iam::123456789012:role/read" }
  }

  override_resource {
    target = aws_iam_role.ci["train"]
    values = { arn = "arn:aws:iam::123456789012:role/train" }
  }

  override_resource {
    target = aws_iam_role.ci["deploy"]
    values = { arn = "arn:aws:iam::123456789012:role/deploy" }
  }
}

run "without_sign_in_there_is_nothing_for_ci" {
  assert {
    condition     = length(aws_iam_openid_connect_provider.ci) == 0 && length(aws_iam_role.ci) == 0 && output.ci == null
    error_message = "Nobody is to sign in who was not named."
  }
}

run "each_role_is_for_its_own_tokens" {
  variables {
{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_example.hcl" %}
  }

  assert {
    condition = {
      for identity, trust in data.aws_iam_policy_document.trust : identity => toset([
        for condition in one(trust.statement).condition : "${condition.test} ${condition.variable} ${join(" ", condition.values)}"
      ])
      } == {
      for identity, subjects in local.subjects : identity => toset([
        "StringEquals {{ issuer }}:aud {{ audience }}",
        "StringLike {{ issuer }}:sub ${join(" ", subjects)}",
      ])
    }
    error_message = "A token has to be meant for AWS, and of a subject of the role."
  }

  assert {
    condition = alltrue([
      for trust in data.aws_iam_policy_document.trust :
      one(one(trust.statement).principals).identifiers == toset([aws_iam_openid_connect_provider.ci[0].arn])
    ])
    error_message = "Tokens have to be of the issuer."
  }

  assert {
    condition = (
      aws_iam_openid_connect_provider.ci[0].url == "https://{{ issuer }}" &&
      aws_iam_openid_connect_provider.ci[0].client_id_list == toset(["{{ audience }}"])
    )
    error_message = "The issuer has to be the one that gives the tokens."
  }

  assert {
    condition     = alltrue([for identity, role in aws_iam_role.ci : role.name == "{{ cookiecutter.project_slug }}-${identity}"])
    error_message = "Roles are called after the project and what they are for."
  }

  assert {
    condition = output.ci == {
      AWS_REGION          = "eu-north-1"
      AWS_READ_ROLE_ARN   = "arn:aws:iam::123456789012:role/read"
      AWS_TRAIN_ROLE_ARN  = "arn:aws:iam::123456789012:role/train"
      AWS_DEPLOY_ROLE_ARN = "arn:aws:iam::123456789012:role/deploy"
    }
    error_message = "CI needs to know its roles."
  }
}

run "only_what_trains_adds_to_the_data_and_nothing_else_is_reached" {
  variables {
{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_example.hcl" %}
  }

  assert {
    condition = {
      for identity, document in data.aws_iam_policy_document.data :
      identity => { for statement in document.statement : join(" ", statement.resources) => join(" ", statement.actions) }
      } == {
      read = {
        "arn:aws:s3:::a-bucket/dvc/*" = "s3:GetObject"
        "arn:aws:s3:::a-bucket"       = "s3:ListBucket"
      }
      train = {
        "arn:aws:s3:::a-bucket/dvc/*"                       = "s3:GetObject s3:PutObject"
        "arn:aws:s3:::a-bucket/prediction-log/production/*" = "s3:GetObject"
        "arn:aws:s3:::a-bucket"                             = "s3:ListBucket"
      }
    }
    error_message = "To read is to change nothing, and to train is to add to what DVC keeps. Only the monitor reads predictions, and only reads them."
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy.data)) == toset(["read", "train"]) && length(aws_iam_role_policy.release) == 1
    error_message = "Each role needs its rights."
  }
}

run "an_issuer_that_the_account_has_already_is_used" {
  variables {
    sign_in_provider_arn = "arn:aws:iam::123456789012:oidc-provider/{{ issuer }}"

{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_example.hcl" %}
  }

  assert {
    condition = length(aws_iam_openid_connect_provider.ci) == 0 && alltrue([
      for trust in data.aws_iam_policy_document.trust :
      one(one(trust.statement).principals).identifiers == toset([var.sign_in_provider_arn])
    ])
    error_message = "An account can have an issuer once only."
  }
}

run "another_issuer_is_refused" {
  command = plan

  variables {
    sign_in_provider_arn = "arn:aws:iam::123456789012:oidc-provider/other.example.com"

{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_example.hcl" %}
  }

  expect_failures = [var.sign_in_provider_arn]
}

{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_tests.hcl" %}
