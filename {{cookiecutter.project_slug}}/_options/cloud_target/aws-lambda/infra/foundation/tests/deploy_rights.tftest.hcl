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

  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/ci.example.com" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/a-role" }
  }

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/a-boundary" }
  }
}

run "without_sign_in_nobody_gets_these_rights" {
  assert {
    condition     = length(aws_iam_role_policy.deploy) == 0
    error_message = "There is no role to give them to."
  }
}

run "ci_may_change_this_project_only" {
  variables {
{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_example.hcl" %}
  }

  assert {
    condition     = length(aws_iam_role_policy.deploy) == 1
    error_message = "CI has to get the rights."
  }

  assert {
    condition = alltrue(flatten([
      for statement in data.aws_iam_policy_document.deploy.statement : [
        for resource in statement.resources :
        can(regex("[:/]${local.name}-(staging|production)(-\\*|:\\*|:live|:candidate)?$", resource))
      ] if statement.sid != "FindLogs"
    ]))
    error_message = "Every right has to end at the names of this project."
  }

  assert {
    condition = alltrue(flatten([
      for statement in data.aws_iam_policy_document.deploy.statement : [
        for action in statement.actions :
        !strcontains(action, "*") && !can(regex(":(DeleteFunction|DeleteAlias|DeleteRole|DeleteLogGroup|DeletePolicy)$", action))
      ]
    ]))
    error_message = "No right may be a pattern, or remove anything."
  }
}

run "ci_cannot_give_itself_more_rights" {
  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.deploy.statement :
      one(statement.condition).variable == "iam:PermissionsBoundary" &&
      one(one(statement.condition).values) == "arn:aws:iam::123456789012:policy/a-boundary"
      if length(setintersection(statement.actions, ["iam:CreateRole", "iam:PutRolePolicy"])) > 0
    ])
    error_message = "A role that CI writes has to be within the bounds."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.deploy.statement :
      one(statement.condition).variable == "iam:PassedToService" if contains(statement.actions, "iam:PassRole")
    ])
    error_message = "The role goes to Lambda only."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.boundary.statement : statement.actions])) == toset([
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "s3:PutObject",
    ])
    error_message = "The bounds are what the service needs, no more."
  }
}

run "only_lambda_and_only_for_this_project_fetches_images" {
  assert {
    condition = toset(one(one(data.aws_iam_policy_document.lambda_images.statement).condition).values) == toset([
      for environment in ["staging", "production"] :
      "arn:aws:lambda:eu-north-1:123456789012:function:${local.name}-${environment}"
    ])
    error_message = "Other functions have no business with these images."
  }
}
{% if cookiecutter.log_stack == "cloudwatch" %}
{% include "logs/cloudwatch_foundation_tests.hcl" %}
{% endif %}
