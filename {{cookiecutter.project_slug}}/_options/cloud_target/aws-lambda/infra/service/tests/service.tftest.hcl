mock_provider "aws" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/a-role" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-north-1:123456789012:log-group:a-group" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { version = "7" }
  }
}

variables {
  image                = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/service@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" # pragma: allowlist secret
  architecture         = "arm64"
  model_version        = "20260101-000000-abcdef"
  model_digest         = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" # pragma: allowlist secret
  data_bucket          = "data"
  permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
  environment          = "production"
}

run "only_signed_requests_get_in" {
  variables {
    callers = ["arn:aws:iam::111111111111:role/shop"]
  }

  assert {
    condition     = length(aws_lambda_function_url.service) == 2 && alltrue([for url in aws_lambda_function_url.service : url.authorization_type == "AWS_IAM"])
    error_message = "Each URL has to ask for a signature."
  }

  assert {
    condition     = alltrue([for url in aws_lambda_function_url.service : contains(["live", "candidate"], url.qualifier)])
    error_message = "A URL has to be that of an alias, never of what was not published."
  }

  assert {
    condition = alltrue([
      for permission in concat(values(aws_lambda_permission.url), values(aws_lambda_permission.invoke)) :
      permission.principal == "arn:aws:iam::111111111111:role/shop" && permission.qualifier == "live"
    ])
    error_message = "Callers get the alias for everyone, and nobody else gets anything."
  }

  assert {
    condition = (
      one(values(aws_lambda_permission.url)).function_url_auth_type == "AWS_IAM" &&
      one(values(aws_lambda_permission.invoke)).invoked_via_function_url
    )
    error_message = "Callers may come by the URL only."
  }
}

run "nobody_is_let_in_unless_named" {
  assert {
    condition     = length(aws_lambda_permission.url) == 0 && length(aws_lambda_permission.invoke) == 0
    error_message = "Without callers there must be no permission."
  }
}

run "everyone_cannot_be_let_in" {
  command = plan

  variables {
    callers = ["*"]
  }

  expect_failures = [var.callers]
}

run "the_role_writes_and_reads_nothing" {
  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.service.statement : statement.actions])) == toset([
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "s3:PutObject",
    ])
    error_message = "The service may write what it says and its prediction log, no more."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.service.statement : statement.resources])) == toset([
      "arn:aws:logs:eu-north-1:123456789012:log-group:a-group:*",
      "arn:aws:s3:::data/prediction-log/production/*",
    ])
    error_message = "Each environment has its own place to write to."
  }

  assert {
    condition     = aws_iam_role.service.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    error_message = "The role needs its bounds, or CI may not make it."
  }
}

run "a_release_can_be_gone_back_to" {
  assert {
    condition     = aws_lambda_function.service.publish
    error_message = "Without published versions there is nothing to go back to."
  }

  assert {
    condition     = aws_lambda_alias.candidate.function_version == "7" && length(aws_lambda_alias.candidate.routing_config) == 0
    error_message = "The candidate is the newest version, and nothing else."
  }

  assert {
    condition     = aws_lambda_function.service.environment[0].variables.MODEL_DIGEST == var.model_digest
    error_message = "The service has to insist on the model that was deployed."
  }
}

run "an_image_by_its_tag_is_refused" {
  command = plan

  variables {
    image = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/service:latest"
  }

  expect_failures = [var.image]
}

run "a_release_is_judged_by_its_own_requests" {
  assert {
    condition     = aws_cloudwatch_metric_alarm.duration["release"].dimensions["ExecutedVersion"] == "7"
    error_message = "The version before must not hide what the new one does."
  }

  assert {
    condition = alltrue([
      for query in aws_cloudwatch_metric_alarm.errors["release"].metric_query :
      one(query.metric[*].dimensions["ExecutedVersion"]) == "7" if length(query.metric) > 0
    ])
    error_message = "The errors are those of the new version."
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.errors), values(aws_cloudwatch_metric_alarm.duration), [aws_cloudwatch_metric_alarm.throttles]) :
      alarm.treat_missing_data == "notBreaching"
    ])
    error_message = "No requests are no reason for an alarm."
  }

  assert {
    condition     = output.release_alarms == [for about in ["errors", "duration"] : "${aws_lambda_function.service.function_name}-release-${about}"]
    error_message = "The deployment watches the alarms of the release."
  }
}

run "what_costs_money_all_the_time_is_off" {
  assert {
    condition     = length(aws_lambda_provisioned_concurrency_config.live) == 0
    error_message = "Sandboxes are kept ready only where that is asked for."
  }
}

run "sandboxes_are_kept_ready_for_everyones_version" {
  variables {
    provisioned_concurrency = 2
  }

  assert {
    condition     = aws_lambda_provisioned_concurrency_config.live[0].qualifier == "live" && aws_lambda_provisioned_concurrency_config.live[0].provisioned_concurrent_executions == 2
    error_message = "They belong to the alias, whatever version it has."
  }
}

run "a_function_that_answers_nothing_is_refused" {
  command = plan

  variables {
    reserved_concurrency = 0
  }

  expect_failures = [var.reserved_concurrency]
}

run "a_canary_that_no_alarm_could_stop_is_refused" {
  command = plan

  variables {
    canary_minutes = 1
  }

  expect_failures = [var.canary_minutes]
}
{% if cookiecutter.log_stack == "cloudwatch" %}
{% include "logs/cloudwatch_service_tests.hcl" %}
{% endif %}
