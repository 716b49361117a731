# Many wrong answers, slow ones, and busy machines. Each shows in the console; an address gets mail.

locals {
  series = {
    for metric in ["error_count", "response_count", "prediction_latencies", "cpu/utilization"] :
    metric => "resource.type = \"aiplatform.googleapis.com/Endpoint\" AND resource.labels.endpoint_id = \"${google_vertex_ai_endpoint.service.name}\" AND metric.type = \"aiplatform.googleapis.com/prediction/online/${metric}\""
  }

  channels = [for channel in google_monitoring_notification_channel.email : channel.id]
}

resource "google_monitoring_notification_channel" "email" {
  count = var.alert_email == "" ? 0 : 1

  display_name = "${local.endpoint} by e-mail"
  type         = "email"

  labels = {
    email_address = var.alert_email
  }
}

resource "google_monitoring_alert_policy" "errors" {
  display_name          = "${local.endpoint}: errors"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels

  conditions {
    display_name = "More than 5 of 100 requests fail, for 5 minutes"

    condition_threshold {
      filter             = local.series["error_count"]
      denominator_filter = local.series["response_count"]
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
    content = "The endpoint's logs show why: resource.type=\"aiplatform.googleapis.com/Endpoint\" resource.labels.endpoint_id=\"${google_vertex_ai_endpoint.service.name}\". To go back, deploy the release before."
  }
}

resource "google_monitoring_alert_policy" "latency" {
  display_name          = "${local.endpoint}: latency"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  conditions {
    display_name = "5 of 100 requests take more than ${var.max_latency_ms} ms, for 5 minutes"

    condition_threshold {
      filter          = "${local.series["prediction_latencies"]} AND metric.labels.latency_type = \"total\""
      comparison      = "COMPARISON_GT"
      threshold_value = var.max_latency_ms * 1000 # the metric is in microseconds
      duration        = "300s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_PERCENTILE_95"
      }
    }
  }

  documentation {
    content = "Where the machines are busy, too, raise max_replicas; where they are not, look at the size of the requests."
  }
}

resource "google_monitoring_alert_policy" "busy" {
  display_name          = "${local.endpoint}: no room to grow"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  conditions {
    display_name = "Cores are more than 90 % busy, for 15 minutes"

    condition_threshold {
      filter          = local.series["cpu/utilization"]
      comparison      = "COMPARISON_GT"
      threshold_value = 0.9
      duration        = "900s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_MEAN"
        cross_series_reducer = "REDUCE_MEAN"
      }
    }
  }

  documentation {
    content = "More replicas come at ${var.target_cpu_percent} %, up to max_replicas: that is reached. Raise it, or see who calls so often."
  }
}
