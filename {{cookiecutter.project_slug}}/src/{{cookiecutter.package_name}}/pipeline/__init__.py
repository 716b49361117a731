"""The stages of `dvc.yaml`, each a function from files to files that returns what to tell."""
