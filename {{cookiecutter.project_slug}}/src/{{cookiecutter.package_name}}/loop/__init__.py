"""`make loop`: the life of a model on this machine, from its first training to the way back."""
