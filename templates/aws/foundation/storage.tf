locals {
  buckets = toset(["models", "data"])
}

# Model bundles, and the data: what DVC keeps, and the prediction log.
resource "aws_s3_bucket" "storage" {
  #checkov:skip=CKV_AWS_18:Who read what is in CloudTrail, where the account records data events; access logs would need a third bucket
  #checkov:skip=CKV_AWS_144:All of it can be made again but the prediction log, whose loss is no emergency
  #checkov:skip=CKV_AWS_145:Encrypted with the key of S3; a key of our own costs money and protects from no one else here
  #checkov:skip=CKV2_AWS_62:Nothing waits for new objects
  for_each = local.buckets

  bucket = "${local.name}-${local.account}-${each.key}"
}

resource "aws_s3_bucket_public_access_block" "storage" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.storage[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "storage" {
  for_each = local.buckets

  bucket = aws_s3_bucket.storage[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# With the key of S3: see CKV_AWS_145 above.
#trivy:ignore:AVD-AWS-0132
resource "aws_s3_bucket_server_side_encryption_configuration" "storage" {
  for_each = local.buckets

  bucket = aws_s3_bucket.storage[each.key].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "storage" {
  for_each = local.buckets

  bucket = aws_s3_bucket.storage[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "storage" {
  for_each = local.buckets

  bucket = aws_s3_bucket.storage[each.key].id

  rule {
    id     = "forget-what-was-replaced"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 90
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
{% if cookiecutter.cloud_target == "aws-sagemaker" %}

  # The prediction log stays; what the endpoint captured is for looking into the last days.
  rule {
    id     = "forget-captured-requests"
    status = "Enabled"

    filter {
      prefix = "captured/"
    }

    expiration {
      days = 30
    }
  }
{% endif %}

  depends_on = [aws_s3_bucket_versioning.storage]
}

resource "aws_s3_bucket_policy" "storage" {
  for_each = local.buckets

  bucket = aws_s3_bucket.storage[each.key].id
  policy = data.aws_iam_policy_document.tls_only[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.storage]
}

data "aws_iam_policy_document" "tls_only" {
  for_each = local.buckets

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.storage[each.key].arn, "${aws_s3_bucket.storage[each.key].arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
