{% include "aws/aws.py" %}
