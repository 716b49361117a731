"""What the CI needs besides the pipeline: a report for people, and a look at its own settings."""
