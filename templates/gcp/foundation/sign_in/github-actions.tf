locals {
  # Claims besides the subject. With ids, nobody can take the repository over together with its name.
  claims = local.sign_in ? concat(
    ["assertion.repository == '${local.repository.owner}/${local.repository.name}'"],
    local.repository.id == "" ? [] : ["assertion.repository_id == '${local.repository.id}'"],
    local.repository.owner_id == "" ? [] : ["assertion.repository_owner_id == '${local.repository.owner_id}'"],
  ) : []

  # What logs call a job.
  job = "assertion.repository_id + ':' + assertion.run_id"
}
