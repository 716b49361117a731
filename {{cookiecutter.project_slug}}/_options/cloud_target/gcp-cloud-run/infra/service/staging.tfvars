# Nothing runs, and nothing is paid for, while no request comes.
min_instances = 0
max_instances = 1
