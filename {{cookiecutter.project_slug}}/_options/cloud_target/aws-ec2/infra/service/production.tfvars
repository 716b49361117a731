environment = "production"

# Networks that may call the service, with whoever deploys: with a certificate, that can be everyone
# ("0.0.0.0/0").
allowed_cidrs   = []
certificate_arn = ""
domain_name     = ""

# Two instances, each in a zone of its own, and at most four.
min_size = 2
max_size = 4
