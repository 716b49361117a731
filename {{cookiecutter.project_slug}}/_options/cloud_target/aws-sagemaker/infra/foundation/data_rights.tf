{% include "aws/foundation/data_rights.tf" %}
