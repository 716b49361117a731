"""How the service does in production: drift, quality with late labels, and when to train again."""
