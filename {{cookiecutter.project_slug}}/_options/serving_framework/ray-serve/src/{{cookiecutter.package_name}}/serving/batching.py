{% include "serving/asyncio_batching.py" %}
