# One replica in quiet times. With min_replicas = 2, one may fail without anyone's noticing.
min_replicas = 1
max_replicas = 3
