"""Experiment tracking and the model registry, the gate, and promotion."""
