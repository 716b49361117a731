{% include "gcp/foundation/main.tf" %}
