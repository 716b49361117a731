mock_provider "aws" {
  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }

  override_data {
    target = data.aws_region.current
    values = { region = "eu-north-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::a-bucket" }
  }

  mock_resource "aws_ecr_repository" {
    defaults = { arn = "arn:aws:ecr:eu-north-1:123456789012:repository/a-repository" }
  }
}

run "storage_is_private_encrypted_and_versioned" {
  assert {
    condition = alltrue([
      for access in aws_s3_bucket_public_access_block.storage :
      access.block_public_acls && access.block_public_policy && access.ignore_public_acls && access.restrict_public_buckets
    ]) && length(aws_s3_bucket_public_access_block.storage) == 2
    error_message = "Both buckets have to be private."
  }

  assert {
    condition = alltrue([
      for name in ["models", "data"] :
      aws_s3_bucket_versioning.storage[name].versioning_configuration[0].status == "Enabled" &&
      one(aws_s3_bucket_server_side_encryption_configuration.storage[name].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"
    ])
    error_message = "Both buckets have to be versioned and encrypted."
  }

  assert {
    condition = alltrue([
      for policy in data.aws_iam_policy_document.tls_only :
      policy.statement[0].effect == "Deny" && one(policy.statement[0].condition).variable == "aws:SecureTransport"
    ])
    error_message = "Requests without TLS have to be refused."
  }

  assert {
    condition = alltrue([
      for lifecycle in aws_s3_bucket_lifecycle_configuration.storage :
      lifecycle.rule[0].noncurrent_version_expiration[0].noncurrent_days == 90 && length(lifecycle.rule[0].expiration) == 0
    ])
    error_message = "What was replaced has to expire, and nothing else by this rule."
  }
}

run "buckets_have_names_that_are_the_accounts_own" {
  assert {
    condition = alltrue([
      for bucket in aws_s3_bucket.storage : strcontains(bucket.bucket, "-123456789012-") && length(bucket.bucket) <= 63
    ])
    error_message = "Names of buckets are unique in the world, and have at most 63 characters."
  }

  assert {
    condition     = output.dvc_remote == { url = "s3://${output.data_bucket}/dvc", region = "eu-north-1" }
    error_message = "DVC keeps its data in the bucket for data."
  }
}

run "images_are_scanned_and_stay_what_they_are" {
  assert {
    condition = (
      aws_ecr_repository.service.image_tag_mutability == "IMMUTABLE" &&
      aws_ecr_repository.service.image_scanning_configuration[0].scan_on_push
    )
    error_message = "Images have to be scanned, and their tags kept."
  }
}

run "the_deploy_role_has_no_wildcards" {
  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.release.statement :
      alltrue([for action in statement.actions : !strcontains(action, "*")]) &&
      (!contains(statement.resources, "*") || statement.actions == toset(["ecr:GetAuthorizationToken"]))
    ])
    error_message = "Rights have to be named, and limited to what belongs to the project."
  }
}
