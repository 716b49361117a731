{% include "gcp/foundation/apis.tf" %}
