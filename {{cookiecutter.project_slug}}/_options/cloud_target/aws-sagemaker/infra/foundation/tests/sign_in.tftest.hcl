{% include "aws/foundation/tests/sign_in.tftest.hcl" %}
