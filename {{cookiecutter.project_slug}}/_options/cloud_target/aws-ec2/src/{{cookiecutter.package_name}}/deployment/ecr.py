{% include "aws/ecr.py" %}
