{% include "gcp/stacks.py" %}
