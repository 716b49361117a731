{% include "terraform/foundation.py" %}
