"""CasaXPS's fits written as VAMAS block comments; :mod:`xps.io.casa` reads them back equal."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from .casa import FOLLOWS, LARGEST

if TYPE_CHECKING:
    from .casa import CasaCalibration, CasaComponent, CasaFit, CasaRegion

__all__ = ["casa_lines", "put_beside"]

SAME_SHIFT = 1e-9
"""Shifts that differ by less [eV] are one."""


def casa_lines(fit: CasaFit) -> tuple[str, ...]:
    """Give a fit as CasaXPS's comment lines; :func:`~xps.io.casa.parse_casa` reads it back equal.

    Parameters
    ----------
    fit : CasaFit
        What was not understood of it (``unread``) cannot be written.

    Returns
    -------
    tuple of str
        From ``Casa Info Follows`` to the last component; numbers by their shortest exact text.

    Raises
    ------
    ValueError
        If the fit has lines that were not understood, a number is not finite, or a name cannot
        stand in a line.

    Examples
    --------
    >>> from xps.io.casa import parse_casa
    >>> lines = ("Casa Info Follows", "1", "Calib M = 281.17 A = 284.8 BE ADD", "0", "0", "0")
    >>> casa_lines(parse_casa(lines)) == lines
    True
    """
    if fit.unread:
        raise ValueError(f"lines of CasaXPS's fit were not understood: {fit.unread[0][:80]}")
    return (
        FOLLOWS,
        str(len(fit.calibrations)),
        *(_calibration_line(calibration) for calibration in fit.calibrations),
        str(len(fit.annotations) // 2),
        *fit.annotations,
        str(len(fit.regions)),
        *(_region_line(region) for region in fit.regions),
        str(len(fit.components)),
        *(_component_line(component) for component in fit.components),
    )


def put_beside(casa: CasaFit, present: CasaFit | None) -> CasaFit:
    """Keep of a block's present CasaXPS lines what a new fit does not replace.

    Parameters
    ----------
    casa : CasaFit
        The new fit.
    present : CasaFit or None
        What the block holds.

    Returns
    -------
    CasaFit
        With the present annotations, and the present calibration lines where they add up to the
        new one's shift.
    """
    if present is None:
        return casa
    same = present.calibrations and abs(present.energy_shift - casa.energy_shift) < SAME_SHIFT
    return replace(
        casa,
        calibrations=present.calibrations if same else casa.calibrations,
        annotations=present.annotations,
    )


def _calibration_line(calibration: CasaCalibration) -> str:
    measured, assigned = _text(calibration.measured), _text(calibration.assigned)
    ending = f"{calibration.scale} ADD" if calibration.add else calibration.scale
    return f"Calib M = {measured} A = {assigned} {ending}"


def _region_line(region: CasaRegion) -> str:
    numbers = (
        *(region.start_ke, region.end_ke, region.rsf, region.end_points),
        *(*region.offsets, *region.parameters),
    )
    head = f"CASA region {_name(region.name)} {_name(region.background)}"
    ending = _until_missing(region.mass, region.flag, region.uncorrected_rsf)
    return " ".join([head, *map(_text, numbers), _name(region.tag), *ending])


def _component_line(component: CasaComponent) -> str:
    shape = f"(*{_plain(component.shape)}*{component.appended})"
    parts = [f"CASA comp {_name(component.name)} {shape}"]
    for title, parameter in (
        ("Area", component.area),
        ("MFWHM", component.fwhm),
        ("Position", component.position_ke),
    ):
        numbers = (
            *(parameter.value, parameter.low, parameter.high),
            *(parameter.link, parameter.factor),
        )
        parts += [title, *map(_text, numbers)]
    parts += ["RSF", _text(component.rsf)]
    if not math.isnan(component.mass):
        parts += ["MASS", _text(component.mass)]
    parts += ["INDEX", str(component.index), _name(component.tag)]
    if not math.isnan(component.uncorrected_rsf):
        parts += ["CONST", _name(component.constraint)]
        parts += ["UNCORRECTEDRSF", _text(component.uncorrected_rsf)]
    elif component.constraint:
        parts += ["CONST", _name(component.constraint)]
    return " ".join(parts)


def _until_missing(*values: float) -> list[str]:
    """Numbers at the end of a line, up to the first that it did not have."""
    given = next((i for i, value in enumerate(values) if math.isnan(value)), len(values))
    return [_text(value) for value in values[:given]]


def _text(value: float) -> str:
    """Give the shortest text that reads back as the same number."""
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise ValueError(f"{value!r} cannot stand in CasaXPS's lines")
    whole = value == int(value) and abs(value) < 1e15
    return str(int(value)) if whole else repr(float(value))


def _name(text: str) -> str:
    return f"(*{_plain(text)}*)"


def _plain(text: str) -> str:
    """Refuse what would end a name, or its line, too early."""
    if "*)" in text or text.endswith("*") or not text.isprintable():
        raise ValueError(f"the name {text[:60]!r} cannot stand in CasaXPS's lines")
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"the name {text[:60]!r} is not in the Latin-1 alphabet") from None
    return text
