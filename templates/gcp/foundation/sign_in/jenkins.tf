locals {
  # Claims besides the subject: there are none that say more.
  claims = []

  # What logs call a run.
  job = "assertion.sub.extract('${var.ci_job}/job/{job}/') + ':' + string(assertion.build_number)"
}
