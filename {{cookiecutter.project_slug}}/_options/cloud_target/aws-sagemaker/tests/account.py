{% include "aws/tests/account.py" %}
