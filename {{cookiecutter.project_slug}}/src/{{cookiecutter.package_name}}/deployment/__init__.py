"""From the champion to an endpoint that answers with it."""
