"""The XPS view of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from references.registry import Registry

    from ..worker import Worker

__all__ = ["build"]


def build(path: Path, registry: Registry, worker: Worker, doc: Any) -> Any:  # noqa: ARG001
    """Make the view of an XPS file."""
    from bokeh.plotting import figure

    import xps

    spectrum = xps.read(path).spectra[0]
    drawn = figure(sizing_mode="stretch_width", height=400)
    drawn.line(spectrum["binding_energy"].values, spectrum["counts"].values)
    return drawn
