# The project on GitLab whose pipelines sign in, with its groups: "group/project".
ci_project = ""

# The GitLab that it is on, which the cloud has to reach.
ci_issuer = "https://gitlab.com"
