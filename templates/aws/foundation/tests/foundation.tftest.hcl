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

  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/a-role" }
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

run "nobody_signs_in_without_a_repository" {
  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && length(aws_iam_role.deploy) == 0 && output.deploy_role_arn == null
    error_message = "Without ci_repository there must be no sign-in."
  }
}

run "the_main_branch_and_the_environments_sign_in" {
  variables {
    ci_repository = "acme/flights"
  }

  assert {
    condition = toset(one([
      for condition in data.aws_iam_policy_document.trust[0].statement[0].condition : condition.values
      if condition.variable == "token.actions.githubusercontent.com:sub"
      ])) == toset([
      "repo:acme/flights:ref:refs/heads/main",
      "repo:acme/flights:environment:staging",
      "repo:acme/flights:environment:production",
      "repo:acme@*/flights@*:ref:refs/heads/main",
      "repo:acme@*/flights@*:environment:staging",
      "repo:acme@*/flights@*:environment:production",
    ])
    error_message = "The subjects must be those of this repository alone, in both forms."
  }

  assert {
    condition = anytrue([
      for condition in data.aws_iam_policy_document.trust[0].statement[0].condition :
      condition.test == "StringEquals" && condition.variable == "token.actions.githubusercontent.com:aud"
    ])
    error_message = "The token has to be meant for AWS."
  }

  assert {
    condition     = output.deploy_role_arn != null
    error_message = "CI needs to know its role."
  }
}

run "with_ids_nobody_takes_the_repository_over" {
  variables {
    ci_repository       = "acme@42/flights@4711"
    github_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition = alltrue([
      for subject in one([
        for condition in data.aws_iam_policy_document.trust[0].statement[0].condition : condition.values
        if condition.variable == "token.actions.githubusercontent.com:sub"
      ]) : !strcontains(subject, "*")
    ])
    error_message = "Where the ids are known, they have to match."
  }

  assert {
    condition = (
      length(aws_iam_openid_connect_provider.github) == 0 &&
      one(data.aws_iam_policy_document.trust[0].statement[0].principals).identifiers == toset([var.github_provider_arn])
    )
    error_message = "A provider that the account has already has to be used."
  }
}

run "the_deploy_role_has_no_wildcards" {
  variables {
    ci_repository = "acme/flights"
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.release.statement :
      alltrue([for action in statement.actions : !strcontains(action, "*")]) &&
      (!contains(statement.resources, "*") || statement.actions == toset(["ecr:GetAuthorizationToken"]))
    ])
    error_message = "Rights have to be named, and limited to what belongs to the project."
  }
}

run "an_address_is_no_repository" {
  command = plan

  variables {
    ci_repository = "https://github.com/acme/flights"
  }

  expect_failures = [var.ci_repository]
}
