{% include "gcp/foundation/registry.tf" %}
