# Callers are outside: allowed_cidrs says which.
#trivy:ignore:AVD-AWS-0053
resource "aws_lb" "service" {
  #checkov:skip=CKV_AWS_91:The service logs errors and counts all requests; access logs would need a bucket of their own
  #checkov:skip=CKV_AWS_150:make destroy has to be able to remove it
  #checkov:skip=CKV2_AWS_28:A firewall costs more than the service; keys, a limited body and a strict parser guard it
  #checkov:skip=CKV2_AWS_20:Port 80 leads to 443 where there is a certificate, and is for allowed_cidrs alone where there is none
  name                       = local.short_name
  load_balancer_type         = "application"
  internal                   = false
  security_groups            = [aws_security_group.balancer.id]
  subnets                    = aws_subnet.public[*].id
  drop_invalid_header_fields = true

  depends_on = [aws_internet_gateway.service]
}

resource "aws_lb_target_group" "service" {
  #checkov:skip=CKV_AWS_378:TLS ends at the balancer; behind it the requests stay within this network
  name        = local.short_name
  vpc_id      = aws_vpc.service.id
  protocol    = "HTTP"
  port        = local.port
  target_type = "instance"

  # Longer than any request takes: an instance that leaves finishes what it has begun.
  deregistration_delay          = 30
  load_balancing_algorithm_type = "least_outstanding_requests"

  health_check {
    path                = "/health/ready"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

# With a certificate, the service speaks HTTPS, and HTTP only says so; without one, HTTP has to do.
#trivy:ignore:AVD-AWS-0054
resource "aws_lb_listener" "http" {
  #checkov:skip=CKV_AWS_2:Without a certificate there is no HTTPS; it is for allowed_cidrs alone then
  #checkov:skip=CKV_AWS_103:Without a certificate there is no TLS; it is for allowed_cidrs alone then
  load_balancer_arn = aws_lb.service.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = local.secure ? "redirect" : "forward"
    target_group_arn = local.secure ? null : aws_lb_target_group.service.arn

    dynamic "redirect" {
      for_each = local.secure ? [443] : []

      content {
        protocol    = "HTTPS"
        port        = redirect.value
        status_code = "HTTP_301"
      }
    }
  }
}

resource "aws_lb_listener" "https" {
  count = local.secure ? 1 : 0

  load_balancer_arn = aws_lb.service.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.service.arn
  }
}

# How much the service is used is not for those who use it. The route is there on the instances.
resource "aws_lb_listener_rule" "no_metrics" {
  listener_arn = local.secure ? aws_lb_listener.https[0].arn : aws_lb_listener.http.arn
  priority     = 1

  condition {
    path_pattern {
      values = ["/metrics", "/metrics/*"]
    }
  }

  action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "Not Found"
      status_code  = "404"
    }
  }
}
