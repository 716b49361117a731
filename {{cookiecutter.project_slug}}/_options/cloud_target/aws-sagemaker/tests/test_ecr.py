{% include "aws/tests/test_ecr.py" %}
