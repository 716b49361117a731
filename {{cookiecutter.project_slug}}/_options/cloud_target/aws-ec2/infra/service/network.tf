data "aws_availability_zones" "available" {
  #checkov:skip=CKV_AWS_394:The first two by name are taken; a zone that is new comes after them
  state = "available"

  # Local zones have no load balancers.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  network = "10.0.0.0/24"
  zones   = slice(data.aws_availability_zones.available.names, 0, 2) # a balancer needs two
}

# Without flow logs: see CKV2_AWS_11.
#trivy:ignore:AVD-AWS-0178
resource "aws_vpc" "service" {
  #checkov:skip=CKV2_AWS_12:Nothing is in the default group; to close it, CI would need the right to change any group of the account
  #checkov:skip=CKV2_AWS_11:Flow logs cost by the gigabyte; the balancer counts the requests, and nothing else comes in
  cidr_block           = local.network
  enable_dns_hostnames = true

  tags = {
    Name = local.name
  }
}

# Instances have a public address because they call out, for images, secrets and logs. In private
# subnets they would need a NAT gateway for that, which costs as much as two of them in each zone,
# or an endpoint for each of six services. It would keep nobody out: see access.tf.
resource "aws_subnet" "public" {
  count = length(local.zones)

  vpc_id            = aws_vpc.service.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(local.network, 2, count.index)

  tags = {
    Name = "${local.name}-${local.zones[count.index]}"
  }
}

resource "aws_internet_gateway" "service" {
  vpc_id = aws_vpc.service.id

  tags = {
    Name = local.name
  }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.service.id

  tags = {
    Name = local.name
  }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.service.id
}

resource "aws_route_table_association" "public" {
  count = length(local.zones)

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}
