{% include "gcp/foundation/data_rights.tf" %}
