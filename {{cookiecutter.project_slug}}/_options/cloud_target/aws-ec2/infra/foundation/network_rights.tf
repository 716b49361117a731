# What Terraform does with network and balancer from CI. Their ids are known only when they are
# there: they are told apart by the tag that Terraform gives all of them.

locals {
  networked = [
    for kind in [
      "internet-gateway",
      "launch-template",
      "route-table",
      "security-group",
      "security-group-rule",
      "subnet",
      "vpc",
    ] : "${local.arn}:ec2:*:${local.account}:${kind}/*"
  ]

  # short_name in infra/service/main.tf begins with this.
  balancers = [
    for kind in ["loadbalancer/app", "targetgroup", "listener/app", "listener-rule/app"] :
    "${local.arn}:elasticloadbalancing:*:${local.account}:${kind}/${substr(trimprefix(local.name, "internal-"), 0, 20)}*"
  ]
}

data "aws_iam_policy_document" "network" {
  #checkov:skip=CKV_AWS_356:The calls that describe know no narrower resources
  statement {
    sid = "Look"
    actions = [
      "ec2:DescribeAccountAttributes",
      "ec2:DescribeAvailabilityZones",
      "ec2:DescribeImages",
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeInternetGateways",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:DescribeLaunchTemplates",
      "ec2:DescribeNetworkAcls",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeRouteTables",
      "ec2:DescribeSecurityGroupRules",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeTags",
      "ec2:DescribeVpcAttribute",
      "ec2:DescribeVpcs",
      "elasticloadbalancing:DescribeListenerAttributes",
      "elasticloadbalancing:DescribeListenerCertificates",
      "elasticloadbalancing:DescribeListeners",
      "elasticloadbalancing:DescribeLoadBalancerAttributes",
      "elasticloadbalancing:DescribeLoadBalancers",
      "elasticloadbalancing:DescribeRules",
      "elasticloadbalancing:DescribeTags",
      "elasticloadbalancing:DescribeTargetGroupAttributes",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
    ]
    resources = ["*"] # the API knows no other
  }

  statement {
    sid = "Make"
    actions = [
      "ec2:AuthorizeSecurityGroupEgress",
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:CreateInternetGateway",
      "ec2:CreateLaunchTemplate",
      "ec2:CreateRouteTable",
      "ec2:CreateSecurityGroup",
      "ec2:CreateSubnet",
      "ec2:CreateVpc",
    ]
    resources = local.networked

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/project"
      values   = [local.name]
    }
  }

  # In what is there, too, something is made: a subnet in a network, a rule in a group, an instance in
  # a subnet.
  statement {
    sid = "Change"
    actions = [
      "ec2:AssociateRouteTable",
      "ec2:AttachInternetGateway",
      "ec2:AuthorizeSecurityGroupEgress",
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:CreateLaunchTemplateVersion",
      "ec2:CreateRoute",
      "ec2:CreateRouteTable",
      "ec2:CreateSecurityGroup",
      "ec2:CreateSubnet",
      "ec2:CreateTags",
      "ec2:DeleteInternetGateway",
      "ec2:DeleteLaunchTemplate",
      "ec2:DeleteRoute",
      "ec2:DeleteRouteTable",
      "ec2:DeleteSecurityGroup",
      "ec2:DeleteSubnet",
      "ec2:DeleteTags",
      "ec2:DeleteVpc",
      "ec2:DetachInternetGateway",
      "ec2:DisassociateRouteTable",
      "ec2:ModifyLaunchTemplate",
      "ec2:ModifySecurityGroupRules",
      "ec2:ModifySubnetAttribute",
      "ec2:ModifyVpcAttribute",
      "ec2:RevokeSecurityGroupEgress",
      "ec2:RevokeSecurityGroupIngress",
      "ec2:RunInstances",
    ]
    resources = local.networked

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/project"
      values   = [local.name]
    }
  }

  # Whoever makes a group has to be allowed what its launch template does. The template, the subnets and
  # the security groups are those that "Change" is about.
  statement {
    sid     = "LaunchFromTemplate"
    actions = ["ec2:RunInstances"]
    resources = concat(
      ["${local.arn}:ec2:*::image/*"],
      [
        for kind in ["instance", "network-interface", "volume"] : "${local.arn}:ec2:*:${local.account}:${kind}/*"
      ],
    )

    condition {
      test     = "Bool"
      variable = "ec2:IsLaunchTemplateResource"
      values   = ["true"]
    }
  }

  # Only while it is made: whoever tags what is there already, makes it his own.
  statement {
    sid     = "TagWhatIsMade"
    actions = ["ec2:CreateTags"]
    resources = concat(local.networked, [
      for kind in ["instance", "network-interface", "volume"] : "${local.arn}:ec2:*:${local.account}:${kind}/*"
    ])

    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values = [
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateInternetGateway",
        "CreateLaunchTemplate",
        "CreateRouteTable",
        "CreateSecurityGroup",
        "CreateSubnet",
        "CreateVpc",
        "RunInstances",
      ]
    }
  }

  statement {
    sid = "Balancer"
    actions = [
      "elasticloadbalancing:AddTags",
      "elasticloadbalancing:CreateListener",
      "elasticloadbalancing:CreateLoadBalancer",
      "elasticloadbalancing:CreateRule",
      "elasticloadbalancing:CreateTargetGroup",
      "elasticloadbalancing:DeleteListener",
      "elasticloadbalancing:DeleteLoadBalancer",
      "elasticloadbalancing:DeleteRule",
      "elasticloadbalancing:DeleteTargetGroup",
      "elasticloadbalancing:ModifyListener",
      "elasticloadbalancing:ModifyLoadBalancerAttributes",
      "elasticloadbalancing:ModifyRule",
      "elasticloadbalancing:ModifyTargetGroup",
      "elasticloadbalancing:ModifyTargetGroupAttributes",
      "elasticloadbalancing:RemoveTags",
      "elasticloadbalancing:SetSecurityGroups",
      "elasticloadbalancing:SetSubnets",
    ]
    resources = local.balancers
  }
}

resource "aws_iam_policy" "network" {
  count = local.sign_in ? 1 : 0

  name        = "${local.name}-deploy-network"
  description = "Network and balancer of ${local.name}"
  policy      = data.aws_iam_policy_document.network.json
}

resource "aws_iam_role_policy_attachment" "network" {
  count = local.sign_in ? 1 : 0

  role       = aws_iam_role.ci["deploy"].name
  policy_arn = aws_iam_policy.network[0].arn
}
