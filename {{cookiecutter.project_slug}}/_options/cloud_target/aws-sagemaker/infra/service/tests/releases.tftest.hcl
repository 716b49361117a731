mock_provider "aws" {
  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/a-role" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-north-1:123456789012:log-group:a-group" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-north-1:123456789012:a-topic" }
  }
}

variables {
  environment = "staging"

  release = {
    version    = "first"
    digest     = "a"
    image      = "service@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    model_data = "s3://models/bundles/a/model.tar.gz"
  }
}

run "first" {
  assert {
    condition     = length(aws_sagemaker_endpoint_configuration.release) == 1 && output.endpoint != null
    error_message = "The first release serves alone."
  }
}

run "the_same_again_changes_nothing" {
  command = plan

  variables {
    before = run.first.releases
  }

  assert {
    condition     = output.releases == run.first.releases && output.configuration == run.first.configuration
    error_message = "What serves already must stay as it is."
  }
}

run "second" {
  variables {
    before = run.first.releases

    release = {
      version    = "second"
      digest     = "b"
      image      = "service@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
      model_data = "s3://models/bundles/b/model.tar.gz"
    }
  }

  assert {
    condition     = [for release in output.releases : release.version] == ["second", "first"]
    error_message = "The release before has to be kept beside the one that serves."
  }

  assert {
    condition = (
      aws_sagemaker_endpoint.service[0].endpoint_config_name != run.first.configuration &&
      contains([for configuration in aws_sagemaker_endpoint_configuration.release : configuration.name], run.first.configuration)
    )
    error_message = "SageMaker needs the configuration before, to go back to it by itself."
  }
}

run "back" {
  variables {
    before    = run.first.releases
    roll_back = true

    release = {
      version    = "second"
      digest     = "b"
      image      = "service@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
      model_data = "s3://models/bundles/b/model.tar.gz"
    }
  }

  assert {
    condition     = aws_sagemaker_endpoint.service[0].endpoint_config_name == run.first.configuration
    error_message = "What served before has to serve again."
  }

  assert {
    condition     = length(aws_sagemaker_endpoint_configuration.release) == 2 && output.releases == run.first.releases
    error_message = "Going back changes the endpoint alone, and the release is not one to go back to."
  }
}

run "going_back_from_the_same_release_leaves_it" {
  command = plan

  variables {
    before    = run.second.releases
    roll_back = true

    release = {
      version    = "second"
      digest     = "b"
      image      = "service@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
      model_data = "s3://models/bundles/b/model.tar.gz"
    }
  }

  assert {
    condition     = output.configuration == run.second.configuration && output.releases == run.second.releases
    error_message = "What served before was the same release."
  }
}

run "third" {
  variables {
    before = run.second.releases

    release = {
      version    = "third"
      digest     = "c"
      image      = "service@sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
      model_data = "s3://models/bundles/c/model.tar.gz"
    }
  }

  assert {
    condition     = [for release in output.releases : release.version] == ["third", "second"]
    error_message = "Only the one before is kept."
  }
}

run "another_machine_is_another_configuration" {
  command = plan

  variables {
    before        = run.first.releases
    instance_type = "ml.c5.large"
  }

  assert {
    condition     = output.configuration != run.first.configuration && length(output.releases) == 2
    error_message = "Configurations cannot be changed: SageMaker needs a new one."
  }
}

run "with_nothing_before_going_back_leaves_no_endpoint" {
  variables {
    release   = null
    roll_back = true
  }

  assert {
    condition     = output.endpoint == null && output.releases == [] && length(aws_sagemaker_model.release) == 0
    error_message = "Nothing served before, so nothing may serve."
  }
}
