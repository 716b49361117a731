terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  # The deployment says where the state is: in a bucket of this account, one state an environment.
  backend "s3" {}
}

# Account and region are those of AWS_PROFILE and AWS_REGION.
provider "aws" {
  default_tags {
    tags = local.tags
  }
}
