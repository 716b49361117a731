# The API keys, separated by commas. The deployment puts a first one into it, and you any other: what
# Terraform knows, it writes into its state.
resource "aws_secretsmanager_secret" "api_keys" {
  #checkov:skip=CKV_AWS_149:Encrypted with the key of Secrets Manager; a key of our own costs more than the secret
  #checkov:skip=CKV2_AWS_57:Callers have to be told of a new key; docs/deploy.md shows how keys overlap
  name        = "${local.name}-api-keys"
  description = "API keys of ${local.name}, separated by commas"

  # A new environment of this name could not have its secret while the old one waits to be deleted.
  recovery_window_in_days = 0
}
