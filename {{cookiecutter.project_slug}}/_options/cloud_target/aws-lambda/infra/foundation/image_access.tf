# Lambda itself fetches the images, for functions of this project alone.
data "aws_iam_policy_document" "lambda_images" {
  statement {
    sid     = "LambdaFetchesImages"
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }

    condition {
      test     = "StringLike"
      variable = "aws:SourceArn"
      values   = local.function_arns
    }
  }
}

resource "aws_ecr_repository_policy" "lambda" {
  repository = aws_ecr_repository.service.name
  policy     = data.aws_iam_policy_document.lambda_images.json
}
