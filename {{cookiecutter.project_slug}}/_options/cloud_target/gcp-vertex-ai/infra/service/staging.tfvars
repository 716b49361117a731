# One replica of the cheapest kind, as long as something is deployed: `make destroy` stops it.
max_replicas = 1
