instance_type = "Standard_F2s_v2"
# Two, since a machine may fail or be updated at any time; Azure recommends three.
instances     = 2
max_instances = 4

# While the release before answers, the new one gets copies of requests, then a share of them.
mirror_percent = 10
mirror_minutes = 10
canary_percent = 10
canary_minutes = 10
keep_previous  = false

alarm_emails = []
