data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    # Nobody else's SageMaker.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "service" {
  statement {
    sid       = "Model"
    actions   = ["s3:GetObject"]
    resources = ["arn:${local.partition}:s3:::${local.models_bucket}/bundles/*"]
  }

  # It may add to the records, and neither read nor delete them.
  statement {
    sid     = "Records"
    actions = ["s3:PutObject"]
    resources = [
      "arn:${local.partition}:s3:::${local.data_bucket}/captured/${var.environment}/*",
      "arn:${local.partition}:s3:::${local.data_bucket}/prediction-log/${var.environment}/*",
    ]
  }

  statement {
    sid       = "RegistryLogin"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # the API knows no other
  }

  statement {
    sid       = "Image"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [local.repository_arn]
  }

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.service.arn}:*"]
  }

  # SageMaker looks at the alarms that end a deployment as this role.
  statement {
    sid       = "Alarms"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = ["arn:${local.partition}:cloudwatch:${local.region}:${local.account}:alarm:${local.prefix}-*"]
  }

  # Load and memory of the machines.
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

resource "aws_iam_role" "service" {
  name                 = local.prefix
  description          = "The endpoint ${local.endpoint}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = local.boundary_arn
}

resource "aws_iam_role_policy" "service" {
  name   = "service"
  role   = aws_iam_role.service.id
  policy = data.aws_iam_policy_document.service.json
}
