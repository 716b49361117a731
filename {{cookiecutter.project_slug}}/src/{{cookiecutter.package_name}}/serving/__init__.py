"""The HTTP service: one service object, and an adapter that speaks the framework's language."""
