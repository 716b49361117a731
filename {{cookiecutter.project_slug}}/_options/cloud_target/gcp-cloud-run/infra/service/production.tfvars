# The first request after a quiet time waits some seconds for an instance. With min_instances = 1 none
# does; that one instance then costs about 13 dollars a month.
min_instances = 0
max_instances = 3
