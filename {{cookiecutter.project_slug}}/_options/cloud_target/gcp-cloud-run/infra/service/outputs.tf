output "url" {
  description = "Where the service is"
  value       = google_cloud_run_v2_service.service.uri
}

output "candidate_url" {
  description = "Where the candidate is while there is one; null otherwise"
  value = one([
    for status in data.google_cloud_run_v2_service.changed.traffic_statuses : status.uri
    if status.tag == local.tag
  ])
}

output "release" {
  description = "What was deployed last, whether it serves or not"
  value       = local.own
}

output "live" {
  description = "What serves"
  value       = local.alone || var.stage == "live" ? local.own : var.before
}
