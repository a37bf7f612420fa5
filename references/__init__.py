"""The ground floor: what is known, each value with its source; the words all techniques share.

Examples
--------
>>> import references
>>> references.load().line("S 2p", "PS4").energy.value
161.45
"""

from .files import DataFileError
from .lookup import UnknownReferenceError
from .registry import Registry, load
from .value import Source, Status, Value
from .words import Assessment, Basis, Estimate, Finding, InputError, Kind, Row, Severity

__all__ = [
    "Assessment",
    "Basis",
    "DataFileError",
    "Estimate",
    "Finding",
    "InputError",
    "Kind",
    "Registry",
    "Row",
    "Severity",
    "Source",
    "Status",
    "UnknownReferenceError",
    "Value",
    "load",
]
