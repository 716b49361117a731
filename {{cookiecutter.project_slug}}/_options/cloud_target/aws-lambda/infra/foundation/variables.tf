{% include "aws/foundation/variables.tf" %}
