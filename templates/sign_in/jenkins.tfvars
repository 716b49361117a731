# The folder on Jenkins whose jobs integrate, train, monitor and deliver sign in, by the address that
# Jenkins itself gives it: "https://jenkins.example.com/job/flights".
ci_job = ""

# Who gives the tokens, as the credential on Jenkins says. Empty: Jenkins itself, which the cloud has
# to reach then, at https://jenkins.example.com/oidc.
ci_issuer = ""
