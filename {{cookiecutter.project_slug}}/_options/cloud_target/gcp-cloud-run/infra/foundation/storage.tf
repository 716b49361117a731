{% include "gcp/foundation/storage.tf" %}
