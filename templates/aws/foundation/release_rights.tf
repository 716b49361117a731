# What every deployment from CI needs: the images, the models, the data, and Terraform's state.
data "aws_iam_policy_document" "release" {
  statement {
    sid       = "RegistryLogin"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # the API knows no other
  }

  statement {
    sid = "Images"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:DescribeRepositories",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [aws_ecr_repository.service.arn]
  }

  # Nothing is ever deleted, and what is replaced stays as an older version.
  statement {
    sid     = "ModelsAndData"
    actions = ["s3:GetObject", "s3:PutObject"]
    resources = [
      "${aws_s3_bucket.storage["models"].arn}/*",
      "${aws_s3_bucket.storage["data"].arn}/dvc/*",
    ]
  }

  statement {
    sid     = "Buckets"
    actions = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = concat(
      [for bucket in aws_s3_bucket.storage : bucket.arn],
      [local.state_bucket_arn],
    )
  }

  statement {
    sid = "StateBucketIsSafe"
    actions = [
      "s3:GetBucketPolicy",
      "s3:GetBucketPublicAccessBlock",
      "s3:GetBucketVersioning",
      "s3:GetEncryptionConfiguration",
    ]
    resources = [local.state_bucket_arn]
  }

  statement {
    sid       = "StateOfTheFoundation"
    actions   = ["s3:GetObject"]
    resources = ["${local.state_bucket_arn}/foundation.tfstate"]
  }

  # With the lock beside each, which is deleted when it is let go.
  statement {
    sid     = "StateOfTheService"
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = flatten([
      for environment in ["staging", "production"] : [
        "${local.state_bucket_arn}/${environment}.tfstate",
        "${local.state_bucket_arn}/${environment}.tfstate.tflock",
      ]
    ])
  }
}

resource "aws_iam_role_policy" "release" {
  count = local.sign_in ? 1 : 0

  name   = "release"
  role   = aws_iam_role.ci["deploy"].id
  policy = data.aws_iam_policy_document.release.json
}
