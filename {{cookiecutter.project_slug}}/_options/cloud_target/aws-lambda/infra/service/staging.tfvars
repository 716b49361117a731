environment = "staging"

# Nobody but the smoke test asks here, so a share of the requests would tell nothing.
canary_minutes = 0

log_retention_days = 7

# Who may ask: ARNs of roles, users and accounts.
callers = []
