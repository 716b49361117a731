"""The model card and the data card: what was measured, beside what people have to say about it."""
