{% include "gcp/foundation/versions.tf" %}
