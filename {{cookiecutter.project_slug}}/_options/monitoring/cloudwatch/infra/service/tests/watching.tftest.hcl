{% set target = cookiecutter.cloud_target %}
mock_provider "aws" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }

  override_data {
    target = data.aws_region.current
    values = { region = "eu-north-1" }
  }

{% if target != "aws-lambda" %}
  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

{% endif %}
{% if target == "aws-ec2" %}
  override_data {
    target = data.aws_availability_zones.available
    values = { names = ["eu-north-1a", "eu-north-1b", "eu-north-1c"] }
  }

  override_data {
    target = data.aws_ssm_parameter.machine_image
    values = { insecure_value = "ami-0123456789abcdef0" }
  }

  override_data {
    target = data.aws_ec2_instance_type.chosen
    values = { supported_architectures = ["x86_64"] }
  }

{% endif %}
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:eu-north-1:123456789012:alarm:an-alarm" }
  }
}

variables {
  environment = "production"

{% if target == "aws-sagemaker" %}
  release = {
    version    = "20130502-aaaaaaaa"
    digest     = "a"
    image      = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/service@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    model_data = "s3://models/bundles/a/model.tar.gz"
  }
{% else %}
  image         = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/service@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" # pragma: allowlist secret
  architecture  = "x86_64"
  model_version = "20130502-aaaaaaaa"
  model_digest  = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" # pragma: allowlist secret
  data_bucket   = "data"
  alarm_topics  = ["arn:aws:sns:eu-north-1:123456789012:people"]
{% endif %}
{% if target == "aws-lambda" %}

  permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
{% elif target == "aws-ec2" %}

  allowed_cidrs = ["203.0.113.0/24"]
{% endif %}
}

run "somebody_hears_of_each_alarm" {
  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.watched), values(aws_cloudwatch_composite_alarm.error_budget)) :
      alarm.alarm_actions == toset(local.hearing) && alarm.ok_actions == toset(local.hearing) && length(alarm.alarm_actions) == 1
    ])
    error_message = "An alarm that nobody hears of is none."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.window : alarm.alarm_actions == null])
    error_message = "A single window is no reason to call anyone."
  }
}

run "alarms_are_about_their_own_environment" {
  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.watched :
      alarm.namespace == "{{ cookiecutter.project_slug }}" && alarm.dimensions["environment"] == "production"
    ])
    error_message = "Staging must not hide what production does."
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.watched)[*].alarm_name, values(aws_cloudwatch_composite_alarm.error_budget)[*].alarm_name, [aws_cloudwatch_dashboard.service.dashboard_name]) :
      startswith(alarm, "{{ cookiecutter.project_slug }}-production")
    ])
    error_message = "CI may change what is called after the project and the environment."
  }
}

run "silence_is_an_alarm_where_somebody_has_to_speak" {
  assert {
    condition = toset([for name, alarm in aws_cloudwatch_metric_alarm.watched : name if alarm.treat_missing_data == "breaching"]) == toset([
{% if target == "aws-lambda" %}
      "monitor-silent", "no-traffic",
{% else %}
      "monitor-silent", "service-down",
{% endif %}
    ])
    error_message = "Only what reports without being asked is missed."
  }

  assert {
    condition = alltrue([
      for name in ["data-drifts", "quality-lost", "retraining-wanted", "labels-missing", "model-is-old"] :
      aws_cloudwatch_metric_alarm.watched[name].treat_missing_data == "ignore"
    ])
    error_message = "A verdict holds until the next look."
  }
}

run "the_budget_burns_if_it_does_in_both_windows" {
  assert {
    condition = (
      aws_cloudwatch_composite_alarm.error_budget["fast"].alarm_rule ==
      "ALARM(\"{{ cookiecutter.project_slug }}-production-errors-fast-long\") AND ALARM(\"{{ cookiecutter.project_slug }}-production-errors-fast-short\")"
    )
    error_message = "Errors that are over must call nobody."
  }

  assert {
    condition     = { for name, alarm in aws_cloudwatch_metric_alarm.window : name => format("%.3f", alarm.threshold) } == { fast-long = "0.072", fast-short = "0.072", slowly-long = "0.030", slowly-short = "0.030" }
    error_message = "The limits follow from the objective."
  }
}

run "an_error_or_two_call_nobody" {
  assert {
    condition = {
      for name, alarm in aws_cloudwatch_metric_alarm.window : name => one([for query in alarm.metric_query : query.expression if query.id == "share"])
      } == {
      fast-long    = "IF(errors > 2, errors / requests, 0)"
      fast-short   = "IF(errors > 0, errors / requests, 0)"
      slowly-long  = "IF(errors > 2, errors / requests, 0)"
      slowly-short = "IF(errors > 0, errors / requests, 0)"
    }
    error_message = "Where few ask, a single error is many answers in a hundred. The short window only says that it goes on."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.window : alarm.treat_missing_data == "notBreaching"])
    error_message = "Where nobody asks there are no errors."
  }
}

run "in_staging_nobody_is_called_for_silence" {
  variables {
    environment = "staging"
  }

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.watched)) == toset([
{% if target != "aws-lambda" %}
      "requests-wait", "service-down",
{% endif %}
      "prediction-log-drops", "slow-answers",
    ])
    error_message = "Nobody asks there, and no monitor looks."
  }

  assert {
    condition     = output.monitor_log_group == null
    error_message = "No monitor looks there."
  }
}

run "the_monitor_has_a_log_that_is_not_kept_for_ever" {
  assert {
    condition     = output.monitor_log_group == "/{{ cookiecutter.project_slug }}/production/monitor" && aws_cloudwatch_log_group.monitor[0].retention_in_days == 30
    error_message = "CI may write to this log."
  }
}

run "the_dashboard_shows_the_alarms_and_what_they_are_about" {
  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.service.dashboard_body).widgets[0].properties.alarms) == length(aws_cloudwatch_metric_alarm.watched) + 2
    error_message = "Each alarm that calls someone is shown."
  }

  assert {
    condition     = !strcontains(aws_cloudwatch_dashboard.service.dashboard_body, "$${environment}") && strcontains(aws_cloudwatch_dashboard.service.dashboard_body, "$${PROP('Dim.column')}")
    error_message = "What CloudWatch fills in is left to it, and the rest is filled in."
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_dashboard.service.dashboard_body).periodOverride == "inherit"
    error_message = "Service and monitor need periods of their own."
  }
}
{% if target == "aws-sagemaker" %}

run "an_endpoint_that_is_not_there_is_not_missed" {
  variables {
    release = null
  }

  assert {
    condition     = length(setintersection(keys(aws_cloudwatch_metric_alarm.watched), ["requests-wait", "service-down"])) == 0
    error_message = "What was never deployed, or was taken back, is not down."
  }
}
{% endif %}
{% if target == "aws-lambda" %}

run "the_service_says_what_it_does_before_it_is_frozen" {
  assert {
    condition = (
      aws_lambda_function.service.environment[0].variables.METRICS_SECONDS == "0" &&
      aws_lambda_function.service.environment[0].variables.ENVIRONMENT == "production"
    )
    error_message = "A thread that is frozen publishes nothing."
  }
}
{% endif %}
