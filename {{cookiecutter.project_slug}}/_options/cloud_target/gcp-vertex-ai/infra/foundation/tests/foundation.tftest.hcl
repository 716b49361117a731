{% include "gcp/foundation/tests/foundation.tftest.hcl" %}
