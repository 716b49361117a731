environment = "production"

# Two machines: a release can be tried with a part of the traffic, and one may fail.
instance_type     = "ml.c5.large"
minimum_instances = 2
maximum_instances = 4
