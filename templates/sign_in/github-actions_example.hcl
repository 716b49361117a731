    ci_repository = "acme/flights"
