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

output "deploy_role_arn" {
  description = "Role that CI signs in to; null without ci_repository"
  value       = one(aws_iam_role.deploy[*].arn)
}
