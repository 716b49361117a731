{% include "aws/foundation/sign_in.tf" %}
