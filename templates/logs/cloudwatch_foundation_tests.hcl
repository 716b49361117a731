
run "ci_may_make_metrics_and_queries_of_the_log" {
  variables {
{% include "sign_in/" ~ cookiecutter.ci_provider ~ "_example.hcl" %}
  }

  assert {
    condition     = length(aws_iam_role_policy_attachment.logs) == 1
    error_message = "The role of CI lacks rights."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.logs.statement :
      alltrue([for action in statement.actions : !strcontains(action, "*")]) &&
      (statement.sid == "Queries" || alltrue([
        for resource in statement.resources : can(regex("/${local.name}[-/](staging|production):\\*$", resource))
      ]))
    ])
    error_message = "Rights on log groups end with :*, and only queries have no names that rights could end at."
  }
{% if cookiecutter.cloud_target == "aws-lambda" %}

  assert {
    condition = alltrue(flatten([
      for statement in data.aws_iam_policy_document.logs.statement : [
        for action in statement.actions : !strcontains(action, ":Delete")
      ]
    ]))
    error_message = "CI removes nothing."
  }
{% endif %}
}

run "without_sign_in_nobody_may_touch_the_log" {
  assert {
    condition     = length(aws_iam_policy.logs) == 0
    error_message = "Nobody needs these rights."
  }
}
