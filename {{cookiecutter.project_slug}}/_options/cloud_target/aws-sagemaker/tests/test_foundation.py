{% include "terraform/tests/test_foundation.py" %}
