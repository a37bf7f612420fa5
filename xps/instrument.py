"""What is known of the spectrometer: from the measured file, and what its user adds."""

from __future__ import annotations

import math
import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError

from references.files import DataFileError, read_text
from references.refusal import refusal

from .envelope import Frozen

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

__all__ = ["Instrument", "instrument_of", "read_instrument"]

LONGEST = 100_000
"""No description of an instrument is longer than this [bytes]."""

CollectionScheme = Literal[
    "angular dispersive", "spatial dispersive", "momentum dispersive", "non-dispersive"
]
DispersionScheme = Literal[
    "tof",
    "hemispherical",
    "double hemispherical",
    "cylindrical mirror",
    "display mirror",
    "retarding grid",
]
SCAN_MODES = {"FAT": "fixed_analyzer_transmission", "FRR": "fixed_retardation_ratio"}
"""The analyser modes of VAMAS, as NeXus names them."""
LABELS = {
    "model": "instrument",
    "start_time": "start_time",
    "source": "source",
}
"""Which of a spectrum's labels hold what is asked for here."""
ENERGIES = {"pass_energy_eV": "pass_energy", "work_function_eV": "work_function"}
"""The same of those that are written with their unit."""


class Instrument(Frozen):
    """The spectrometer, and when it measured; ``None`` and empty for what is not known.

    Parameters
    ----------
    vendor, model : str
    source : str
        The X-ray source, for instance ``"Al (mono)"``.
    start_time : str
        Begin of the measurement, ISO 8601.
    collection_scheme : str or None
        Of the lens: angular, spatial, momentum dispersive, or non-dispersive.
    dispersion_scheme : str or None
        Of the analyser, for instance ``"hemispherical"``.
    energy_scan_mode : str
        For instance ``"fixed_analyzer_transmission"``.
    pass_energy_eV, work_function_eV : float or None
    """

    vendor: str = ""
    model: str = ""
    source: str = ""
    start_time: str = ""
    collection_scheme: CollectionScheme | None = None
    dispersion_scheme: DispersionScheme | None = None
    energy_scan_mode: str = ""
    pass_energy_eV: Annotated[float, Field(gt=0, le=1e5)] | None = None  # noqa: N815
    work_function_eV: Annotated[float, Field(gt=0, le=100)] | None = None  # noqa: N815


def read_instrument(path: str | Path) -> Instrument:
    """Read what a user says of the spectrometer from a TOML file.

    Raises
    ------
    DataFileError
        If the file is not TOML, or a key or value is not one that an instrument has.
    """
    try:
        return Instrument.model_validate(tomllib.loads(read_text(path, max_bytes=LONGEST)))
    except tomllib.TOMLDecodeError as error:
        raise DataFileError(path, f"is not TOML ({error})") from None
    except RecursionError:
        raise DataFileError(path, "is nested too deeply for an instrument") from None
    except ValidationError as error:
        place, reason = refusal(Instrument, error)
        raise DataFileError(path, reason, where=place or "top level") from None


def instrument_of(spectrum: xr.Dataset, told: Instrument | None = None) -> Instrument:
    """Give what is known of the spectrometer: what the user tells, else what the file says.

    Parameters
    ----------
    spectrum : Dataset
        With the labels that its reader gave it.
    told : Instrument, optional

    Returns
    -------
    Instrument

    Examples
    --------
    >>> import xps
    >>> instrument_of(xps.example("S 2p"), Instrument(dispersion_scheme="hemispherical")).model
    ''
    """
    given: dict[str, Any] = {} if told is None else told.model_dump(exclude_defaults=True)
    mode = str(spectrum.attrs.get("analyser_mode", "")).upper()
    found: dict[str, Any] = {"energy_scan_mode": SCAN_MODES.get(mode, "")}
    found |= {
        field: spectrum.attrs[label] for field, label in LABELS.items() if label in spectrum.attrs
    }
    energies = {field: _electronvolts(spectrum, label) for field, label in ENERGIES.items()}
    found |= {field: value for field, value in energies.items() if value is not None}
    return Instrument(**(found | given))


def _electronvolts(spectrum: xr.Dataset, label: str) -> float | None:
    """A label's energy [eV]; ``None`` where it says none."""
    number, _, unit = str(spectrum.attrs.get(label, "")).partition(" ")
    try:
        value = float(number)
    except ValueError:
        return None
    return value if unit == "eV" and math.isfinite(value) and value > 0 else None
