{% include "gcp/foundation/foundation.tfvars" %}

# Who may ask the endpoints for predictions, besides whom the project's own roles let.
callers = []
