{% include "gcp/foundation/outputs.tf" %}
