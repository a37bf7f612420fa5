"""VAMAS (ISO 14976): header, blocks, and what the numbers of a block are.

``lines`` walks the file, ``header`` and ``block`` follow the standard's order of fields, ``counts``
decides what is an energy and what is a count, ``experiment`` puts a file together, ``write`` writes
one, ``comments`` puts CasaXPS's lines into a copy.
"""

from .comments import with_casa_lines
from .experiment import read_vamas
from .header import IDENTIFIER, is_vamas
from .write import vamas_bytes, write_vamas

__all__ = ["IDENTIFIER", "is_vamas", "read_vamas", "vamas_bytes", "with_casa_lines", "write_vamas"]
