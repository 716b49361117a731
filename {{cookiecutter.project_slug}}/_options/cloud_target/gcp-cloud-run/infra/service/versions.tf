{% include "gcp/service/versions.tf" %}
