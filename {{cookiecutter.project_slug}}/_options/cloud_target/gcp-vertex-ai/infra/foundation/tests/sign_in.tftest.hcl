{% include "gcp/foundation/tests/sign_in.tftest.hcl" %}
