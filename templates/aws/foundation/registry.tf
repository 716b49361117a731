# The images of the service. A tag never gets another image, so a release stays what it was.
resource "aws_ecr_repository" "service" {
  #checkov:skip=CKV_AWS_136:Images are encrypted with the key of ECR; a key of our own costs money and protects from no one else here
  name                 = local.name
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "AES256"
  }
}

resource "aws_ecr_lifecycle_policy" "service" {
  repository = aws_ecr_repository.service.name

  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "What a failed push left behind"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
        action       = { type = "expire" }
      },
      # ECR does not know what serves: with fewer, a release that stays for long could be deleted.
      {
        rulePriority = 2
        description  = "Releases that nobody goes back to any more"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 1000 }
        action       = { type = "expire" }
      },
    ]
  })
}
