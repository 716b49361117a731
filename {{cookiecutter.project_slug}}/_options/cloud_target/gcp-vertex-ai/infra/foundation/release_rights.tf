{% include "gcp/foundation/release_rights.tf" %}
