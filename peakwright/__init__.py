"""peakwright: where XPS, TOF-SIMS and XRD meet: command line, stores, batch and report.

Examples
--------
>>> import peakwright
>>> peakwright.__version__.count(".")
2
"""

from __future__ import annotations

from typing import Any

from .ownership import check, started_by_command

__all__ = ["__version__", "interactive"]

__version__ = "0.1.0"

# The command makes the same check itself, where it can refuse without a traceback.
if not started_by_command():
    check()


def interactive(spectrum: Any, **options: Any) -> Any:
    """Fit by hand and eye in a notebook: serve a page from this process and show it in a frame.

    Parameters
    ----------
    spectrum : Dataset or path
        A spectrum of :func:`xps.read`, or a file of any technique.
    **options
        ``recipe``, ``registry``, ``port``, ``height`` of
        :func:`peakwright.app.notebook.interactive`.

    Returns
    -------
    peakwright.app.notebook.Interactive
    """
    from .app.notebook import interactive as shown

    return shown(spectrum, **options)
