# Callers reach the balancer, the balancer reaches the instances, and nobody else reaches anything:
# there is no SSH. `aws ssm start-session` opens a shell, for those who may.

locals {
  secure       = var.certificate_arn != ""
  public_ports = local.secure ? [80, 443] : [80] # with 443, 80 only leads there
}

resource "aws_security_group" "balancer" {
  name        = "${local.name}-balancer"
  description = "Callers of ${local.name}"
  vpc_id      = aws_vpc.service.id
}

resource "aws_vpc_security_group_ingress_rule" "callers" {
  #checkov:skip=CKV_AWS_260:Port 80 only leads to 443, or is for the networks alone that allowed_cidrs names
  for_each = {
    for pair in setproduct(local.public_ports, toset(var.allowed_cidrs)) : "${pair[0]} ${pair[1]}" => pair
  }

  security_group_id = aws_security_group.balancer.id
  description       = "Callers"
  ip_protocol       = "tcp"
  from_port         = each.value[0]
  to_port           = each.value[0]
  cidr_ipv4         = each.value[1]
}

resource "aws_vpc_security_group_egress_rule" "balancer_to_instances" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "The service"
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
  referenced_security_group_id = aws_security_group.instance.id
}

resource "aws_security_group" "instance" {
  name        = "${local.name}-instance"
  description = "Instances of ${local.name}"
  vpc_id      = aws_vpc.service.id
}

resource "aws_vpc_security_group_ingress_rule" "instance_from_balancer" {
  security_group_id            = aws_security_group.instance.id
  description                  = "The service, from the balancer"
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
  referenced_security_group_id = aws_security_group.balancer.id
}

# Images, packages, secrets, logs and buckets all speak HTTPS, at addresses that change.
#trivy:ignore:AVD-AWS-0104
resource "aws_vpc_security_group_egress_rule" "instance_to_https" {
  security_group_id = aws_security_group.instance.id
  description       = "Services of AWS, over HTTPS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}
