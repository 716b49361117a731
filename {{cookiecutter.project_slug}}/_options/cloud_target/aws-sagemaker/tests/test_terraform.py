{% include "terraform/tests/test_terraform.py" %}
