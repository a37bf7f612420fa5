"""The regions of one sample, fitted in the order in which they inform each other.

Gallium comes before sulfur: its 3s line lies under S 2p, and what Ga 3p or Ga 2p show says how
large it must be (:mod:`xps.gallium`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from references.element import NATURAL
from references.words import Finding, InputError, Severity

from .envelope import EnvelopeError
from .fit import fit
from .gallium import GALLIUM_3S, Expected, expected_gallium_3s
from .quantify import row_dict
from .result import Fit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from references.registry import Registry

    from .envelope import Component, Envelope
    from .estimate import Intervals

__all__ = [
    "OverlappedFit",
    "RegionError",
    "elements_in",
    "find_region",
    "fit_sample",
    "gallium_notes",
    "has_gallium_3s",
    "samples_in",
    "with_gallium",
]

WINDOW_WITH_GALLIUM = (150.0, 173.0)
"""Binding energies [eV] that S 2p with Ga 3s needs: a line 2.6 eV wide under a doublet is known
apart from the background only where both of its sides are seen."""
EDGE = 0.5
"""How much of that window may be missing at an end without a word [eV]."""

_LABEL = re.compile(
    r"\s*([A-Za-z]{1,2})(?:\s*\d\s*[spdf]|\s+[KLMNO][LMNOV\d]{2}|\s*$)", re.IGNORECASE
)
"""An element before a core level, before an Auger group, or alone."""


class RegionError(InputError):
    """A region that is not in the file: what was asked for, and what is there."""


def find_region(
    spectra: Sequence[xr.Dataset], core_level: str, *, sample: str = ""
) -> tuple[xr.Dataset, ...]:
    """Give the spectra whose label names a core level.

    Parameters
    ----------
    spectra : sequence of Dataset
        As read from a file.
    core_level : str
        For instance ``"S 2p"``; blanks and case do not matter, and ``"S 2p scan 3"`` matches.
    sample : str
        Only this sample, where given.

    Raises
    ------
    RegionError
        If there is none; the message lists what the file holds.
    """
    chosen = [s for s in spectra if not sample or s.attrs.get("sample") == sample]
    if not chosen:
        there = ", ".join(repr(name) for name in samples_in(spectra))
        raise RegionError(
            f"no sample {sample!r} in the file; it holds {there or 'no named sample'}"
        )
    wanted = _squeezed(core_level)
    found = [s for s in chosen if _names(str(s.attrs.get("region", "")), wanted)]
    if not found and len(chosen) == 1 and not chosen[0].attrs.get("region"):
        return tuple(chosen)
    if not found:
        there = ", ".join(dict.fromkeys(str(s.attrs.get("region", "?")) for s in chosen))
        raise RegionError(
            f"no region {core_level!r} in the file; it holds {there}: "
            "name one of these with --region"
        )
    return tuple(found)


def _squeezed(label: str) -> str:
    return "".join(label.split()).lower()


def _names(label: str, wanted: str) -> bool:
    squeezed = _squeezed(label)
    rest = squeezed.removeprefix(wanted)
    return squeezed.startswith(wanted) and not rest[:1].isdigit()


def samples_in(spectra: Sequence[xr.Dataset]) -> tuple[str, ...]:
    """Give the names of the samples in a file, in order."""
    return tuple(dict.fromkeys(str(s.attrs.get("sample", "")) for s in spectra))


def elements_in(spectra: Sequence[xr.Dataset]) -> tuple[str, ...]:
    """Give the elements that the regions' labels name, in order."""
    found: dict[str, None] = {}
    for spectrum in spectra:
        named = _LABEL.match(str(spectrum.attrs.get("region", "")))
        symbol = named.group(1).capitalize() if named else ""
        if symbol and symbol in NATURAL:
            found[symbol] = None
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OverlappedFit(Fit):
    """A fit with another element's line in its model, and what it would be without.

    Attributes
    ----------
    overlap : str
        The component that lies under the level, ``"Ga 3s"``.
    without : Fit
        The same spectrum fitted without it, to compare; not the fit to quote.
    """

    overlap: str
    without: Fit = field(repr=False)

    def to_dict(self) -> dict[str, object]:
        """Give the result as JSON-ready values, with the fractions under ``without``."""
        compared = {
            "component": self.overlap,
            "assessment": str(self.without.assessment),
            "fractions": [row_dict(row) for row in self.without.fractions],
        }
        return Fit.to_dict(self) | {"without": compared}


def fit_sample(
    jobs: Sequence[tuple[xr.Dataset, Envelope]],
    registry: Registry,
    *,
    intervals: Intervals = "auto",
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> tuple[Fit, ...]:
    """Fit the regions of one sample.

    Parameters
    ----------
    jobs : sequence of (Dataset, Envelope)
        Spectra with their recipes.
    registry : Registry
    intervals, seed
        As in :func:`xps.fit`.
    progress : callable
        Told each region when it begins.

    Returns
    -------
    tuple of Fit
        In the order of ``jobs``. An S 2p fit with Ga 3s in its model takes its size from Ga 3p, or
        else Ga 2p, where that was fitted, and is an :class:`OverlappedFit` that holds what each
        species would be without it.
    """
    done: dict[int, Fit] = {}
    for index in sorted(range(len(jobs)), key=lambda i: has_gallium_3s(jobs[i][1])):
        spectrum, envelope = jobs[index]
        if progress is not None:
            progress(envelope.region)
        if not has_gallium_3s(envelope):
            done[index] = fit(spectrum, envelope, registry=registry, intervals=intervals, seed=seed)
            continue
        others = [(jobs[i][0], found) for i, found in done.items()]
        expected = expected_gallium_3s(spectrum, others, registry)
        informed = with_gallium(envelope, expected)
        with_it = replace(
            fit(spectrum, informed, registry=registry, intervals=intervals, seed=seed),
            given=envelope,
        )
        notes = gallium_notes(with_it, expected)
        try:
            bare = fit(
                spectrum,
                _without_gallium(informed),
                registry=registry,
                intervals=intervals,
                seed=seed,
            )
        except InputError:  # nothing is left, or a species is tied to Ga 3s: nothing to compare
            done[index] = replace(with_it, findings=(*with_it.findings, *notes))
            continue
        done[index] = _overlapped(with_it, bare, (*_overlap(with_it, bare), *notes))
    return tuple(done[i] for i in range(len(jobs)))


def has_gallium_3s(envelope: Envelope) -> bool:
    """Whether Ga 3s is in a recipe as an overlap."""
    return any(c.core_level == GALLIUM_3S and c.role == "overlap" for c in envelope.components)


def with_gallium(envelope: Envelope, expected: Expected | None) -> Envelope:
    """Give Ga 3s the area that is expected of it, unless the recipe says one."""
    if expected is None or not expected.u > 0:
        return envelope
    told = f"{expected.area!r} +- {expected.u!r}"

    def informed(component: Component) -> Component:
        if component.core_level != GALLIUM_3S or component.area != "":
            return component
        return component.model_copy(update={"area": told})

    return envelope.model_copy(
        update={"components": tuple(informed(c) for c in envelope.components)}
    )


def _without_gallium(envelope: Envelope) -> Envelope:
    kept = tuple(c for c in envelope.components if c.core_level != GALLIUM_3S)
    if not kept:
        raise EnvelopeError(f"{envelope.region}: nothing but {GALLIUM_3S} is in the recipe")
    return envelope.model_copy(update={"components": kept})


def _overlapped(with_it: Fit, without: Fit, notes: Sequence[Finding]) -> OverlappedFit:
    known = {f.name: getattr(with_it, f.name) for f in fields(with_it)}
    known["findings"] = (*with_it.findings, *notes)
    return OverlappedFit(**known, overlap=GALLIUM_3S, without=without)


def gallium_notes(with_it: Fit, expected: Expected | None) -> tuple[Finding, ...]:
    """Say of a fit with Ga 3s what its size rests on, and whether the data reach far enough."""
    return (*_size(with_it, expected), *_window(with_it))


def _size(with_it: Fit, expected: Expected | None) -> tuple[Finding, ...]:
    """Say what the size of Ga 3s rests on."""
    own = [c for c in with_it.envelope.components if c.core_level == GALLIUM_3S]
    if expected is None:
        told = [c.area for c in own if c.area != ""]
        if told:
            return ()
        return (
            Finding(
                rule="overlap_size",
                severity=Severity.INFO,
                subject=f"{with_it.region} {GALLIUM_3S}",
                message=(
                    "no other gallium line tells how large Ga 3s is, so that it and a species "
                    "beneath it can trade area; fit Ga 3p, or Ga 2p, of the same sample with it"
                ),
            ),
        )
    area = sum(line.area.value for line in with_it.lines if line.line == GALLIUM_3S)
    factor = with_it.area_factor
    return (
        Finding(
            rule="overlap_size",
            severity=Severity.INFO,
            subject=f"{with_it.region} {GALLIUM_3S}",
            reported=f"{area:.4g} {with_it.lines[0].area_unit}",
            reference=f"{factor * expected.area:.4g} +- {factor * expected.u:.2g}",
            message=(
                f"what is known of the size of Ga 3s: {expected.ratio:.3f} of "
                f"{expected.witness} of the same sample"
            ),
            sources=expected.sources,
        ),
    )


def _window(with_it: Fit) -> tuple[Finding, ...]:
    """Say where the data show only a part of what Ga 3s under S 2p needs."""
    low, high = float(with_it.curves.energy[0]), float(with_it.curves.energy[-1])
    least, most = WINDOW_WITH_GALLIUM
    if low <= least + EDGE and high >= most - EDGE:
        return ()
    return (
        Finding(
            rule="overlap_window",
            severity=Severity.INFO,
            subject=f"{with_it.region} {GALLIUM_3S}",
            reported=f"{low:.1f} to {high:.1f} eV",
            reference=f"{least:g} to {most:g} eV",
            message=(
                "the fitted data cover only a part of what a line as broad as Ga 3s needs; its "
                "area, the background and what lies between can trade: record a wider region"
            ),
        ),
    )


def _overlap(with_it: Fit, without: Fit) -> tuple[Finding, ...]:
    """Say what Ga 3s does to each species of the level."""
    bare = {row.subject: row.estimate for row in without.fractions}
    found: list[Finding] = []
    for row in with_it.fractions:
        other = bare.get(row.subject)
        if other is None:
            continue
        moved = row.estimate.value - other.value
        u = row.estimate.u or row.estimate.u_parts.total
        found.append(
            Finding(
                rule="overlap",
                severity=Severity.WARNING if u and abs(moved) > 2 * u else Severity.INFO,
                subject=f"{row.denominator} {row.subject}",
                reported=f"{100 * row.estimate.value:.2f} % with Ga 3s in the model",
                reference=f"{100 * other.value:.2f} % without",
                deviation=f"{100 * moved:+.2f} %",
                message=(
                    "Ga 3s lies under S 2p (160.7-161.0 eV); the fraction with it in the model is "
                    "the one to quote"
                ),
                sources=("schoen1973",),
            )
        )
    return tuple(found)
