{% set name = "${local.prefix}" if cookiecutter.cloud_target == "aws-sagemaker" else "${local.name}" %}

run "errors_in_the_log_are_counted_and_ring" {
  assert {
    condition     = alltrue([for filter in aws_cloudwatch_log_metric_filter.lines : filter.log_group_name == aws_cloudwatch_log_group.service.name])
    error_message = "What is counted has to be lines of the service."
  }

  assert {
    condition     = aws_cloudwatch_log_metric_filter.lines["Errors"].pattern == "{ $.event.dataset = \"{{ cookiecutter.package_name }}.error\" }"
    error_message = "What counts as an error is what the service calls one."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.logged_errors.metric_name == "Errors" &&
      aws_cloudwatch_metric_alarm.logged_errors.namespace == "{{ cookiecutter.project_slug }}/${var.environment}" &&
      startswith(aws_cloudwatch_metric_alarm.logged_errors.alarm_name, "{{ name }}-")
    )
    error_message = "The alarm has to be about the errors of this environment, and to have a name that CI may give."
  }
}

run "every_kind_of_line_has_a_query" {
  assert {
    condition = alltrue([
      for kind in ["input", "prediction", "error", "system"] :
      strcontains(aws_cloudwatch_query_definition.lines[kind].query_string, "event.dataset = \"{{ cookiecutter.package_name }}.${kind}\"")
    ])
    error_message = "A query has to be about its own kind of line."
  }

  assert {
    condition = alltrue([
      for query in aws_cloudwatch_query_definition.lines :
      query.log_group_names == tolist([aws_cloudwatch_log_group.service.name]) && startswith(query.name, "{{ name }}/")
    ])
    error_message = "A query has to be about the service of this environment."
  }
}
