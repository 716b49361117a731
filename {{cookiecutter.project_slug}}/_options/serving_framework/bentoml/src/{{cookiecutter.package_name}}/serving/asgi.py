{% include "serving/asgi.py" %}
