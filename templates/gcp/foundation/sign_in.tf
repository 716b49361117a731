{% include "sign_in/" ~ cookiecutter.ci_provider ~ ".tf" %}

{% include "gcp/foundation/sign_in/" ~ cookiecutter.ci_provider ~ ".tf" %}

locals {
  identities = toset(keys(local.subjects))

  # What * stands for has no colon, so that it ends where the next part of a subject begins.
  patterns = {
    for identity, subjects in local.subjects :
    identity => join("|", [for subject in subjects : replace(replace(subject, ".", "[.]"), "*", "[^:]*")])
  }
}

resource "google_iam_workload_identity_pool" "ci" {
  count = local.sign_in ? 1 : 0

  workload_identity_pool_id = "ci-${local.short}"
  display_name              = "CI"
  description               = "Jobs that read, train and deploy for ${local.name}"

  depends_on = [google_project_service.apis]
}

# Says of each token which identities it may have: there may be several. Without any, it is refused.
resource "google_iam_workload_identity_pool_provider" "ci" {
{% if cookiecutter.ci_provider == "github-actions" %}
  #checkov:skip=CKV_GCP_125:The check knows no attributes; those of the condition hold repository, branches and environments
{% endif %}
  count = local.sign_in ? 1 : 0

  workload_identity_pool_id          = google_iam_workload_identity_pool.ci[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "{{ cookiecutter.ci_provider }}"
  display_name                       = "CI"

  attribute_mapping = merge(
    # Not the subject, which can be longer than the 127 characters that are allowed here.
    { "google.subject" = local.job },
    {
      for identity, pattern in local.patterns :
      "attribute.${identity}" => "assertion.sub.matches('^(${pattern})$') ? 'yes' : 'no'"
    },
  )

  attribute_condition = join(" && ", concat(local.claims, [
    format("(%s)", join(" || ", [for identity in local.identities : "attribute.${identity} == 'yes'"])),
  ]))

  oidc {
    issuer_uri = local.issuer
  }
}

# What each may do stands in data_rights.tf, release_rights.tf and platform.tf.
resource "google_service_account" "ci" {
  for_each = local.identities

  account_id   = "${local.short}-${each.key}"
  display_name = "${local.name}, ${each.key}"
  description  = "Jobs of ${local.ci_source} that ${each.key}"

  depends_on = [google_project_service.apis]
}

resource "google_service_account_iam_member" "sign_in" {
  for_each = local.identities

  service_account_id = google_service_account.ci[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ci[0].name}/attribute.${each.key}/yes"
}
