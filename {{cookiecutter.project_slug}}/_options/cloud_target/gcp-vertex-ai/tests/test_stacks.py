{% include "gcp/tests/test_stacks.py" %}
