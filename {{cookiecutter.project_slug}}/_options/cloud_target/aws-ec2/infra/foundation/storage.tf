{% include "aws/foundation/storage.tf" %}
