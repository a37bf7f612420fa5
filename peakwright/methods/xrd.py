"""How powder patterns were examined, from the documents of ``xrd check, compare, quantify``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from references.words import Estimate, Kind
from xrd.search import ALARM

from .asked import files_of, is_recorded, option, words
from .given import estimate, finite, items, many, number, part, text
from .prose import count, listed, sentence, spelt, with_u
from .sources import library_of
from .table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .citing import Cited
    from .table import Cell

__all__ = [
    "check",
    "check_table",
    "compare",
    "compare_table",
    "of_recipe",
    "quantify",
    "quantify_table",
]

TESTED = {"present", "tentative", "not_detected", "undecidable"}
MEANINGS = {
    "single_phase": "no other phase was seen, and every candidate that could be tested would have "
    "been seen at the required limit; this does not speak of amorphous matter, nor of phases that "
    "were not asked for and have no line of their own",
    "impurity": "at least one second crystalline phase was seen",
    "unidentified": "lines were seen that no phase asked for explains",
    "wrong_phase": "the pattern is not that of the phase it should be",
    "undecidable": "the pattern cannot tell: more than the required limit of some phase could be "
    "there unseen, or what would decide is missing",
}
MODEL = (
    "the whole pattern was modelled as the phases' lines, their intensities by their structures, "
    "on a smooth spline"
)

LIKELIHOOD = (
    "and its parameters were found by maximum Poisson likelihood, of counts or of what an "
    "intensity stands for by its stated uncertainty"
)
SEEN = (
    "A candidate counts as seen above so many standard deviations that some candidate is seen in "
    f"{100 * ALARM:g} of 100 pure powders at most, however many are asked for."
)


def check(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on a purity check."""
    return [
        *_measured(document, document, cited),
        *_model([document], [""]),
        *_candidates(document, document, cited),
        *_limits(document, [document], [""]),
        *_outcomes([document], [""]),
        _basis(),
    ]


def compare(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on two patterns of one powder."""
    both, names = [part(document, side) for side in ("a", "b")], _names(document)
    found = [
        *_measured(document, both[0], cited),
        *_model(both, names),
        *_candidates(document, both[0], cited),
        *_limits(document, both, names),
        *_outcomes(both, names),
    ]
    stretch, u = number(document, "lattice_stretch"), number(document, "lattice_stretch_u")
    if stretch is not None:
        change = with_u(1e6 * stretch, None if u is None else 1e6 * u, "ppm")
        found.append(f"From {names[0]} to {names[1]} the lattice changed by {change}.")
    return [*found, _basis()]


def _names(document: Mapping[str, Any]) -> list[str]:
    """What two patterns are called: their files and the letters of the table."""
    files = [text(one, "path") for one in items(document, "inputs")]
    letters = "AB"
    if len(files) < 2 or not all(files[:2]):
        return [f"pattern {letter}" for letter in letters]
    return [f"{file} ({letter})" for file, letter in zip(files[:2], letters, strict=True)]


def quantify(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on mass fractions of a mixture."""
    names = [text(one, "phase") for one in items(document, "phases")]
    standard = part(document, "standard")
    found = [
        *_measured(document, document, cited),
        *_model([document], [""]),
        sentence(
            f"mass fractions of {listed(names)} follow from their scale factors times Z M V",
            f"(structures{_structures(document, names, cited)})",
        ),
    ]
    if share := number(standard, "mass_fraction"):
        name = text(standard, "phase")
        found.append(
            f"{name} was added as an internal standard, {100 * share:.4g} % of the mass, so that "
            "what has no lines is told as amorphous."
        )
    if radius := number(document, "grain_radius_um"):
        found.append(
            f"Microabsorption was corrected for grains of {radius:g} um radius (after Brindley)."
        )
    found.append(_parts([items(document, "phases")]))
    return [*found, _basis()]


def of_recipe(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on what the recipe of a batch asks of every pattern."""
    recipe = part(document, "recipe")
    main, asked = text(recipe, "phase"), words(recipe.get("candidates"))
    return [
        *_measured(document, {}, cited),
        sentence(MODEL, LIKELIHOOD),
        sentence(f"the powder should be {main}{_structures(document, [main], cited)}")
        if main
        else "",
        *_asked_for(document, main, asked, cited),
        SEEN,
        *_limits(document),
        _basis(),
    ]


def _asked_for(
    document: Mapping[str, Any], main: str, asked: Sequence[str], cited: Cited
) -> list[str]:
    """The candidates of a recipe; those of the library by their names, where it is known."""
    from xrd.candidates import default_candidates

    registry = library_of(document)
    tested = [name for name in asked if name not in {"default", "none"}]
    without: list[str] = []
    if "default" in asked:
        if registry is None:
            tested = ["those that the library has for this chemistry", *tested]
        else:
            known, unknown = default_candidates(registry, main)
            tested = [*(phase.key for phase in known), *tested]
            without = [phase.key for phase in unknown]
    if not tested:
        return ["No candidate was asked for beside it."]
    found = [
        sentence(
            f"the candidates asked for beside it were {listed(tested)}"
            f"{_structures(document, tested, cited)}"
        )
    ]
    if without:
        found.append(_untested(without))
    return found


def _untested(names: Sequence[str]) -> str:
    noun = count(len(names), "phase")
    return sentence(f"{noun} could not be tested for want of a structure: {listed(names)}")


# --- the pattern and the model --------------------------------------------------------------------


def _measured(document: Mapping[str, Any], refined: Mapping[str, Any], cited: Cited) -> list[str]:
    """Radiation, geometry, and what the diffractometer adds."""
    seen = part(document, "recipe", "instrument")
    radiation = text(seen, "radiation") or "".join(words(option(document, "radiation"))[:1])
    told = [_radiation(document, refined, radiation, cited)]
    if geometry := text(seen, "geometry"):
        told.append(f"in {geometry} geometry")
    if (angle := number(seen, "monochromator_two_theta_deg")) is not None:
        told.append(f"with a monochromator at {angle:g} degrees 2 theta")
    if radius := number(seen, "radius_mm"):
        told.append(f"at a goniometer radius of {radius:g} mm")
    found = [sentence(", ".join(told))]
    own = files_of(option(document, "instrument")) if not seen else []
    if part(seen, "profile"):
        found.append("The instrument's line profile was that of a standard.")
    elif own:
        found.append(f"The diffractometer was described by {listed(own)}.")
    empty = option(document, "background_file")
    name = text({"name": empty}, "name") or "".join(files_of(empty))
    if name:
        found.append(f"The pattern of the empty holder ({name}) was part of the model.")
    return found


def _radiation(
    document: Mapping[str, Any], refined: Mapping[str, Any], name: str, cited: Cited
) -> str:
    """The radiation by its name and its wavelengths, as far as they are known."""
    lengths = [
        f"{one:.7g}"
        for one in many(part(refined, "profile").get("wavelengths_A"))
        if isinstance(one, (int, float))
    ]
    noun = "wavelength" if len(lengths) == 1 else "wavelengths"
    known = f"{noun} {listed(lengths)} Angstrom" if lengths else ""
    if name:
        sources = _radiation_sources(document, name, cited)
        return f"the radiation was {name}{sources}{f' ({known})' if known else ''}"
    if known:
        return f"the radiation had the {known}"
    return "the radiation is not recorded in the result"


def _radiation_sources(document: Mapping[str, Any], name: str, cited: Cited) -> str:
    """Sources of the wavelengths of a tube's lines that the name leads to."""
    registry = library_of(document)
    if registry is None:
        return ""
    element = name.replace("-", " ").split()[0] if name.split() else ""
    keys = [
        key
        for line in registry.radiations
        if element.isalpha() and line.key.startswith(f"{element} K")
        if line.quantity.unit == "Angstrom"
        for key in line.quantity.source
    ]
    return cited(keys)


def _model(refined: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """What was refined by which statistic, and how well it fits."""
    profiles = [part(one, "profile") for one in refined]
    noises = listed(text(profile, "noise") for profile in profiles)
    statistic = (
        "and its parameters were found by maximum Poisson likelihood"
        if noises == "Poisson counts"
        else f"and its parameters by maximum likelihood with {noises or 'unrecorded'} noise"
    )
    fits = [
        f"R_wp was {100 * r_wp:.2f} % and the goodness of fit {gof:.2f}{_for(name)}"
        for profile, name in zip(profiles, names, strict=True)
        if (r_wp := number(profile, "r_wp")) is not None
        and (gof := number(profile, "gof")) is not None
    ]
    moved = [
        f"{with_u(shift, number(profile, 'displacement_u_mm'), 'mm')}{_for(name)}"
        for profile, name in zip(profiles, names, strict=True)
        if (shift := number(profile, "displacement_mm")) is not None
    ]
    found = [sentence(MODEL, statistic), sentence("; ".join(fits))]
    if moved:
        found.append(sentence(f"the displacement of the sample was refined to {listed(moved)}"))
    lost = [
        f"{spelt(told)}{_for(name)}"
        for profile, name in zip(profiles, names, strict=True)
        if (told := text(profile, "assessment")) not in {"", "converged"}
    ]
    if lost:
        found.append(sentence(f"the refinement did not converge: {listed(lost)}"))
    return found


def _for(name: str) -> str:
    """Which of several patterns is meant; nothing where there is one."""
    return f" for {name}" if name else ""


def _candidates(document: Mapping[str, Any], judged: Mapping[str, Any], cited: Cited) -> list[str]:
    """The main phase, the candidates, and those that could not be tested."""
    phases = items(judged, "phases")
    main = [text(one, "phase") for one in phases if text(one, "presence") == "main"]
    tested = [text(one, "phase") for one in phases if text(one, "presence") in TESTED]
    without = [text(one, "phase") for one in phases if text(one, "presence") == "not_tested"]
    found = [sentence(f"the powder should be {listed(main)}{_structures(document, main, cited)}")]
    if tested:
        noun = count(len(tested), "candidate")
        verb = "was" if len(tested) == 1 else "were"
        found.append(
            sentence(
                f"{noun} {verb} asked for beside it: {listed(tested)}"
                f"{_structures(document, tested, cited)}"
            )
        )
    else:
        found.append("No candidate was asked for beside it.")
    own = [
        name
        for option_name in ("phase", "candidates")
        for name in words(option(document, option_name))
        if name.lower().endswith(".cif")
    ]
    if own:
        found.append(sentence(f"structures of the user's own were taken from {listed(own)}"))
    if without:
        found.append(_untested(without))
    return found


def _structures(document: Mapping[str, Any], names: Sequence[str], cited: Cited) -> str:
    registry = library_of(document)
    if registry is None:
        return ""
    known = {phase.key: phase for phase in registry.phases}
    return cited(key for name in names if name in known for key in known[name].source)


def _limits(
    document: Mapping[str, Any],
    judged: Sequence[Mapping[str, Any]] = (),
    names: Sequence[str] = (),
) -> list[str]:
    """When a candidate counts as seen, and what the limits mean."""
    thresholds: dict[str, list[str]] = {}
    for one, name in zip(judged, names, strict=True):
        if (sigma := number(one, "threshold_sigma")) is not None:
            thresholds.setdefault(f"{sigma:.2f}", []).append(name)
    above = listed(
        f"{sigma} standard deviations{_for(listed(mine)) if len(thresholds) > 1 else ''}"
        for sigma, mine in thresholds.items()
    )
    required = finite(option(document, "limit", "limit_percent"))
    found: list[str] = []
    if above:
        found.append(
            f"A candidate counts as seen above {above}, which allows for how many were asked for."
        )
    found.append(
        "Detection limits are the mass fractions that would be seen in 95 of 100 such patterns, "
        "with lines as wide as the main phase's; upper limits are one-sided at 95 %."
    )
    default = "10 % (the default)" if is_recorded(document) else "a limit that is not recorded"
    at_least = default if required is None else f"{required:g} %"
    found.append(f"What could hide more than {at_least} of the mass makes the verdict undecidable.")
    return found


def _outcomes(judged: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """The verdicts and what they mean, the lattice, the fractions' uncertainty.

    What holds of all patterns is said once.
    """
    verdicts: dict[str, list[str]] = {}
    for one, name in zip(judged, names, strict=True):
        verdicts.setdefault(_verdict(one), []).append(name)
    found = [
        sentence(f"the verdict{_on(mine)} was {verdict}") for verdict, mine in verdicts.items()
    ]
    lattices = [
        f"{lattice}{_for(name)}"
        for one, name in zip(judged, names, strict=True)
        if (lattice := _lattice(one))
    ]
    if lattices:
        found.append(sentence(f"the lattice was refined to {'; '.join(lattices)}"))
    for one, name in zip(judged, names, strict=True):
        seen = [
            f"{line} ({100 * share:.2g} % of K-alpha1)"
            for line, given in part(one, "radiation").items()
            if (share := finite(given)) is not None
        ]
        if seen:
            found.append(
                sentence(f"further lines of the tube were seen{_for(name)}:", listed(seen))
            )
    return [*found, _parts([items(one, "phases") for one in judged])]


def _on(names: Sequence[str]) -> str:
    return f" on {listed(names)}" if any(names) else ""


def _verdict(judged: Mapping[str, Any]) -> str:
    """A verdict and what it means."""
    verdict = text(judged, "verdict")
    meaning = MEANINGS.get(verdict, "its meaning is not recorded")
    present = [
        text(one, "phase") for one in items(judged, "phases") if text(one, "presence") == "present"
    ]
    meaning += f": {listed(present)}" if present and verdict == "impurity" else ""
    return f"{spelt(verdict) or 'not recorded'}: {meaning}"


def _lattice(judged: Mapping[str, Any]) -> str:
    """The lattice of the main phase, and whether it is where it is known to be."""
    axes = [
        f"{text(axis, 'axis')} = {with_u(value, number(axis, 'u'), _unit(text(axis, 'axis')))}"
        for axis in items(part(judged, "lattice"), "axes")
        if (value := number(axis, "value")) is not None
    ]
    inside: object = part(judged, "lattice").get("inside")
    where = "inside" if inside is True else "outside" if inside is False else ""
    band = f" ({where} the known band)" if where and axes else ""
    return f"{listed(axes)}{band}"


def _unit(axis: str) -> str:
    return "Angstrom" if axis in {"a", "b", "c"} else "degrees"


PARTS = {
    "counting": "counting",
    "misfit": "how far lines of a real phase differ from its structure's",
    "background": "the background",
    "constraints": "what is held or weakly known",
}


def _parts(phases: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    used = [
        told
        for name, told in PARTS.items()
        if any(number(part(one, "u_parts"), name) for these in phases for one in these)
    ]
    return sentence("standard uncertainties u of fractions include", listed(used)) if used else ""


def _basis() -> str:
    return (
        "Mass fractions are of the modelled crystalline phases alone. The tube's settings, the "
        "step and the counting time are not recorded in the result and have to be added."
    )


# --- tables ---------------------------------------------------------------------------------------

PHASE_COLUMNS = (
    Column(title="phase"),
    Column(title="presence"),
    Column(title="mass fraction", of="estimate", percent=True),
    Column(title="significance", unit="sigma", of="number", digits=2),
    Column(title="detection limit", of="number", percent=True, limit=True),
)
CELL = ("a", "b", "c", "alpha", "beta", "gamma")


def check_table(document: Mapping[str, Any]) -> Table:
    """Give a row for each phase: presence, fraction or limit, detection limit, lattice."""
    axes = _axes([document])
    columns = (*PHASE_COLUMNS, *_axis_columns(axes))
    return Table(columns=columns, rows=tuple(_phase_rows(document, axes)))


def compare_table(document: Mapping[str, Any]) -> Table:
    """Give a row for each phase and pattern, and what changed."""
    changes = {text(one, "phase"): spelt(text(one, "change")) for one in items(document, "changes")}
    rows: list[tuple[Cell, ...]] = []
    axes = _axes([part(document, side) for side in ("a", "b")])
    for side in ("a", "b"):
        rows += [
            (side.upper(), *row, changes.get(str(row[0]), ""))
            for row in _phase_rows(part(document, side), axes)
        ]
    columns = (
        Column(title="pattern"), *PHASE_COLUMNS, *_axis_columns(axes), Column(title="change")
    )  # fmt: skip
    return Table(columns=columns, rows=tuple(rows))


def _axes(judged: Sequence[Mapping[str, Any]]) -> list[str]:
    """The axes of the main phases' lattices, each once."""
    axes = [text(axis, "axis") for one in judged for axis in items(part(one, "lattice"), "axes")]
    return [axis for axis in dict.fromkeys(axes) if axis]


def _axis_columns(axes: Sequence[str]) -> list[Column]:
    return [Column(title=axis, unit=_unit(axis), of="estimate") for axis in axes]


def _phase_rows(judged: Mapping[str, Any], axes: Sequence[str]) -> list[tuple[Cell, ...]]:
    """A row for each phase; the lattice is the main phase's."""
    lattice = {text(axis, "axis"): axis for axis in items(part(judged, "lattice"), "axes")}
    return [
        (
            text(one, "phase"),
            spelt(text(one, "presence")),
            _fraction(one),
            number(one, "significance"),
            number(one, "detection_limit"),
            *(
                estimate(lattice.get(axis)) if text(one, "presence") == "main" else None
                for axis in axes
            ),
        )
        for one in items(judged, "phases")
    ]


def quantify_table(document: Mapping[str, Any]) -> Table:
    """Give a row for each phase: mass fraction, share of the intensity, cell."""
    columns = (
        Column(title="phase"),
        Column(title="mass fraction", of="estimate", percent=True),
        Column(title="share of intensity", of="number", percent=True, digits=3),
        *(Column(title=axis, unit=_unit(axis), of="number") for axis in CELL),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in items(document, "phases"):
        cell = [finite(given) for given in many(one.get("cell_A_deg"))]
        known = cell if len(cell) == len(CELL) else [None] * len(CELL)
        rows.append((text(one, "phase"), _fraction(one), number(one, "intensity_share"), *known))
    amorphous = part(document, "amorphous")
    if amorphous:
        rows.append(("amorphous", _of(amorphous, "value"), None, *[None] * len(CELL)))
    return Table(columns=columns, rows=tuple(rows))


def _fraction(one: Mapping[str, Any]) -> Estimate | None:
    """The mass fraction of a phase, or its upper limit."""
    limit = number(one, "upper_limit")
    if number(one, "crystalline_mass_fraction") is not None:
        return _of(one, "crystalline_mass_fraction")
    if limit is None:
        return None
    return Estimate(value=0.0, high=limit, level=0.95, kind=Kind.UPPER_LIMIT)


def _of(one: Mapping[str, Any], name: str) -> Estimate | None:
    # What is modelled alone is all of the mass: nothing was measured.
    alone = number(one, name) == 1.0 and not number(one, "u")
    given = {**one, "value": one.get(name)}
    return estimate(given | {"kind": Kind.FIXED} if alone else given)
