terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.29" # the first that knows the right to invoke by URL alone
    }
  }

  # `make deploy` says where the state is: in a bucket of this account, one for each environment.
  backend "s3" {}
}

# Account and region are those of AWS_PROFILE and AWS_REGION.
provider "aws" {
  default_tags {
    tags = {
      project     = "{{ cookiecutter.project_slug }}"
      environment = var.environment
    }
  }
}
