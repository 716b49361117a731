# What the instances may do, and with them the service.

locals {
  prediction_log = "prediction-log/${var.environment}"
  arn            = "arn:${data.aws_partition.current.partition}"
  account        = data.aws_caller_identity.current.account_id
}

data "aws_iam_policy_document" "instances" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "instance" {
  statement {
    sid       = "RegistryLogin"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # the API knows no other
  }

  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["${local.arn}:ecr:${local.region}:${local.account}:repository/${local.service}"]
  }

  statement {
    sid       = "ReadApiKeys"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.api_keys.arn]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.service.arn}:*"]
  }

  statement {
    sid       = "WritePredictionLog"
    actions   = ["s3:PutObject"]
    resources = ["${local.arn}:s3:::${var.data_bucket}/${local.prediction_log}/*"]
  }
}

resource "aws_iam_role" "instance" {
  name                 = "${local.name}-instance"
  description          = "Instances of ${local.name}"
  assume_role_policy   = data.aws_iam_policy_document.instances.json
  permissions_boundary = "${local.arn}:iam::${local.account}:policy/${local.service}-boundary"
}

resource "aws_iam_role_policy" "instance" {
  name   = "service"
  role   = aws_iam_role.instance.id
  policy = data.aws_iam_policy_document.instance.json
}

# Sessions and commands of Systems Manager, in place of SSH.
resource "aws_iam_role_policy_attachment" "session" {
  role       = aws_iam_role.instance.name
  policy_arn = "${local.arn}:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "instance" {
  name = "${local.name}-instance"
  role = aws_iam_role.instance.name
}
