environment = "production"

# A new version answers a tenth of the requests first. An alarm in that time brings back the old one.
canary_percent = 10
canary_minutes = 10

log_retention_days = 30

# Who may ask: ARNs of roles, users and accounts.
callers = []

# Who hears of alarms: ARNs of SNS topics.
alarm_topics = []
