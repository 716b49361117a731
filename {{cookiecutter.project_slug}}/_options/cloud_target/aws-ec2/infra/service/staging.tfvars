environment = "staging"

# Networks that may call the service, with whoever deploys. Without a certificate, they are all that
# guards what crosses the internet.
allowed_cidrs = []

# One small instance that does not scale.
min_size = 1
max_size = 1

# As short as it can be: staging has no traffic for the alarms to watch.
bake_seconds = 200
