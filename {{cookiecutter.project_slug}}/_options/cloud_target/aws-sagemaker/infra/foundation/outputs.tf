{% include "aws/foundation/outputs.tf" %}
