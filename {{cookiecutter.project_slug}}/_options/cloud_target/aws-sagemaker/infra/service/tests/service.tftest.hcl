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

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/a-role" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-north-1:123456789012:log-group:a-group" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-north-1:123456789012:a-topic" }
  }
}

variables {
  environment = "production"

  release = {
    version    = "20130502-aaaaaaaa"
    digest     = "a"
    image      = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/service@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    model_data = "s3://models/bundles/a/model.tar.gz"
  }
}

run "a_release_is_image_and_bundle_by_their_digests" {
  assert {
    condition = (
      aws_sagemaker_model.release[local.serving].primary_container[0].image == var.release.image &&
      aws_sagemaker_model.release[local.serving].primary_container[0].model_data_url == var.release.model_data &&
      aws_sagemaker_model.release[local.serving].primary_container[0].environment["MODEL_DIGEST"] == "a" &&
      aws_sagemaker_model.release[local.serving].primary_container[0].environment["MODEL_DIR"] == "/opt/ml/model"
    )
    error_message = "The container has to insist on the bundle that was deployed."
  }

  assert {
    condition = (
      aws_sagemaker_model.release[local.serving].primary_container[0].environment["PREDICTION_LOG_URL"] ==
      "s3://${local.data_bucket}/prediction-log/production"
    )
    error_message = "The prediction log belongs into the data bucket."
  }

  assert {
    condition = alltrue([
      for name in [local.endpoint, aws_sagemaker_endpoint_configuration.release[local.serving].name] : length(name) <= 63
    ]) && length(aws_iam_role.service.name) <= 64
    error_message = "SageMaker's names have at most 63 characters."
  }

  assert {
    condition     = [for release in output.releases : release.version] == ["20130502-aaaaaaaa"]
    error_message = "The next deployment has to know what serves."
  }
}

run "requests_are_captured_into_the_data_bucket" {
  assert {
    condition = (
      aws_sagemaker_endpoint_configuration.release[local.serving].data_capture_config[0].enable_capture &&
      aws_sagemaker_endpoint_configuration.release[local.serving].data_capture_config[0].destination_s3_uri ==
      "s3://${local.data_bucket}/captured/production"
    )
    error_message = "What is captured belongs into the data bucket."
  }
}

run "the_role_adds_records_and_does_nothing_else_to_them" {
  assert {
    condition = [
      for statement in data.aws_iam_policy_document.service.statement : statement.actions
      if anytrue([for resource in statement.resources : strcontains(resource, local.data_bucket)])
    ] == [toset(["s3:PutObject"])]
    error_message = "The service may write its records, not read or delete them."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.service.statement :
      alltrue([for action in statement.actions : !strcontains(action, "*")]) &&
      (!contains(statement.resources, "*") || contains(["RegistryLogin", "Metrics"], statement.sid))
    ])
    error_message = "Rights have to be named, and limited to what belongs to the environment."
  }

  assert {
    condition     = endswith(aws_iam_role.service.permissions_boundary, ":policy/${local.name}-boundary")
    error_message = "CI may only make roles within the boundary."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.trust.statement[0].condition).values == tolist(["123456789012"])
    error_message = "Only this account's SageMaker takes the role."
  }
}

run "alarms_take_a_release_back" {
  assert {
    condition = toset([
      for alarm in aws_sagemaker_endpoint.service[0].deployment_config[0].auto_rollback_configuration[0].alarms : alarm.alarm_name
    ]) == toset([aws_cloudwatch_metric_alarm.errors.alarm_name, aws_cloudwatch_metric_alarm.latency.alarm_name])
    error_message = "Errors and latency have to end a deployment."
  }

  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.errors, aws_cloudwatch_metric_alarm.latency] :
      alarm.dimensions == tomap({ EndpointName = aws_sagemaker_endpoint.service[0].name, VariantName = local.variant }) &&
      alarm.treat_missing_data == "notBreaching"
    ])
    error_message = "The alarms have to be about this endpoint, and silent while nobody asks."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.latency.threshold == 1000000
    error_message = "A second has a million microseconds."
  }
}

run "an_alarm_that_rings_already_is_not_heeded" {
  variables {
    minimum_instances = 2
    maximum_instances = 2
    ringing           = [run.alarms_take_a_release_back.alarms[0]]
  }

  assert {
    condition = [
      for alarm in aws_sagemaker_endpoint.service[0].deployment_config[0].auto_rollback_configuration[0].alarms : alarm.alarm_name
    ] == [aws_cloudwatch_metric_alarm.latency.alarm_name]
    error_message = "The other one still ends a deployment."
  }
}

run "without_alarms_all_traffic_goes_at_once" {
  variables {
    minimum_instances = 2
    maximum_instances = 2
    ringing           = run.alarms_take_a_release_back.alarms
  }

  assert {
    condition = (
      length(aws_sagemaker_endpoint.service[0].deployment_config[0].auto_rollback_configuration) == 0 &&
      aws_sagemaker_endpoint.service[0].deployment_config[0].blue_green_update_policy[0].termination_wait_in_seconds == 0 &&
      aws_sagemaker_endpoint.service[0].deployment_config[0].blue_green_update_policy[0].traffic_routing_configuration[0].type == "ALL_AT_ONCE"
    )
    error_message = "A way back must not be ended by what it is to end."
  }
}

run "the_role_may_look_at_the_alarms" {
  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.service.statement :
      contains(statement.actions, "cloudwatch:DescribeAlarms") && alltrue([
        for resource in statement.resources : endswith(resource, ":alarm:${local.prefix}-*")
      ])
    ])
    error_message = "SageMaker looks at them as this role."
  }
}

run "one_machine_takes_all_traffic_at_once" {
  assert {
    condition = (
      aws_sagemaker_endpoint.service[0].deployment_config[0].blue_green_update_policy[0].traffic_routing_configuration[0].type == "ALL_AT_ONCE" &&
      length(aws_sagemaker_endpoint.service[0].deployment_config[0].blue_green_update_policy[0].traffic_routing_configuration[0].canary_size) == 0 &&
      length(aws_appautoscaling_target.service) == 0
    )
    error_message = "There is no half of a machine."
  }
}

run "several_machines_are_scaled_and_try_a_release_with_a_part_of_the_traffic" {
  variables {
    instance_type     = "ml.c5.large"
    minimum_instances = 2
    maximum_instances = 4
  }

  assert {
    condition = (
      aws_sagemaker_endpoint.service[0].deployment_config[0].blue_green_update_policy[0].traffic_routing_configuration[0].type == "CANARY" &&
      aws_sagemaker_endpoint.service[0].deployment_config[0].blue_green_update_policy[0].traffic_routing_configuration[0].canary_size[0].value == 10
    )
    error_message = "A release has to be tried with a part of the traffic."
  }

  assert {
    condition = (
      aws_appautoscaling_target.service[0].min_capacity == 2 &&
      aws_appautoscaling_target.service[0].max_capacity == 4 &&
      aws_appautoscaling_target.service[0].resource_id == "endpoint/${local.endpoint}/variant/${local.variant}"
    )
    error_message = "Scaling has limits."
  }
}

run "burstable_machines_are_not_scaled" {
  command = plan

  variables {
    instance_type     = "ml.t2.medium"
    maximum_instances = 2
  }

  expect_failures = [var.maximum_instances]
}

run "an_image_by_its_tag_is_refused" {
  command = plan

  variables {
    release = {
      version    = "20130502-aaaaaaaa"
      digest     = "a"
      image      = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/service:latest"
      model_data = "s3://models/bundles/a/model.tar.gz"
    }
  }

  expect_failures = [var.release]
}
{% if cookiecutter.log_stack == "cloudwatch" %}
{% include "logs/cloudwatch_service_tests.hcl" %}
{% endif %}
