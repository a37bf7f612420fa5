"""Standards: the shape of a known material's lines, fitted once and known in every later fit.

A foil, a salt, the pristine electrolyte: their lines are fitted as any other, and width, shape and
splitting become Gaussian knowledge in a library file of one's own. On another sample the same line
is not quite the same (charging, disorder, the instrument's day), so each value gets a u of transfer
beside that of the fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.toml import toml_value
from references.words import Assessment, Finding, InputError, Severity

from .prior import HELD_SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr

    from references.registry import Registry

    from .envelope import Component, Envelope
    from .result import Fit

__all__ = ["MeasuredStandard", "StandardError", "library_text", "other_setting", "standards_of"]

Array = NDArray[np.float64]

TRANSFER_WIDTH = 0.03
"""Relative u of a width from one sample to another on one instrument: a working estimate, between
the few per cent of a good day and the tenth by which compounds differ."""
TRANSFER_SHAPE = 0.05
"""The same of a Lorentz share or an asymmetry, which are shares themselves."""
CLEAR = 20.0
"""Standard uncertainties of its area that a line needs to be a standard."""
INSTRUMENT = ("instrument", "pass_energy")
NO_NAME = {"not specified", "unknown", "none", "n/a", "-"}
"""What files write where they name no instrument."""


class StandardError(InputError):
    """A fit that is no standard: what is missing, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredStandard:
    """What a fit says of the shape of one species' line: values with their u for other samples.

    Parameters
    ----------
    core_level, species, shape : str
    fwhm : (float, float)
        Full width of the major line and its u [eV].
    parameters : tuple of (str, float, float)
        The shape's own.
    splitting, minor_width : (float, float) or None
        Distance of the minor line [eV], and its width over the major one's.
    instrument, pass_energy : str
        As the file names them.
    source : str
        Key of its source.
    citation : str
        File, hash, sample, instrument, date.
    """

    core_level: str
    species: str
    shape: str
    fwhm: tuple[float, float]
    parameters: tuple[tuple[str, float, float], ...]
    splitting: tuple[float, float] | None
    minor_width: tuple[float, float] | None
    instrument: str
    pass_energy: str
    source: str
    citation: str


def standards_of(
    spectrum: xr.Dataset, fit: Fit, *, source: str, citation: str
) -> tuple[MeasuredStandard, ...]:
    """Give what a fitted standard says of the lines of its species.

    Parameters
    ----------
    spectrum : Dataset
        For instrument and pass energy.
    fit : Fit
        Converged.
    source, citation : str
        Key and text of the source.

    Returns
    -------
    tuple of MeasuredStandard
        One a species of the library in the envelope.

    Raises
    ------
    StandardError
        If the fit did not converge, or a species is too faint to be a standard.

    Examples
    --------
    >>> import xps
    >>> fit = xps.fit(xps.example("Cl 2p"), xps.envelope("Cl 2p", ["LiCl"]))
    >>> (found,) = standards_of(xps.example("Cl 2p"), fit, source="lab", citation="LiCl powder")
    >>> found.species, round(found.fwhm[0], 1), found.fwhm[1] < 0.05
    ('LiCl', 1.2, True)
    """
    if fit.assessment is not Assessment.CONVERGED:
        raise StandardError(
            f"the fit of {fit.region} is {fit.assessment} ({fit.message}), and gives no standard; "
            "mend its recipe first"
        )
    found: list[MeasuredStandard] = []
    for component in fit.envelope.components:
        if component.role != "species" or not component.species:
            continue
        seen = fit.measured.significance(component.name)
        if seen < CLEAR:
            raise StandardError(
                f"{component.name} of {fit.region} is {seen:.1f} standard uncertainties above "
                f"nothing; a standard needs {CLEAR:g}: measure longer, or leave it out"
            )
        found.append(_standard(spectrum, fit, component, source, citation))
    if not found:
        raise StandardError(
            f"{fit.region} holds no species of the library, and a standard is of one: name it with "
            'species = "..." in the recipe'
        )
    return tuple(found)


def _standard(
    spectrum: xr.Dataset, fit: Fit, component: Component, source: str, citation: str
) -> MeasuredStandard:
    instrument, pass_energy = _setting(spectrum)
    width, u = _of_state(fit, component.name, _width)
    return MeasuredStandard(
        core_level=component.core_level,
        species=component.species,
        shape=component.shape,
        fwhm=(width, float(np.hypot(u, TRANSFER_WIDTH * width))),
        parameters=tuple(_parameters(fit, component)),
        splitting=_fitted(fit, component, "splitting", _splitting),
        minor_width=_fitted(fit, component, "partner fwhm", _minor_width),
        instrument=instrument,
        pass_energy=pass_energy,
        source=source,
        citation=citation,
    )


def _parameters(fit: Fit, component: Component) -> Iterator[tuple[str, float, float]]:
    """The shape's own parameters that were fitted."""
    from .lineshape import lineshape

    measured = fit.measured
    covariance = measured.solution.covariance
    assert covariance is not None  # it converged
    shapes = measured.plan.line_shapes(measured.solution.values)
    for line, (theta, gradient) in zip(measured.plan.lines, shapes, strict=True):
        if line.component != component.name or line.minor:
            continue
        for k, name in enumerate(lineshape(component.shape).parameters, start=2):
            along = gradient[k, measured.plan.free]
            variance = float(along @ covariance @ along)
            if name not in HELD_SHAPES and variance > 0:
                yield name, float(theta[k]), float(np.hypot(np.sqrt(variance), TRANSFER_SHAPE))


def _fitted(
    fit: Fit, component: Component, what: str, quantity: _Quantity
) -> tuple[float, float] | None:
    """A quantity of the two lines of a doublet; ``None`` where it was held."""
    names = fit.measured.solution.names
    if not any(
        name in names for name in (f"{component.core_level} {what}", f"{component.name} {what}")
    ):
        return None
    value, u = _of_state(fit, component.name, quantity)
    return (value, float(np.hypot(u, TRANSFER_WIDTH * value))) if "fwhm" in what else (value, u)


class _Quantity:
    """A number of a component's lines and its derivatives, by their places and widths."""

    def __init__(self, places: tuple[float, float], *, ratio: bool = False) -> None:
        self._weights, self._ratio = places, ratio

    def __call__(self, places: Array, widths: Array) -> tuple[float, Array, Array]:
        """Give the value and its derivatives by places and widths (major, minor)."""
        nothing = np.zeros(places.size)
        if self._ratio:
            value = float(widths[1] / widths[0])
            return value, nothing, np.array([-value / widths[0], 1.0 / widths[0]])
        if self._weights == (0.0, 0.0):
            slope = nothing.copy()
            slope[0] = 1.0
            return float(widths[0]), nothing, slope
        slope = np.array(self._weights)
        return float(slope @ places), slope, nothing


_width = _Quantity((0.0, 0.0))
_splitting = _Quantity((-1.0, 1.0))
_minor_width = _Quantity((0.0, 0.0), ratio=True)


def _of_state(fit: Fit, component: str, quantity: _Quantity) -> tuple[float, float]:
    """A quantity of a component's lines and its u from all sources."""
    measured = fit.measured
    budget = measured.budget
    assert budget is not None  # it converged
    n = len(measured.plan.lines)
    mine = [i for i, line in enumerate(measured.plan.lines) if line.component == component]
    rows = np.array(sorted(mine, key=lambda i: measured.plan.lines[i].minor))
    values = measured.state.values
    value, by_place, by_width = quantity(values[n + rows], values[2 * n + rows])
    gradient = np.zeros(values.size)
    gradient[n + rows], gradient[2 * n + rows] = by_place, by_width
    return value, float(np.sqrt(max(gradient @ budget.total @ gradient, 0.0)))


# --- the library file -----------------------------------------------------------------------------


def library_text(standards: Sequence[MeasuredStandard], *, day: str = "") -> str:
    """Write standards as a library file, ready for ``--library``.

    Parameters
    ----------
    standards : sequence of MeasuredStandard
    day : str
        When they were fitted, as 2026-11-29.

    Raises
    ------
    StandardError
        If a species' line comes twice.
    """
    keys = [(it.core_level, it.species) for it in standards]
    for level, species in keys:
        if keys.count((level, species)) > 1:
            raise StandardError(
                f"{species} on {level} is measured twice; a library has one standard of a line: "
                "give the better file alone"
            )
    lines = ["# Standards: shapes and widths fitted on spectra of known materials."]
    for key in dict.fromkeys(it.source for it in standards):
        citation = next(it.citation for it in standards if it.source == key)
        lines += ["", f"[source.{toml_value(key)}]", 'kind = "report"']
        lines += [f"citation = {toml_value(citation)}", 'read_as = "record"']
        lines += [f"retrieved = {toml_value(day)}"] if day else []
    for it in standards:
        lines += ["", "[[standard]]", *_entry(it)]
    return "\n".join(lines) + "\n"


def _entry(it: MeasuredStandard) -> Iterator[str]:
    named = {"core_level": it.core_level, "species": it.species, "shape": it.shape}
    named |= {"instrument": it.instrument, "pass_energy": it.pass_energy}
    yield from (f"{name} = {toml_value(text)}" for name, text in named.items() if text)
    yield f"fwhm = {_value(it.fwhm, 'eV', it.source)}"
    if it.splitting is not None:
        yield f"splitting = {_value(it.splitting, 'eV', it.source)}"
    if it.minor_width is not None:
        yield f"minor_width = {_value(it.minor_width, '1', it.source)}"
    for name, value, u in it.parameters:
        yield f"parameters.{name} = {_value((value, u), '1', it.source)}"


def _value(known: tuple[float, float], unit: str, source: str) -> str:
    value, u = (float(f"{number:.6g}") for number in known)
    named = {"value": value, "u": u, "unit": unit, "status": "measured", "source": (source,)}
    return f"{{ {', '.join(f'{name} = {toml_value(it)}' for name, it in named.items())} }}"


# --- a fit with another setting -------------------------------------------------------------------


def other_setting(
    spectrum: xr.Dataset, envelope: Envelope, registry: Registry
) -> tuple[Finding, ...]:
    """Say where a fit uses a standard that was measured with another instrument or pass energy.

    Parameters
    ----------
    spectrum : Dataset
    envelope : Envelope
    registry : Registry

    Returns
    -------
    tuple of Finding
        A warning a component; nothing where either does not say.
    """
    here = _setting(spectrum)
    found: list[Finding] = []
    for component in envelope.components:
        standard = registry.standard(component.core_level, component.species)
        if standard is None or envelope.knowledge != "prior":
            continue
        there = standard.instrument, standard.pass_energy
        if not any(a and b and a != b for a, b in zip(here, there, strict=True)):
            continue
        found.append(
            Finding(
                rule="standard_setting",
                severity=Severity.WARNING,
                subject=f"{component.core_level} {component.name}",
                reported=_told(here),
                reference=_told(there),
                message=(
                    "its width and shape are known from a standard that was measured with another "
                    "setting, and widths are the instrument's; measure the standard with this one, "
                    "or leave its library out"
                ),
                sources=standard.fwhm.source,
            )
        )
    return tuple(found)


def _setting(spectrum: xr.Dataset) -> tuple[str, str]:
    """Instrument and pass energy as the file names them; what says nothing is empty."""
    instrument, pass_energy = (str(spectrum.attrs.get(name, "")).strip() for name in INSTRUMENT)
    return "" if instrument.lower() in NO_NAME else instrument, pass_energy


def _told(setting: tuple[str, str]) -> str:
    instrument, pass_energy = setting
    passed = f"pass energy {pass_energy}" if pass_energy else ""
    return ", ".join(part for part in (instrument, passed) if part)
