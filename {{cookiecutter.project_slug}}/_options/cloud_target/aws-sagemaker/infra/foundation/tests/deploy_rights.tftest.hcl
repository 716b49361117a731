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

  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/ci.example.com" }
  }

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/a-boundary" }
  }
}

run "actions_are_named" {
  assert {
    condition = alltrue([
      for statement in concat(
        data.aws_iam_policy_document.boundary.statement,
        data.aws_iam_policy_document.endpoint.statement,
        data.aws_iam_policy_document.roles.statement,
        data.aws_iam_policy_document.watching.statement,
      ) : alltrue([for action in statement.actions : !strcontains(action, "*")])
    ])
    error_message = "Each right has to be named."
  }
}

run "all_that_has_a_name_is_the_projects" {
  assert {
    condition = toset([
      for statement in concat(
        data.aws_iam_policy_document.endpoint.statement,
        data.aws_iam_policy_document.watching.statement,
        data.aws_iam_policy_document.roles.statement,
        ) : statement.sid if anytrue([
          for resource in statement.resources :
          !strcontains(resource, "/${local.name}-") && !strcontains(resource, ":${local.name}-")
      ])
    ]) == toset(["FindModelPackage", "LookAtAlarmsAndLogs", "LookAtScaling", "ModelRegistry", "Scaling", "ScalingsOwnRole"])
    error_message = "Only what AWS does not let be named may be open."
  }

  assert {
    condition = alltrue([
      for statement in concat(
        data.aws_iam_policy_document.endpoint.statement,
        data.aws_iam_policy_document.watching.statement,
        data.aws_iam_policy_document.roles.statement,
      ) : alltrue([for resource in statement.resources : !strcontains(resource, "${local.name}-*")])
    ])
    error_message = "Another project's name may begin with this one's."
  }
}

run "ci_cannot_make_itself_stronger" {
  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.roles.statement :
      one(statement.condition).variable == "iam:PermissionsBoundary" &&
      one(statement.condition).values == tolist([aws_iam_policy.boundary.arn])
      if length(setintersection(statement.actions, ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy"])) > 0
    ])
    error_message = "Roles that CI makes have to be within the boundary."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.roles.statement :
      alltrue([for resource in statement.resources : !endswith(resource, "-deploy") && !endswith(resource, "*")])
    ])
    error_message = "CI must not change the role that it has itself."
  }

  assert {
    condition = one([
      for statement in data.aws_iam_policy_document.roles.statement : one(statement.condition).values
      if statement.actions == toset(["iam:PassRole"])
    ]) == tolist(["sagemaker.amazonaws.com"])
    error_message = "CI hands roles to SageMaker alone."
  }
}

run "the_boundary_lets_records_be_written_and_not_read" {
  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.boundary.statement :
      statement.actions == toset(["s3:PutObject"]) if statement.sid == "Records"
    ])
    error_message = "The service writes its records, and nothing else."
  }
}

run "without_sign_in_nobody_gets_these_rights" {
  assert {
    condition     = length(aws_iam_role_policy.service) == 0
    error_message = "There is no role for them."
  }
}

run "with_sign_in_ci_gets_them" {
  variables {
{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_example.hcl" %}
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy.service)) == toset(["endpoint", "roles", "watching"])
    error_message = "CI has to get the rights."
  }
}
{% if cookiecutter.log_stack == "cloudwatch" %}
{% include "logs/cloudwatch_foundation_tests.hcl" %}
{% endif %}
