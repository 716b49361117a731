{% include "gcp/foundation/identities.tf" %}
