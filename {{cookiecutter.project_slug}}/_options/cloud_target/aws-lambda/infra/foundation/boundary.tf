# The most that a role of the service can ever have. Those who deploy write such roles, and a role
# that they could give more rights than they have themselves would be a way to get these.
data "aws_iam_policy_document" "boundary" {
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for arn in local.log_group_arns : "${arn}:*"]
  }

  statement {
    sid       = "PredictionLog"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.storage["data"].arn}/prediction-log/*"]
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "${local.name}-service-boundary"
  description = "The most that the service of ${local.name} may do"
  policy      = data.aws_iam_policy_document.boundary.json
}

output "service_boundary_arn" {
  description = "ARN of the policy that bounds the rights of the service's roles"
  value       = aws_iam_policy.boundary.arn
}
