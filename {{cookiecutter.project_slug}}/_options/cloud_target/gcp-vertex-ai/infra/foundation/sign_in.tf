{% include "gcp/foundation/sign_in.tf" %}
