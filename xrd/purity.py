"""Is a powder the one phase that it should be, and how little of another could not be told.

The main phase is refined; every candidate is asked for beside it; what is found joins the model and
the rest is asked again, until nothing more is found. Then the limits: of each candidate that is not
there, how much could be without being seen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from references import load
from references.phase import Phase
from references.words import Assessment, InputError, Severity

from .candidates import best_line, candidates_of, default_candidates
from .detection import ONE_SIDED
from .examination import examine
from .fractions import fractions_of, mass_weights
from .instrument import Instrument, diffractometer
from .knowledge import Parameter
from .lattice import lattice_of
from .model import PatternModel
from .noise import counted
from .phase import phase_model
from .quantify import holder
from .refine import refine
from .search import Search
from .structure import disordered, structure
from .unexplained import unexplained_peaks
from .verdict import ALPHA2, Limits, Presence, Purity, Sought, View, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Estimate, Finding

    from .candidates import Sighting
    from .diffractometer import Diffractometer
    from .noise import Counted
    from .phase import PhaseModel
    from .refine import Refinement
    from .structure import Structure

__all__ = ["GHOSTS", "check"]

POWER = 1.06 * ONE_SIDED
"""Standard deviations above the threshold from which 95 of 100 pass it: a significance scatters by
1.06, not by 1, for each pattern is refined anew (counted on 120 patterns of another engine)."""
QUANTIFIED = 10.0
"""Standard deviations at which an amount is known to a tenth."""
SPACING = 2.5
"""Degrees between the knots of the background: a hump mistaken for a phase would be a false alarm,
and no fraction hangs on what lies under the lines."""
REACH = 0.05
"""How far the main phase's cell is looked for, relative: calculated cells are off by 4 %."""
GHOSTS = {"Cu K-beta": 1.39222, "W L-alpha": 1.47638}
"""Lines of a copper tube that a filter or a clean target would not let through [Angstrom]."""
LOST = 3.0
"""Standard deviations by counting that a found phase must keep beside the others."""
COPPER = 0.001
"""Relative difference from Cu K-alpha1 within which a tube is a copper tube."""


def check(
    measured: xr.Dataset,
    phase: Phase | Structure | str = "Li6PS5Cl",
    *,
    candidates: Sequence[Phase | Structure] | None = None,
    library: Registry | None = None,
    instrument: Instrument | None = None,
    background: xr.Dataset | None = None,
    limit: float = 0.1,
    elements: Sequence[str] = (),
    progress: Callable[[str], None] | None = None,
) -> Purity:
    """Say whether a powder is single-phase, and below which limit that cannot be told.

    Parameters
    ----------
    measured : Dataset
        A powder pattern, as :func:`xrd.read` gives it.
    phase : Phase, Structure or str
        What it should be; a string is a key of the library.
    candidates : sequence of Phase or Structure, optional
        What it may hold beside; the library's by default.
    library : Registry, optional
    instrument : Instrument, optional
    background : Dataset, optional
        A pattern of the empty holder.
    limit : float
        Mass fraction that must be seen; a candidate whose detection limit is above it is
        undecidable.
    elements : sequence of str
        Elements of the sample, where they are known: a phase with others is tentative at most.
    progress : callable, optional
        Told the name of each step.

    Returns
    -------
    Purity

    Raises
    ------
    InputError
        If the pattern has no noise or wavelength, or the phase no structure.

    Examples
    --------
    >>> from xrd.example import example
    >>> found = check(example("annealed"))
    >>> str(found.verdict), found.exit_code
    ('single_phase', 0)
    """
    library = library or load()
    tell = progress or _silent
    if isinstance(phase, str):
        phase = library.phase(phase)
    data = counted(measured)
    seen, notes = diffractometer(measured, instrument or Instrument(), library)
    main = _main(phase, seen, data)
    tell(main.name)
    named, untested = _named(candidates, library, main.name)
    examined = {_name(one): _examined(one) for one in (phase, *named)}
    broken = [
        _name(one)
        for one in named
        if any(finding.severity is Severity.ERROR for finding in examined[_name(one)])
    ]
    beneath = holder(background, data.two_theta)
    model = PatternModel.build(
        data.two_theta,
        seen,
        [main],
        exposure=data.exposure,
        beneath=beneath,
        spacing=SPACING,
    )
    first = refine(model, data.counts, reach=REACH)
    width = _width(first)
    ends = float(data.two_theta[0]), float(data.two_theta[-1])
    sound = [one for one in named if _name(one) not in broken]
    asked = candidates_of(sound, seen.wavelengths[0], ends, width)
    search = Search(asked, _ghosts(phase, seen, data, library), first, tell)
    search.run()
    return _told(
        search,
        measured=measured,
        phase=phase,
        data=data,
        notes=notes,
        untested=untested,
        broken=broken,
        own=[given for given in named if not isinstance(given, Phase)],
        examined=[finding for one in examined.values() for finding in one],
        limit=limit,
        elements=elements,
        tell=tell,
    )


def _name(given: Phase | Structure) -> str:
    return given.key if isinstance(given, Phase) else given.name


def _examined(given: Phase | Structure) -> tuple[Finding, ...]:
    """A structure of the user's is examined as the bundled ones are in their tests."""
    if not isinstance(given, Phase):
        return examine(given)
    return () if given in load().phases else examine(structure(given), given)


def _silent(_step: str) -> None:
    """Tell nobody."""


def _main(phase: Phase | Structure, seen: Diffractometer, data: Counted) -> PhaseModel:
    """Lay out the main phase, whose texture and exchange of atoms are its own affair."""
    ends = float(data.two_theta[0]), float(data.two_theta[-1])
    whole = structure(phase) if isinstance(phase, Phase) else phase
    mobile = phase.disorder if isinstance(phase, Phase) else None
    if mobile is None:
        return phase_model(whole.name, whole, seen.wavelengths[0], ends, textured=True, room=REACH)
    return phase_model(
        whole.name,
        disordered(whole, mobile, 0.0),
        seen.wavelengths[0],
        ends,
        textured=True,
        exchanged=disordered(whole, mobile, 1.0),
        exchange=Parameter(name="exchange", value=0.4, low=0.0, high=1.0, u=0.3),
        room=REACH,
    )


def _named(
    candidates: Sequence[Phase | Structure] | None, library: Registry, main: str
) -> tuple[list[Phase | Structure], list[Phase]]:
    if candidates is None:
        tested, untested = default_candidates(library, main)
        return list(tested), untested
    untested = [p for p in candidates if isinstance(p, Phase) and not p.cif]
    tested_ = [p for p in candidates if p not in untested]
    names = [_name(p) for p in tested_]
    twice = next((name for name in names if names.count(name) > 1 or name == main), None)
    if twice is not None:
        raise InputError(f"two phases are named {twice!r}; give each once, under a name of its own")
    return tested_, untested


def _ghosts(
    phase: Phase | Structure, seen: Diffractometer, data: Counted, library: Registry
) -> dict[str, tuple[PhaseModel, float]]:
    """Lay the main phase out for the tube's other lines."""
    copper, second = (library.radiation(f"Cu K-alpha{i}").quantity.best for i in (1, 2))
    if abs(seen.wavelengths[0] / copper - 1.0) > COPPER:
        return {}
    lines = GHOSTS if len(seen.wavelengths) > 1 else {ALPHA2: second, **GHOSTS}
    return {
        name: (_main(phase, replace(seen, wavelengths=(length,)), data), length)
        for name, length in lines.items()
    }


def _width(refinement: Refinement) -> float:
    from .profile import line_width

    lines = next(iter(refinement.model.lines(refinement.model.phases[0], refinement.values)))
    return float(np.median(line_width(lines.gauss, lines.lorentz)))


# --- what is told ---------------------------------------------------------------------------------


def _told(
    search: Search,
    *,
    measured: xr.Dataset,
    phase: Phase | Structure,
    data: Counted,
    notes: tuple[Finding, ...],
    untested: Sequence[Phase],
    broken: Sequence[str],
    own: Sequence[Structure],
    examined: Sequence[Finding],
    limit: float,
    elements: Sequence[str],
    tell: Callable[[str], None],
) -> Purity:
    refinement = search.refinement
    settled = refinement.assessment is Assessment.CONVERGED
    tell("lattice")
    lattice = lattice_of(search.refinement, phase) if settled else None
    tell("unexplained peaks")
    peaks = unexplained_peaks(refinement, search.residual) if settled else ()
    sought = [*_present(search, elements), *_absent(search, limit)]
    sought += [
        Sought(
            name=name,
            presence=Presence.UNDECIDABLE,
            note="its structure is not sound, see the findings",
        )
        for name in broken
    ]
    sought += [Sought(name=p.key, presence=Presence.NOT_TESTED, note=p.note) for p in untested]
    return judge(
        sample=str(measured.attrs.get("sample", "")),
        phase=phase,
        refinement=refinement,
        residual=search.residual,
        lattice=lattice,
        sought=tuple(sought),
        peaks=peaks,
        radiation=dict(search.radiation),
        threshold=search.threshold,
        noise=data.basis,
        limit=limit,
        own=own,
        examined=examined,
        notes=notes,
    )


def _to_mass(refinement: Refinement, phase: PhaseModel) -> float:
    """Mass of a phase at scale 1, for each mass of all crystalline phases that are there."""
    model = refinement.model
    there = mass_weights(model.phases, refinement)
    scales = [refinement.value(f"{p.name} scale") for p in model.phases]
    return float(mass_weights([phase])[0] / max(float(there @ scales), 1e-300))


def _share(ratio: float) -> float:
    """Mass fraction of what is so many times the mass of all else."""
    return ratio / (1.0 + ratio) if ratio > 0.0 else ratio


def _limits(search: Search, sighting: Sighting) -> Limits:
    to_mass = _to_mass(search.refinement, sighting.candidate.phase)
    needed = search.threshold + POWER
    return Limits(
        detection=_share(needed * sighting.sigma_narrow * to_mass),
        detection_broad=_share(needed * sighting.sigma_broad * to_mass),
        quantification=_share(QUANTIFIED * sighting.sigma_narrow * to_mass),
    )


def _present(search: Search, elements: Sequence[str]) -> list[Sought]:
    """Give the main phase, and what was found beside it."""
    refinement = search.refinement
    estimates = fractions_of(refinement)
    made = [
        Sought(
            name=refinement.model.phases[0].name,
            presence=Presence.MAIN,
            fraction=estimates[0],
        )
    ]
    for found, estimate in zip(search.found, estimates[1:], strict=True):
        sighting, evidence = found.sighting, found.evidence
        # Another phase may have taken its lines since.
        taken = estimate.value < LOST * _counted_u(estimate)
        strange = [e for e in sighting.candidate.elements if elements and e not in elements]
        sure = len(evidence.lines) >= 2 and not (evidence.missing or strange or taken)
        made.append(
            Sought(
                name=sighting.candidate.name,
                presence=Presence.PRESENT if sure else Presence.TENTATIVE,
                fraction=estimate,
                significance=sighting.significance,
                lines=evidence.lines,
                missing=evidence.missing,
                note=f"the sample has no {', '.join(strange)}"
                if strange
                else "other phases explain its lines as well"
                if taken
                else "",
                broadening=sighting.broadening,
                limits=_limits(search, sighting),
                guess=(estimate.value, _counted_u(estimate)),
                view=_view(search, sighting),
            )
        )
    return made


def _counted_u(estimate: Estimate) -> float:
    """Standard deviation of what differs between two patterns of one powder."""
    parts = estimate.u_parts
    return float(np.hypot(parts.counting or 0.0, parts.background or 0.0))


def _view(search: Search, sighting: Sighting) -> View:
    needed = (search.threshold + POWER) * sighting.sigma_narrow
    return View(
        two_theta=best_line(search.residual, sighting),
        column=needed * sighting.narrow * search.refinement.model.exposure,
    )


def _absent(search: Search, limit: float) -> list[Sought]:
    """Give the limits of what was not found."""
    made: list[Sought] = []
    settled = search.refinement.assessment is Assessment.CONVERGED
    unsettled = "the fit of the main phase did not settle"
    known = {found.sighting.candidate.name for found in search.found}
    for candidate in search.candidates:
        if candidate.name in known:
            continue
        sighting = search.sightings.get(candidate.name)
        if sighting is None:
            made.append(
                Sought(
                    name=candidate.name,
                    presence=Presence.UNDECIDABLE,
                    note="it has no line in the range that was measured" if settled else unsettled,
                )
            )
            continue
        limits = _limits(search, sighting)
        to_mass = _to_mass(search.refinement, candidate.phase)
        decided = limits.detection <= limit
        made.append(
            Sought(
                name=candidate.name,
                presence=Presence.NOT_DETECTED if decided else Presence.UNDECIDABLE,
                significance=sighting.significance,
                upper_limit=_share(sighting.upper * to_mass),
                note="" if decided else "its detection limit is above what must be seen",
                limits=limits,
                guess=(sighting.guess[0] * to_mass, sighting.guess[1] * to_mass),
                view=_view(search, sighting),
            )
        )
    return made
