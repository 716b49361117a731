{% include "aws/foundation/release_rights.tf" %}
