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

run "ci_watches_its_own_service_alone" {
  variables {
{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_example.hcl" %}
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy_attachment.watching)) == toset(["deploy", "train"])
    error_message = "Who deploys makes the alarms, and who trains looks at the service."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.watched.statement :
      alltrue([for resource in statement.resources : strcontains(resource, "{{ cookiecutter.project_slug }}")]) ||
      statement.actions == toset(["cloudwatch:DescribeAlarms"])
    ])
    error_message = "CI may change what belongs to this project, and only look at the rest."
  }

  assert {
    condition = toset(flatten([
      for statement in data.aws_iam_policy_document.watched.statement : [
        for action in statement.actions : action if strcontains(action, ":Delete")
      ]
{% if cookiecutter.cloud_target == "aws-lambda" %}
    ])) == toset([])
    error_message = "CI removes nothing."
{% else %}
    ])) == toset(["cloudwatch:DeleteDashboards", "logs:DeleteLogGroup"])
    error_message = "CI has to be able to remove what it has made."
{% endif %}
  }
}

run "the_monitor_writes_what_it_has_seen" {
  assert {
    condition = { for statement in data.aws_iam_policy_document.monitor.statement : join(" ", statement.actions) => statement.resources } == {
      "logs:CreateLogStream logs:PutLogEvents" = toset(["arn:aws:logs:eu-north-1:123456789012:log-group:/{{ cookiecutter.project_slug }}/production/monitor:*"])
    }
    error_message = "It needs no more."
  }
}

run "without_sign_in_there_are_no_rights_to_watch" {
  assert {
    condition     = length(aws_iam_policy.watching) == 0
    error_message = "Nobody needs these rights."
  }
}
