mock_provider "aws" {
  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }

  override_data {
    target = data.aws_region.current
    values = { region = "eu-north-1" }
  }

  override_data {
    target = data.aws_availability_zones.available
    values = { names = ["eu-north-1a", "eu-north-1b", "eu-north-1c"] }
  }

  override_data {
    target = data.aws_ssm_parameter.machine_image
    values = { insecure_value = "ami-0123456789abcdef0" }
  }

  override_data {
    target = data.aws_ec2_instance_type.chosen
    values = { supported_architectures = ["x86_64"] }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/a-role" }
  }

  mock_resource "aws_iam_instance_profile" {
    defaults = { arn = "arn:aws:iam::123456789012:instance-profile/a-profile" }
  }

  mock_resource "aws_lb" {
    defaults = {
      arn        = "arn:aws:elasticloadbalancing:eu-north-1:123456789012:loadbalancer/app/a/1"
      arn_suffix = "app/a/1"
      dns_name   = "a-1.eu-north-1.elb.amazonaws.com"
    }
  }

  mock_resource "aws_lb_target_group" {
    defaults = {
      arn        = "arn:aws:elasticloadbalancing:eu-north-1:123456789012:targetgroup/a/1"
      arn_suffix = "targetgroup/a/1"
    }
  }

  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-north-1:123456789012:listener/app/a/1/1" }
  }

  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:api-keys-a1b2c3" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-north-1:123456789012:log-group:/a/staging" }
  }

  mock_resource "aws_security_group" {
    defaults = { id = "sg-0a" }
  }
}

variables {
  environment   = "production"
  image         = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/{{ cookiecutter.project_slug }}@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  architecture  = "x86_64"
  model_version = "1"
  model_digest  = "2222222222222222222222222222222222222222222222222222222222222222"
  data_bucket   = "a-bucket"
  allowed_cidrs = ["203.0.113.0/24"]
  min_size      = 2
  max_size      = 4
}

run "only_the_balancer_reaches_the_instances" {
  override_resource {
    target = aws_security_group.balancer
    values = { id = "sg-0b" }
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.instance_from_balancer.referenced_security_group_id == "sg-0b" &&
      aws_vpc_security_group_ingress_rule.instance_from_balancer.from_port == 8080 &&
      aws_vpc_security_group_ingress_rule.instance_from_balancer.to_port == 8080 &&
      aws_vpc_security_group_ingress_rule.instance_from_balancer.cidr_ipv4 == null
    )
    error_message = "Instances have to be open to the balancer alone, at the port of the service."
  }

  assert {
    condition = (
      aws_vpc_security_group_egress_rule.instance_to_https.from_port == 443 &&
      aws_vpc_security_group_egress_rule.instance_to_https.to_port == 443
    )
    error_message = "Instances have to call out over HTTPS alone."
  }
}

run "without_a_certificate_only_named_networks_call" {
  assert {
    condition = { for rule in aws_vpc_security_group_ingress_rule.callers : rule.from_port => rule.cidr_ipv4 } == {
      "80" = "203.0.113.0/24"
    }
    error_message = "The balancer has to be open to allowed_cidrs alone, at port 80 alone."
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "forward" && length(aws_lb_listener.https) == 0
    error_message = "Without a certificate there can be HTTP alone."
  }

  assert {
    condition     = output.url == "http://a-1.eu-north-1.elb.amazonaws.com"
    error_message = "The service answers at the balancer's own name."
  }
}

run "with_a_certificate_http_only_leads_to_https" {
  variables {
    certificate_arn = "arn:aws:acm:eu-north-1:123456789012:certificate/1"
    domain_name     = "flights.example.com"
    allowed_cidrs   = ["0.0.0.0/0"]
  }

  assert {
    condition = (
      aws_lb_listener.http.default_action[0].type == "redirect" &&
      aws_lb_listener.http.default_action[0].redirect[0].protocol == "HTTPS"
    )
    error_message = "Port 80 has to lead to HTTPS."
  }

  assert {
    condition = (
      startswith(aws_lb_listener.https[0].ssl_policy, "ELBSecurityPolicy-TLS13-") &&
      aws_lb_listener.https[0].certificate_arn == var.certificate_arn &&
      aws_lb_listener_rule.no_metrics.listener_arn == aws_lb_listener.https[0].arn
    )
    error_message = "HTTPS has to use the certificate and no old TLS, and hide the metrics."
  }

  assert {
    condition     = output.url == "https://flights.example.com"
    error_message = "The service answers at the name that the certificate is for."
  }
}

run "nothing_is_open_to_everyone_without_a_certificate" {
  command = plan

  variables {
    allowed_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.allowed_cidrs]
}

run "who_may_call_has_to_be_said" {
  command = plan

  variables {
    allowed_cidrs = []
  }

  expect_failures = [var.allowed_cidrs]
}

run "metrics_are_not_for_callers" {
  assert {
    condition = (
      one(aws_lb_listener_rule.no_metrics.action).fixed_response[0].status_code == "404" &&
      contains(one(one(aws_lb_listener_rule.no_metrics.condition).path_pattern).values, "/metrics")
    )
    error_message = "The balancer has to hide the metrics."
  }
}

run "instances_are_hardened" {
  assert {
    condition = (
      aws_launch_template.service.metadata_options[0].http_tokens == "required" &&
      aws_launch_template.service.metadata_options[0].http_put_response_hop_limit == 1
    )
    error_message = "The metadata service has to ask for tokens (IMDSv2), and answer to the host alone."
  }

  assert {
    condition     = tobool(aws_launch_template.service.block_device_mappings[0].ebs[0].encrypted)
    error_message = "The volume has to be encrypted."
  }

  assert {
    condition     = aws_launch_template.service.key_name == null
    error_message = "There is no SSH, and so no key for it."
  }

  assert {
    condition     = aws_launch_template.service.image_id == "ami-0123456789abcdef0"
    error_message = "The machine's image has to be named by its id: nothing could be rolled back otherwise."
  }
}

run "user_data_says_what_runs_and_no_secret" {
  assert {
    condition = (
      startswith(base64decode(aws_launch_template.service.user_data), "#cloud-config\n") &&
      length(base64decode(aws_launch_template.service.user_data)) < 16384
    )
    error_message = "User data is a cloud-config of at most 16 kB."
  }

  assert {
    condition = (
      strcontains(local.files[2].content, "IMAGE=${var.image}\n") &&
      strcontains(local.files[2].content, "SECRET=arn:aws:secretsmanager:") &&
      strcontains(local.files[3].content, "MODEL_DIGEST=${var.model_digest}\n") &&
      strcontains(local.files[3].content, "PREDICTION_LOG_URL=s3://a-bucket/prediction-log/production\n")
    )
    error_message = "The unit's and the service's variables are missing."
  }

  assert {
    condition     = alltrue([for file in local.files : !strcontains(file.content, "API_KEYS=") || strcontains(file.path, "-prepare")])
    error_message = "API keys are got when the service starts."
  }
}

run "the_role_writes_its_own_logs_and_no_more" {
  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.instance.statement :
      alltrue([for action in statement.actions : !strcontains(action, "*")]) &&
      (!contains(statement.resources, "*") || statement.actions == toset(["ecr:GetAuthorizationToken"]))
    ])
    error_message = "Rights have to be named, and limited to what the service needs."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.instance.statement :
      statement.resources == toset(["arn:aws:s3:::a-bucket/prediction-log/production/*"])
      if contains(statement.actions, "s3:PutObject")
    ])
    error_message = "The service has to write to its own prediction log alone."
  }

  assert {
    condition     = aws_iam_role.instance.permissions_boundary == "arn:aws:iam::123456789012:policy/{{ cookiecutter.project_slug }}-boundary"
    error_message = "The role has to stay within the boundary."
  }
}

run "instances_are_replaced_when_not_ready" {
  assert {
    condition = (
      aws_lb_target_group.service.health_check[0].path == "/health/ready" &&
      aws_autoscaling_group.service.health_check_type == "ELB" &&
      tonumber(aws_lb_target_group.service.deregistration_delay) == 30
    )
    error_message = "The balancer's view of readiness has to decide, and requests to be finished."
  }

  assert {
    condition     = aws_autoscaling_group.service.instance_maintenance_policy[0].min_healthy_percentage == 100
    error_message = "A new instance has to be there before an old one goes."
  }
}

run "a_rollout_can_go_back" {
  assert {
    condition = (
      output.rollout.AutoRollback && output.rollout.MinHealthyPercentage == 100 &&
      output.rollout.CheckpointPercentages == [50, 100] && output.rollout.CheckpointDelay >= 200 &&
      output.rollout.BakeTime >= 200 &&
      toset(output.rollout.AlarmSpecification.Alarms) == toset([
        aws_cloudwatch_metric_alarm.errors.alarm_name, aws_cloudwatch_metric_alarm.latency.alarm_name,
      ])
    )
    error_message = "A rollout has to hold half way, to watch the alarms, and to go back by itself."
  }

  assert {
    condition     = output.launch_template.Version == tostring(aws_launch_template.service.latest_version)
    error_message = "A version has to be a number: there is no way back from $Latest."
  }
}

run "a_single_instance_has_no_half" {
  variables {
    min_size = 1
    max_size = 1
  }

  assert {
    condition     = !can(output.rollout.CheckpointPercentages) && !can(output.rollout.CheckpointDelay)
    error_message = "A rollout of one instance must not hold."
  }

  assert {
    condition     = length(aws_autoscaling_policy.cpu) == 0 && !aws_launch_template.service.monitoring[0].enabled
    error_message = "What does not scale needs neither policy nor detailed metrics."
  }
}

run "it_scales_within_limits" {
  assert {
    condition = (
      aws_autoscaling_group.service.min_size == 2 && aws_autoscaling_group.service.max_size == 4 &&
      aws_autoscaling_policy.cpu[0].target_tracking_configuration[0].target_value == 50 &&
      aws_launch_template.service.monitoring[0].enabled
    )
    error_message = "It has to scale between min_size and max_size, by metrics of a minute."
  }
}

run "an_instance_type_has_to_fit_the_image" {
  command = plan

  variables {
    architecture = "arm64"
  }

  expect_failures = [aws_launch_template.service]
}

run "settings_of_the_deployment_stay_its_own" {
  command = plan

  variables {
    settings = { API_KEYS = "secret" } # pragma: allowlist secret
  }

  expect_failures = [var.settings]
}

run "names_are_as_short_as_they_have_to_be" {
  assert {
    condition = (
      length(aws_lb.service.name) <= 32 && length(aws_lb_target_group.service.name) <= 32 &&
      can(regex("^[a-z0-9-]+[a-z0-9]$", aws_lb.service.name)) && !startswith(aws_lb.service.name, "internal-") &&
      length(aws_iam_role.instance.name) <= 64
    )
    error_message = "The platform would refuse the name."
  }
}

run "logs_end_some_day" {
  assert {
    condition     = aws_cloudwatch_log_group.service.retention_in_days == 30
    error_message = "Logs must not be kept for ever."
  }
}
{% if cookiecutter.log_stack == "cloudwatch" %}
{% include "logs/cloudwatch_service_tests.hcl" %}
{% endif %}
