mock_provider "azurerm" {}

variables {
  subscription_id = "00000000-0000-0000-0000-000000000000"
  environment     = "staging"
  foundation = {
    resource_group      = "group"
    location            = "westeurope"
    workspace_id        = "/workspace"
    registry_id         = "/registry"
    models_container_id = "/models"
    log_writer_role_id  = "/log-writer"
    log_container_id    = "/log"
    log_url             = "abfs://prediction-log@account.dfs.core.windows.net"
    logs_id             = "/logs"
  }
}

run "the_service_reads_images_and_models_and_writes_its_own_log" {
  assert {
    condition     = azurerm_role_assignment.pull_image.scope == "/registry" && azurerm_role_assignment.pull_image.role_definition_name == "AcrPull"
    error_message = "The service does more with images than to pull them."
  }

  assert {
    condition     = azurerm_role_assignment.read_models.scope == "/models" && azurerm_role_assignment.read_models.role_definition_name == "Storage Blob Data Reader"
    error_message = "The service does more with models than to read them."
  }

  assert {
    condition     = azurerm_role_assignment.write_metrics.scope == "/workspace" && endswith(azurerm_role_assignment.write_metrics.role_definition_id, "/635dd51f-9968-44d3-b7fb-6d9a6bd613ae")
    error_message = "The service does more in the workspace than to write metrics."
  }

  assert {
    condition = (
      azurerm_role_assignment.write_log.scope == "/log"
      && azurerm_role_assignment.write_log.role_definition_id == "/log-writer"
      && strcontains(azurerm_role_assignment.write_log.condition, "blobs/write'")
      && strcontains(azurerm_role_assignment.write_log.condition, "blobs/add/action'")
      && strcontains(azurerm_role_assignment.write_log.condition, "blobs:path] StringLike 'staging/*'")
    )
    error_message = "The log of the other environment can be written to."
  }

  assert {
    condition     = output.prediction_log_url == "abfs://prediction-log@account.dfs.core.windows.net/staging"
    error_message = "The log is not where the service may write."
  }
}

run "nothing_watches_an_endpoint_that_is_not_there_yet" {
  assert {
    condition = (
      length(azurerm_monitor_metric_alert.this) == 0
      && length(azurerm_monitor_diagnostic_setting.endpoint) == 0
      && length(azurerm_monitor_autoscale_setting.this) == 0
    )
    error_message = "Something needs the endpoint before it is made."
  }
}

run "errors_and_slow_answers_set_off_an_alarm" {
  variables {
    endpoint_id  = "/endpoint"
    alarm_emails = ["ops@example.com"]
  }

  assert {
    condition     = { for name, alert in azurerm_monitor_metric_alert.this : name => alert.criteria[0].metric_name } == { errors = "RequestsPerMinute", latency = "RequestLatency_P99" }
    error_message = "An alarm is missing."
  }

  assert {
    condition     = azurerm_monitor_metric_alert.this["errors"].criteria[0].dimension[0].values == tolist(["5"]) && azurerm_monitor_metric_alert.this["errors"].criteria[0].dimension[0].operator == "StartsWith"
    error_message = "Every answer counts as an error."
  }

  assert {
    condition     = alltrue([for alert in azurerm_monitor_metric_alert.this : length(alert.action) == 1])
    error_message = "Nobody is told of an alarm."
  }

  assert {
    condition     = azurerm_monitor_diagnostic_setting.endpoint[0].log_analytics_workspace_id == "/logs"
    error_message = "The endpoint's logs go nowhere."
  }

  assert {
    condition     = length(azurerm_monitor_action_group.this[0].short_name) <= 12
    error_message = "Azure takes up to 12 characters."
  }
}

run "the_release_that_serves_is_scaled_between_its_limits" {
  variables {
    endpoint_id   = "/endpoint"
    serving       = "green"
    instances     = 2
    max_instances = 5
  }

  assert {
    condition     = azurerm_monitor_autoscale_setting.this[0].target_resource_id == "/endpoint/deployments/green"
    error_message = "Another release is scaled."
  }

  assert {
    condition = (
      azurerm_monitor_autoscale_setting.this[0].profile[0].capacity[0].minimum == 2
      && azurerm_monitor_autoscale_setting.this[0].profile[0].capacity[0].maximum == 5
    )
    error_message = "The limits are not those of the variables."
  }

  assert {
    condition     = output.release.instance_count == 2
    error_message = "A release starts with another number of machines than the least."
  }
}

run "without_room_to_scale_there_is_no_scaling" {
  variables {
    endpoint_id = "/endpoint"
    serving     = "blue"
  }

  assert {
    condition     = length(azurerm_monitor_autoscale_setting.this) == 0
    error_message = "There is nothing to scale."
  }
}

run "limits_are_in_order" {
  command = plan

  variables {
    instances     = 3
    max_instances = 2
  }

  expect_failures = [var.max_instances]
}

run "at_most_half_of_the_requests_are_mirrored" {
  command = plan

  variables {
    mirror_percent = 51
  }

  expect_failures = [var.mirror_percent]
}
