{% include "aws/tests/test_aws.py" %}
