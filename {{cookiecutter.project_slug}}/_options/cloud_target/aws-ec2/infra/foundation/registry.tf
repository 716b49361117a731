{% include "aws/foundation/registry.tf" %}
