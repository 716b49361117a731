{% if cookiecutter.monitoring == "cloudwatch" %}
# What CI needs of the data that DVC keeps: branches read it, and training on main adds to it. The
# prediction log beside it is the monitor's: see watching_rights.tf.
{% else %}
# What CI needs of the data that DVC keeps: branches read it, and training on main adds to it. The
# prediction log beside it is read by neither.
{% endif %}
data "aws_iam_policy_document" "data" {
  for_each = {
    read  = ["s3:GetObject"]
    train = ["s3:GetObject", "s3:PutObject"]
  }

  statement {
    sid       = "Data"
    actions   = each.value
    resources = ["${aws_s3_bucket.storage["data"].arn}/dvc/*"]
  }

  # Of the whole bucket: limited to a folder, S3 would call forbidden what is only missing.
  statement {
    sid       = "FindData"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.storage["data"].arn]
  }
}

resource "aws_iam_role_policy" "data" {
  for_each = { for identity, document in data.aws_iam_policy_document.data : identity => document.json if local.sign_in }

  name   = "data"
  role   = aws_iam_role.ci[each.key].id
  policy = each.value
}
