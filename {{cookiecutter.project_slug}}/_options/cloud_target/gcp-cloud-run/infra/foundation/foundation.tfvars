{% include "gcp/foundation/foundation.tfvars" %}
