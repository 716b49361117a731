output "repository" {
  description = "URL of the registry's repository for images"
  value       = aws_ecr_repository.service.repository_url
}

output "repository_arn" {
  description = "ARN of the repository"
  value       = aws_ecr_repository.service.arn
}

output "models_bucket" {
  description = "Name of the bucket for model bundles"
  value       = aws_s3_bucket.storage["models"].bucket
}

output "data_bucket" {
  description = "Name of the bucket for DVC and the prediction log"
  value       = aws_s3_bucket.storage["data"].bucket
}

output "dvc_remote" {
  description = "Options of the DVC remote"
  value = {
    url    = "s3://${aws_s3_bucket.storage["data"].bucket}/dvc"
    region = data.aws_region.current.region
  }
}

output "ci" {
  description = "Variables that CI needs to sign in, by their names; null without sign-in"
  value = local.sign_in ? {
    AWS_REGION          = data.aws_region.current.region
    AWS_READ_ROLE_ARN   = aws_iam_role.ci["read"].arn
    AWS_TRAIN_ROLE_ARN  = aws_iam_role.ci["train"].arn
    AWS_DEPLOY_ROLE_ARN = aws_iam_role.ci["deploy"].arn
  } : null
}
