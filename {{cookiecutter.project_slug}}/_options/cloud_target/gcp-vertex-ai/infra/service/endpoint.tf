# Where callers ask. What is deployed to it, and which share of the traffic that gets, changes with
# each release: `make deploy` sees to it.
resource "google_vertex_ai_endpoint" "service" {
  #checkov:skip=CKV2_GCP_24:It is encrypted with a key of Google's; a key of our own costs money and protects from no one else here
  #checkov:skip=CKV2_GCP_33:Callers sign in, wherever they are; a private way needs a network of yours on both sides
  name         = local.number
  display_name = local.endpoint
  description  = "Predictions of ${local.name}"
  location     = var.region

  # A name and a way of its own: larger requests, longer ones, and no neighbours.
  dedicated_endpoint_enabled = true

  lifecycle {
    ignore_changes = [traffic_split]
  }
}
