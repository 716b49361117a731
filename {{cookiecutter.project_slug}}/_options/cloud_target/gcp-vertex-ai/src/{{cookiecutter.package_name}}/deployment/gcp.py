{% include "gcp/gcp.py" %}
