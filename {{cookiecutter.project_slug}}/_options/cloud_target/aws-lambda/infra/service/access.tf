# Both aliases have a URL. Requests are signed, and IAM says whose are welcome: there is no key of
# the service's own to keep, to hand out and to change.
resource "aws_lambda_function_url" "service" {
  for_each = {
    live      = aws_lambda_alias.live.name
    candidate = aws_lambda_alias.candidate.name
  }

  function_name      = aws_lambda_function.service.function_name
  qualifier          = each.value
  authorization_type = "AWS_IAM"
}

# Roles of this account can have these rights in a policy of their own instead. Both are needed.
resource "aws_lambda_permission" "url" {
  for_each = toset(var.callers)

  statement_id           = "url-${substr(sha256(each.key), 0, 16)}"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.service.function_name
  qualifier              = aws_lambda_alias.live.name
  principal              = each.key
  function_url_auth_type = "AWS_IAM"
}

resource "aws_lambda_permission" "invoke" {
  for_each = toset(var.callers)

  statement_id             = "invoke-${substr(sha256(each.key), 0, 16)}"
  action                   = "lambda:InvokeFunction"
  function_name            = aws_lambda_function.service.function_name
  qualifier                = aws_lambda_alias.live.name
  principal                = each.key
  invoked_via_function_url = true
}
