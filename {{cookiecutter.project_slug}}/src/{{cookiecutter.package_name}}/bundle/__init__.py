"""The model bundle: the one interface between training and serving."""

from .files import BundleError
from .manifest import Manifest
from .storage import Bundle, load, verify, write

__all__ = ["Bundle", "BundleError", "Manifest", "load", "verify", "write"]
