{% include "aws/foundation/versions.tf" %}
