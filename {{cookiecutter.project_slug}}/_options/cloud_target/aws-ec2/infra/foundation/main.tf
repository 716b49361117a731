{% include "aws/foundation/main.tf" %}
