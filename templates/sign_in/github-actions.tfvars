# The repository on GitHub whose workflows sign in: "owner/name", or "owner@id/name@id", which
# nobody can take over. `gh api repos/<owner>/<name> --jq '"\(.owner.id) \(.id)"'` prints the ids.
ci_repository = ""
