# `make deploy` gives these four.

variable "release" {
  description = "What is to serve; null for nothing"
  type = object({
    version    = string
    digest     = string
    image      = string
    model_data = string
  })
  default = null

  validation {
    condition     = var.release == null || can(regex("@sha256:[0-9a-f]{64}$", var.release.image))
    error_message = "An image is deployed by its digest."
  }
}

variable "before" {
  description = "The output `releases` of the last time: what serves now, and what did before that"
  type = list(object({
    id              = string
    version         = string
    image           = string
    model_data      = string
    environment     = map(string)
    instance_type   = string
    instances       = number
    capture_percent = number
  }))
  default = []
}

variable "roll_back" {
  description = "Let serve again what did before, and keep the release beside it"
  type        = bool
  default     = false
}

variable "ringing" {
  description = "Alarms that ring already: they would end any change at once, be it the remedy"
  type        = set(string)
  default     = []
}

locals {
  # All that a configuration of the endpoint is made of; they cannot be changed.
  configuration = var.release == null ? null : {
    version    = var.release.version
    image      = var.release.image
    model_data = var.release.model_data
    environment = tomap({
{% if cookiecutter.monitoring == "cloudwatch" %}
      ENVIRONMENT        = var.environment
{% endif %}
      MODEL_DIR          = "/opt/ml/model"
      MODEL_DIGEST       = var.release.digest
      PREDICTION_LOG_URL = "s3://${local.data_bucket}/prediction-log/${var.environment}"
    })
    instance_type   = var.instance_type
    instances       = var.minimum_instances
    capture_percent = var.capture_percent
  }

  id       = local.configuration == null ? "" : substr(sha256(jsonencode(local.configuration)), 0, 8)
  releases = local.configuration == null ? [] : [merge({ id = local.id }, local.configuration)]

  # The one before stays: SageMaker goes back to it by itself when an alarm rings, which Terraform
  # takes for a success (hashicorp/terraform-provider-aws#48997).
  others = [for known in var.before : known if known.id != local.id]
  kept   = slice(concat(local.releases, local.others), 0, min(2, length(local.releases) + length(local.others)))

  serving = var.roll_back ? try(var.before[0].id, null) : try(local.releases[0].id, null)
}

resource "aws_sagemaker_model" "release" {
  #checkov:skip=CKV_AWS_370:An isolated container could not write the prediction log
  for_each = { for release in local.kept : release.id => release }

  name               = "${local.prefix}-${each.key}"
  execution_role_arn = aws_iam_role.service.arn

  primary_container {
    image          = each.value.image
    model_data_url = each.value.model_data
    environment    = each.value.environment
  }

  tags = {
    version = each.value.version
  }

  # SageMaker looks whether the role may read both, when the model is made.
  depends_on = [aws_iam_role_policy.service]
}

resource "aws_sagemaker_endpoint_configuration" "release" {
  #checkov:skip=CKV_AWS_98:Volumes are encrypted with a key of SageMaker; what is on them is also in the buckets
  for_each = { for release in local.kept : release.id => release }

  name = aws_sagemaker_model.release[each.key].name

  production_variants {
    variant_name                                      = local.variant
    model_name                                        = aws_sagemaker_model.release[each.key].name
    instance_type                                     = each.value.instance_type
    initial_instance_count                            = each.value.instances
    initial_variant_weight                            = 1
    container_startup_health_check_timeout_in_seconds = 300
    model_data_download_timeout_in_seconds            = 300
  }

  dynamic "data_capture_config" {
    for_each = each.value.capture_percent > 0 ? [each.value.capture_percent] : []

    content {
      enable_capture              = true
      initial_sampling_percentage = data_capture_config.value
      destination_s3_uri          = "s3://${local.data_bucket}/captured/${var.environment}"

      capture_options {
        capture_mode = "InputAndOutput"
      }

      capture_content_type_header {
        json_content_types = ["application/json"]
      }
    }
  }

  tags = {
    version = each.value.version
  }
}
