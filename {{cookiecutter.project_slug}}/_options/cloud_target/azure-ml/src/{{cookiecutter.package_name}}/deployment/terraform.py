{% include "terraform/terraform.py" %}
