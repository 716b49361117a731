{% include "gcp/watching.py" %}
