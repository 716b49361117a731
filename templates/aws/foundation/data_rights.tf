# What CI needs of the data: branches read what DVC keeps, and training on main adds to it. The monitor
# runs as who trains, since it is a training that it may ask for: it reads what production has predicted,
# and the labels.
locals {
  data_rights = {
    read = {
      "dvc/*" = ["s3:GetObject"]
    }
    train = {
      "dvc/*"                       = ["s3:GetObject", "s3:PutObject"]
      "prediction-log/production/*" = ["s3:GetObject"]
    }
  }
}

data "aws_iam_policy_document" "data" {
  for_each = local.data_rights

  dynamic "statement" {
    for_each = each.value

    content {
      actions   = statement.value
      resources = ["${aws_s3_bucket.storage["data"].arn}/${statement.key}"]
    }
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
