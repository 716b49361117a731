# Which revision gets how much of the traffic. A revision's name follows from all that makes it, so
# that the one before is known, and going back to it changes the traffic and nothing else.

locals {
  revision = "${local.service}-${substr(sha256(jsonencode([
    local.container,
    var.service_account,
    var.concurrency,
    # What stands in the file itself: a name must not be given to another revision.
    filesha256("${path.module}/service.tf"),
  ])), 0, 10)}"

  # Nothing to go back to: there is no other revision that could have the traffic.
  alone = var.before == null || try(var.before.revision, "") == local.revision

  own = merge(var.release, { revision = local.revision })

  percent = { candidate = 0, canary = var.canary_percent, live = 100, withdrawn = 0 }[var.stage]

  traffic = local.alone ? [{ revision = local.revision, percent = 100, tag = null }] : [
    for share in [
      { revision = var.before.revision, percent = 100 - local.percent, tag = null },
      { revision = local.revision, percent = local.percent, tag = var.stage == "live" ? null : local.tag },
    ] : share
    if share.percent > 0 || (share.tag != null && var.stage == "candidate")
  ]
}
