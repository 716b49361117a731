{% include "gcp/tests/project.py" %}
