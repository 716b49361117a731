resource "aws_lambda_function" "service" {
  #checkov:skip=CKV_AWS_115:Not every account has concurrency to reserve; reserved_concurrency sets a limit
  #checkov:skip=CKV_AWS_116:Callers wait for their answer; nothing is invoked asynchronously
  #checkov:skip=CKV_AWS_117:It reaches nothing within a network, and would need a paid way out of one
  #checkov:skip=CKV_AWS_173:No variable is a secret; they are encrypted with the key of Lambda
  #checkov:skip=CKV_AWS_272:An image cannot be signed for Lambda; it is pinned by its digest instead
  function_name = local.name
  description   = var.model_version # a version keeps it, so that it can be said what runs
  role          = aws_iam_role.service.arn

  package_type  = "Image"
  image_uri     = var.image
  architectures = [var.architecture]

  # Each change becomes a version that never changes again, to be tried, and gone back to.
  publish = true

  memory_size                    = var.memory_size
  timeout                        = var.timeout
  reserved_concurrent_executions = var.reserved_concurrency

  ephemeral_storage {
    size = var.ephemeral_storage
  }

  environment {
    variables = merge(var.settings, {
      AWS_LWA_PORT       = "8080" # read by the adapter and the service alike
      HOST               = "127.0.0.1"
      MODEL_DIGEST       = var.model_digest
      PREDICTION_LOG_URL = "s3://${local.prediction_log}"

      # A sandbox is frozen as soon as it has answered: what is not written by then may never be.
      # So the answer waits until it is.
      PREDICTION_LOG_FLUSH_SECONDS = "0"
{% if cookiecutter.monitoring == "cloudwatch" %}

      # And for the same reason until it has said what there is to count.
      ENVIRONMENT     = var.environment
      METRICS_SECONDS = "0"
{% endif %}
    })
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.service.name
  }

  # Where a caller traces its requests, they are traced on; by itself it starts no trace.
  tracing_config {
    mode = "PassThrough"
  }

  depends_on = [aws_iam_role_policy.service]
}

# What callers get. The deployment moves it from version to version, a share first, so Terraform
# only makes it.
resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "The version for everyone"
  function_name    = aws_lambda_function.service.function_name
  function_version = aws_lambda_function.service.version

  lifecycle {
    ignore_changes = [function_version, routing_config]
  }
}

# The newest version, to be tried before anyone else gets it.
resource "aws_lambda_alias" "candidate" {
  name             = "candidate"
  description      = "The newest version"
  function_name    = aws_lambda_function.service.function_name
  function_version = aws_lambda_function.service.version
}

# Sandboxes that are kept ready. They cost money all the time, whether requests come or not.
resource "aws_lambda_provisioned_concurrency_config" "live" {
  count = var.provisioned_concurrency > 0 ? 1 : 0

  function_name                     = aws_lambda_function.service.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = var.provisioned_concurrency
}
