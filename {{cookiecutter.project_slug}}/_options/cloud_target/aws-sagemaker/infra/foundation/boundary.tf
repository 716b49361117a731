# What a role of the service can do at most, whatever policy it is given: CI makes these roles, and
# is not to make itself stronger with them.
data "aws_iam_policy_document" "boundary" {
  statement {
    sid     = "Models"
    actions = ["s3:GetObject", "s3:ListBucket"]
    resources = [
      aws_s3_bucket.storage["models"].arn,
      "${aws_s3_bucket.storage["models"].arn}/*",
    ]
  }

  statement {
    sid     = "Records"
    actions = ["s3:PutObject"]
    resources = [
      "${aws_s3_bucket.storage["data"].arn}/captured/*",
      "${aws_s3_bucket.storage["data"].arn}/prediction-log/*",
    ]
  }

  statement {
    sid       = "RegistryLogin"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # the API knows no other
  }

  statement {
    sid       = "Images"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.service.arn]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [for arn in local.log_group_arns : "${arn}:*"]
  }

  statement {
    sid       = "Alarms"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = [for prefix in local.prefixes : "arn:${local.partition}:cloudwatch:${local.here}:alarm:${prefix}-*"]
  }

  statement {
    sid       = "Metrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"] # the API knows no other

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["AWS/SageMaker", "/aws/sagemaker/Endpoints"]
    }
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "${local.name}-boundary"
  description = "The most that roles of ${local.name} can do"
  policy      = data.aws_iam_policy_document.boundary.json
}
