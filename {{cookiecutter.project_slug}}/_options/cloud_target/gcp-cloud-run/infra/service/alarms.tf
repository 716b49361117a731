# Many wrong answers, slow ones, and as many instances as there may be. Each shows in the console; an
# address gets mail.

locals {
  series = {
    for metric in ["request_count", "request_latencies", "container/instance_count"] :
    metric => "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${local.service}\" AND metric.type = \"run.googleapis.com/${metric}\""
  }

  channels = [for channel in google_monitoring_notification_channel.email : channel.id]
}

resource "google_monitoring_notification_channel" "email" {
  count = var.alert_email == "" ? 0 : 1

  display_name = "${local.service} by e-mail"
  type         = "email"

  labels = {
    email_address = var.alert_email
  }
}

resource "google_monitoring_alert_policy" "errors" {
  display_name          = "${local.service}: errors"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels

  conditions {
    display_name = "More than 5 of 100 requests fail, for 5 minutes"

    condition_threshold {
      filter             = "${local.series["request_count"]} AND metric.labels.response_code_class = \"5xx\""
      denominator_filter = local.series["request_count"]
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.05
      duration           = "300s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
      }

      denominator_aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content = "`gcloud run services logs read ${local.service} --region=${var.region}` shows why. To go back, deploy the release before."
  }
}

resource "google_monitoring_alert_policy" "latency" {
  display_name          = "${local.service}: latency"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  conditions {
    display_name = "5 of 100 requests take more than ${var.max_latency_ms} ms, for 5 minutes"

    condition_threshold {
      filter          = local.series["request_latencies"]
      comparison      = "COMPARISON_GT"
      threshold_value = var.max_latency_ms
      duration        = "300s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_PERCENTILE_95"
      }
    }
  }

  documentation {
    content = "Few requests that each wait for an instance to start look like this, too: then min_instances is the remedy."
  }
}

resource "google_monitoring_alert_policy" "full" {
  # Where as many are there at least as at most, it would say nothing new.
  count = var.max_instances > max(var.min_instances, 1) ? 1 : 0

  display_name          = "${local.service}: no room to grow"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  conditions {
    display_name = "All ${var.max_instances} instances are there, for 15 minutes"

    condition_threshold {
      filter          = local.series["container/instance_count"]
      comparison      = "COMPARISON_GT"
      threshold_value = var.max_instances - 0.5
      duration        = "900s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_MAX"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content = "More requests than these instances can answer get a 429. Raise max_instances, or see who calls so often."
  }
}
