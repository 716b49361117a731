{% include "serving/test_asgi.py" %}
