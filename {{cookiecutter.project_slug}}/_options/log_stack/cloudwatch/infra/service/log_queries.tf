{% set name = "${local.prefix}" if cookiecutter.cloud_target == "aws-sagemaker" else "${local.name}" %}
{% set package = cookiecutter.package_name %}
# What CloudWatch Logs Insights offers under "Saved queries": one for each kind of line, and one that
# finds all there is of a request.
locals {
  queries = {
    input = <<-QUERY
      fields @timestamp, prediction.id, http.request.id, @message
      | filter event.dataset = "{{ package }}.input"
      | sort @timestamp desc
      | limit 100
    QUERY

{% if cookiecutter.problem_type == "classification" %}
    prediction = <<-QUERY
      filter event.dataset = "{{ package }}.prediction"
      | stats count(*) as predictions, avg(prediction.answer.probability) as probability
          by bin(1h), prediction.model_version
    QUERY
{% else %}
    prediction = <<-QUERY
      filter event.dataset = "{{ package }}.prediction"
      | stats count(*) as predictions, avg(prediction.answer.value) as mean, pct(prediction.answer.value, 95) as p95
          by bin(1h), prediction.model_version
    QUERY
{% endif %}

    error = <<-QUERY
      fields @timestamp, message, error.type, error.message, http.request.id, error.stack_trace
      | filter event.dataset = "{{ package }}.error"
      | sort @timestamp desc
      | limit 100
    QUERY

    system = <<-QUERY
      fields @timestamp, message, log.logger, http.response.status_code, event.duration / 1000000 as milliseconds
      | filter event.dataset = "{{ package }}.system"
      | sort @timestamp desc
      | limit 200
    QUERY

    request = <<-QUERY
      fields @timestamp, event.dataset, message, @message
      | filter http.request.id = "the X-Request-ID of the answer"
      | sort @timestamp
    QUERY
  }
}

resource "aws_cloudwatch_query_definition" "lines" {
  for_each = local.queries

  name            = "{{ name }}/${each.key}"
  log_group_names = [aws_cloudwatch_log_group.service.name]
  query_string    = each.value
}
