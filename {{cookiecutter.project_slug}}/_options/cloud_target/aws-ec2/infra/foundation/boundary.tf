# CI makes the role of the instances, but can give it no more than this: whoever takes CI over does
# not have the account.
resource "aws_iam_policy" "boundary" {
  name        = "${local.name}-boundary"
  description = "The most that the instances of ${local.name} may do"
  policy      = data.aws_iam_policy_document.boundary.json
}

data "aws_iam_policy_document" "boundary" {
  #checkov:skip=CKV_AWS_356:Systems Manager and the sign-in to the registry know no narrower resources
  #checkov:skip=CKV_AWS_111:Systems Manager knows no narrower resources
  statement {
    sid = "Images"
    actions = [
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
    ]
    resources = [aws_ecr_repository.service.arn]
  }

  statement {
    sid       = "ApiKeys"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [for prefix in local.environments : "${local.arn}:secretsmanager:*:${local.account}:secret:${prefix}-*"]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.arn}:logs:*:${local.account}:log-group:/${local.name}/*"]
  }

  statement {
    sid       = "PredictionLog"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.storage["data"].arn}/prediction-log/*"]
  }

  # The sign-in to the registry, and what AmazonSSMManagedInstanceCore gives but for the parameters
  # of the account: sessions and commands, which take the place of SSH.
  statement {
    sid = "RegistryAndSessions"
    actions = [
      "ec2messages:AcknowledgeMessage",
      "ec2messages:DeleteMessage",
      "ec2messages:FailMessage",
      "ec2messages:GetEndpoint",
      "ec2messages:GetMessages",
      "ec2messages:SendReply",
      "ecr:GetAuthorizationToken",
      "ssm:DescribeAssociation",
      "ssm:DescribeDocument",
      "ssm:GetDeployablePatchSnapshotForInstance",
      "ssm:GetDocument",
      "ssm:GetManifest",
      "ssm:ListAssociations",
      "ssm:ListInstanceAssociations",
      "ssm:PutComplianceItems",
      "ssm:PutConfigurePackageResult",
      "ssm:PutInventory",
      "ssm:UpdateAssociationStatus",
      "ssm:UpdateInstanceAssociationStatus",
      "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
}
