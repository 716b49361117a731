instance_type = "Standard_F2s_v2"
instances     = 1
max_instances = 1

# A release is tried, and then gets all requests at once.
mirror_percent = 0
canary_percent = 0
keep_previous  = false

alarm_emails = []
