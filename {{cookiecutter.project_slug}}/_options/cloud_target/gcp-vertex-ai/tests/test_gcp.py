{% include "gcp/tests/test_gcp.py" %}
