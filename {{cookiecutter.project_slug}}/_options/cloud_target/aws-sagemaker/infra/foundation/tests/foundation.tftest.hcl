{% include "aws/foundation/tests/foundation.tftest.hcl" %}
