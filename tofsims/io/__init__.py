"""Readers of TOF-SIMS files, one module a format; :func:`read` chooses by content."""

from .formats import read
from .reading import Reading

__all__ = ["Reading", "read"]
