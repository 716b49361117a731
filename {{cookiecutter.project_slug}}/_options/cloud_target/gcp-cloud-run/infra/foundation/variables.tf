{% include "gcp/foundation/variables.tf" %}
