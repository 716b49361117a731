    ci_project = "acme/flights"
