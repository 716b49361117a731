{% include "aws/foundation/foundation.tfvars" %}
