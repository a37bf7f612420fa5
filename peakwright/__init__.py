"""peakwright: where XPS, TOF-SIMS and XRD meet: command line, stores, batch and report.

Examples
--------
>>> import peakwright
>>> peakwright.__version__.count(".")
2
"""

from __future__ import annotations

from .ownership import check, started_by_command

__all__ = ["__version__"]

__version__ = "0.1.0"

# The command makes the same check itself, where it can refuse without a traceback.
if not started_by_command():
    check()
