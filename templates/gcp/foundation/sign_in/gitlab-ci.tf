locals {
  # Claims besides the subject, of which a project can take parts away.
  claims = ["assertion.project_path == '${var.ci_project}'"]

  # What logs call a job.
  job = "assertion.project_id + ':' + assertion.job_id"
}
