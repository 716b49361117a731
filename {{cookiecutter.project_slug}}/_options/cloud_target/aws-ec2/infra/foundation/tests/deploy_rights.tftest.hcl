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

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/a-policy" }
  }
}

run "ci_has_the_rights_that_it_needs_and_no_wildcards" {
  variables {
{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_example.hcl" %}
  }

  assert {
    condition     = length(aws_iam_role_policy_attachment.service) == 1 && length(aws_iam_role_policy_attachment.network) == 1
    error_message = "The role of CI lacks rights."
  }

  assert {
    condition = alltrue([
      for statement in concat(data.aws_iam_policy_document.service.statement, data.aws_iam_policy_document.network.statement) :
      alltrue([for action in statement.actions : !strcontains(action, "*")]) &&
      (!contains(statement.resources, "*") || statement.sid == "Look")
    ])
    error_message = "Only what looks may look at everything."
  }

  assert {
    condition = alltrue([
      for statement in concat(data.aws_iam_policy_document.service.statement, data.aws_iam_policy_document.network.statement) :
      alltrue([for action in statement.actions : can(regex(":(Describe|Get|List)", action))]) if statement.sid == "Look"
    ])
    error_message = "What may look at everything must change nothing."
  }
}

run "ci_makes_nothing_its_own_that_is_there_already" {
  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.network.statement :
      contains(["aws:ResourceTag/project", "ec2:CreateAction"], one(statement.condition).variable)
      if contains(statement.actions, "ec2:CreateTags")
    ])
    error_message = "Tags are what tells the project's network from others: only what is made may get them."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.network.statement :
      one(statement.condition).variable == "aws:ResourceTag/project" &&
      one(statement.condition).values == tolist(["{{ cookiecutter.project_slug }}"])
      if length(setintersection(statement.actions, ["ec2:DeleteVpc", "ec2:RevokeSecurityGroupIngress", "ec2:CreateLaunchTemplateVersion"])) > 0
    ])
    error_message = "Only what is the project's own may be changed."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.network.statement :
      one(statement.condition).variable == "aws:ResourceTag/project" || alltrue([
        for resource in statement.resources : !can(regex(":(launch-template|security-group|subnet)/", resource))
      ])
      if contains(statement.actions, "ec2:RunInstances")
    ])
    error_message = "Instances may be launched from the project's own template alone, and into its own network."
  }
}

run "ci_gives_no_right_that_the_boundary_does_not_have" {
  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.service.statement : statement.sid == "RolesWithinBoundary"
      if length(setintersection(statement.actions, ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])) > 0
    ])
    error_message = "Rights must be given within the boundary alone."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.service.statement :
      one(statement.condition).variable == "iam:PermissionsBoundary" &&
      one(statement.condition).values == tolist([aws_iam_policy.boundary.arn])
      if statement.sid == "RolesWithinBoundary"
    ])
    error_message = "The boundary has to be the one that is made here."
  }

  # Whoever can change the boundary, or drop it, has no boundary.
  assert {
    condition = alltrue([
      for statement in concat(data.aws_iam_policy_document.service.statement, data.aws_iam_policy_document.network.statement) :
      length(setintersection(statement.actions, ["iam:CreatePolicyVersion", "iam:DeleteRolePermissionsBoundary", "iam:SetDefaultPolicyVersion"])) == 0
    ])
    error_message = "CI must not be able to change the boundary."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.service.statement :
      statement.resources == toset([
        "arn:aws:iam::123456789012:role/{{ cookiecutter.project_slug }}-staging-instance",
        "arn:aws:iam::123456789012:role/{{ cookiecutter.project_slug }}-production-instance",
      ]) && one(statement.condition).values == tolist(["ec2.amazonaws.com"])
      if contains(statement.actions, "iam:PassRole")
    ])
    error_message = "CI must give the roles of the instances to instances alone."
  }
}

run "the_boundary_has_no_wildcards" {
  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.boundary.statement :
      alltrue([for action in statement.actions : !strcontains(action, "*")]) &&
      (!contains(statement.resources, "*") || statement.sid == "RegistryAndSessions")
    ])
    error_message = "The boundary has to name what it lets through."
  }
}

run "without_sign_in_there_are_no_rights_for_ci" {
  assert {
    condition     = length(aws_iam_policy.service) == 0 && length(aws_iam_policy.network) == 0
    error_message = "Nobody needs these rights."
  }
}
{% if cookiecutter.log_stack == "cloudwatch" %}
{% include "logs/cloudwatch_foundation_tests.hcl" %}
{% endif %}
