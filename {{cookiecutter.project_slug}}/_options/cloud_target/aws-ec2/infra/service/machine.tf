# The newest Amazon Linux, by its id: what runs is known, and what ran before can be had again.
data "aws_ssm_parameter" "machine_image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${var.architecture}"
}

locals {
  smallest      = { x86_64 = "{{ "t3.medium" if cookiecutter.serving_framework == "ray-serve" else "t3.small" }}", arm64 = "{{ "t4g.medium" if cookiecutter.serving_framework == "ray-serve" else "t4g.small" }}" }
  instance_type = var.instance_type == "" ? local.smallest[var.architecture] : var.instance_type

  # What systemd gives the unit and what it prepares; Docker gives the others to the service.
  release = {
    IMAGE     = var.image
    LOG_GROUP = aws_cloudwatch_log_group.service.name
    REGION    = local.region
    SECRET    = aws_secretsmanager_secret.api_keys.arn
  }
  settings = merge(var.settings, {
    AWS_DEFAULT_REGION = local.region
{% if cookiecutter.monitoring == "cloudwatch" %}
    ENVIRONMENT        = var.environment
{% endif %}
    HOST               = "0.0.0.0"
    MODEL_DIGEST       = var.model_digest
    PORT               = local.port
    PREDICTION_LOG_URL = "s3://${var.data_bucket}/${local.prediction_log}"
  })

  files = [
    {
      path        = "/etc/systemd/system/${local.service}.service"
      permissions = "0644"
      content     = file("${path.module}/templates/container.service")
    },
    {
      path        = "/usr/local/libexec/${local.service}-prepare"
      permissions = "0755"
      content     = file("${path.module}/templates/prepare.sh")
    },
    {
      path        = "/etc/${local.service}/release.env"
      permissions = "0644"
      content     = join("", [for name, value in local.release : "${name}=${value}\n"])
    },
    {
      path        = "/etc/${local.service}/service.env"
      permissions = "0644"
      content     = join("", [for name, value in local.settings : "${name}=${value}\n"])
    },
  ]

  cloud_config = {
    packages    = ["docker"]
    write_files = local.files
    runcmd = [
      ["systemctl", "disable", "--now", "sshd.service"],
      ["systemctl", "daemon-reload"],
      ["systemctl", "enable", "--now", "docker.service"],
      ["systemctl", "enable", "--now", "--no-block", "${local.service}.service"],
    ]
  }
}

data "aws_ec2_instance_type" "chosen" {
  instance_type = local.instance_type
}

resource "aws_launch_template" "service" {
  name          = local.name
  description   = "model ${var.model_version}"
  image_id      = data.aws_ssm_parameter.machine_image.insecure_value
  instance_type = local.instance_type
  user_data     = base64encode("#cloud-config\n${yamlencode(local.cloud_config)}")

  iam_instance_profile {
    arn = aws_iam_instance_profile.instance.arn
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  network_interfaces {
    #checkov:skip=CKV_AWS_88:See network.tf
    associate_public_ip_address = true
    delete_on_termination       = true
    security_groups             = [aws_security_group.instance.id]
  }

  # Named by its id, which then is the name of its log stream.
  private_dns_name_options {
    hostname_type = "resource-name"
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = 16
      encrypted             = true
      delete_on_termination = true
    }
  }

  # Once a minute where the number of instances follows it; every five minutes costs nothing.
  monitoring {
    enabled = local.scales
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.value
      tags          = merge(local.tags, { Name = local.name })
    }
  }

  lifecycle {
    precondition {
      condition     = contains(data.aws_ec2_instance_type.chosen.supported_architectures, var.architecture)
      error_message = "The image was built for ${var.architecture}, which ${local.instance_type} is not: choose another instance_type, or build for another platform."
    }
  }
}
