"""VAMAS (ISO 14976): header, blocks, and what the numbers of a block are.

``lines`` walks the file, ``header`` and ``block`` follow the standard's order of fields, ``counts``
decides what is an energy and what is a count, ``experiment`` puts a file together, ``write`` writes
one.
"""

from .experiment import read_vamas
from .header import IDENTIFIER, is_vamas
from .write import write_vamas

__all__ = ["IDENTIFIER", "is_vamas", "read_vamas", "write_vamas"]
