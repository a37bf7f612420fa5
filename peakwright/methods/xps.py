"""How XPS spectra were fitted, from the document of ``xps fit`` or ``xps joint``."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from references.words import Kind

from . import xps_constraints, xps_joint
from .given import items, many, number, part, text
from .prose import count, listed, sentence, spelt, with_u

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .citing import Cited

__all__ = [
    "BASES",
    "GIVEN",
    "NOT_RECORDED",
    "SPLIT",
    "envelope_of",
    "model_of",
    "paragraph",
    "scale",
    "without_keys",
]

STATISTICS = {
    "poisson": "counts were taken as Poisson distributed and the Poisson likelihood was maximised",
    "sqrt_counts": "the squared residuals, each weighted by 1/counts, were minimised",
    "unweighted": "the unweighted squared residuals were minimised",
    "sigma": "the squared residuals, weighted by the stated uncertainties, were minimised",
}
SHAPES = {
    "gaussian": "Gaussian",
    "lorentzian": "Lorentzian",
    "pseudo_voigt": "pseudo-Voigt (sum of areas)",
    "gl_sum": "Gauss-Lorentz sum (SGL)",
    "gl_product": "Gauss-Lorentz product (GL)",
    "voigt": "Voigt",
    "la": "asymmetric Lorentzian (LA)",
    "doniach_sunjic": "Doniach-Sunjic",
    "mahan": "asymmetric Mahan",
}
KINDS = {
    "shirley": "Shirley",
    "tougaard": "Tougaard",
    "linear": "linear",
    "constant": "constant",
}
PARTS = {
    "counting": "counting statistics",
    "misfit": "structure in the residuals and the choice of line shape",
    "background": "the choice of background",
    "constraints": "held or weakly known constants",
    "sensitivity": "sensitivity factors, attenuation and transmission",
}
BASES = {
    "within_level": "of the area of their core level",
    "area_levels": "of the summed areas, without sensitivity factors,",
    "atomic": "of the atoms",
    "atomic_all": "of all atoms seen",
}

SPLIT = (
    "The share that the electrolyte's own lattice must hold was subtracted to give what lies "
    "beyond it."
)
GIVEN = "given shift"
"""How the reference of a shift begins that the user gave without one."""
NOT_RECORDED = (
    "The excitation energy, the pass energy and the spectrometer are not recorded in the result "
    "and have to be added."
)


def paragraph(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on fits of core levels."""
    fits = items(document, "fits")
    envelopes = [envelope_of(fit, document) for fit in fits]
    return [
        _what(fits, joint="shared" in document),
        *model_of(_once(envelopes)),
        *xps_constraints.sentences(document, fits, envelopes, cited),
        *xps_joint.sentences(document),
        _charge(fits, cited),
        *_outcome(fits),
        *_uncertainty(document, fits),
        *_fractions(document, cited),
        _excitation(fits),
    ]


def _excitation(fits: Sequence[Mapping[str, Any]]) -> str:
    """What is known of the excitation, and what has to be added."""
    found = {fit.get("photon_energy_eV") for fit in fits}
    known = found.pop() if len(found) == 1 else None
    if not isinstance(known, (int, float)) or isinstance(known, bool):
        return NOT_RECORDED
    return (
        f"The excitation energy was {known:g} eV; the pass energy and the spectrometer are not "
        "recorded in the result and have to be added."
    )


def envelope_of(fit: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the part of the recipe that a fit followed; an empty one where it is not told."""
    envelopes = items(part(document, "recipe"), "envelope")
    place = fit.get("envelope")
    if isinstance(place, int) and 0 <= place < len(envelopes):
        return envelopes[place]
    mine = [one for one in envelopes if text(one, "region") == text(fit, "region")]
    return mine[0] if mine else part(None)


def _what(fits: Sequence[Mapping[str, Any]], *, joint: bool) -> str:
    """Which regions of which samples."""
    by_sample: dict[str, list[str]] = {}
    for fit in fits:
        by_sample.setdefault(text(fit, "sample"), []).append(text(fit, "region"))
    told: list[str] = []
    for sample, regions in by_sample.items():
        times = Counter(regions)
        names = listed(f"{name} ({count(n, 'spectrum', 'spectra')})" if n > 1 else name
                       for name, n in times.items())  # fmt: skip
        told.append(f"{names} of {sample}" if sample else names)
    if not told:
        return "The result holds no fit."
    noun = "region" if len(fits) == 1 else "regions"
    way = "together, as one model" if joint else "by envelopes of lines over a background"
    return sentence(
        f"the {noun} {listed(told)}", "was" if len(fits) == 1 else "were", f"fitted {way}"
    )


def model_of(envelopes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give the sentences on statistic, background, range and line shapes of envelopes."""
    regions = [text(envelope, "region") for envelope in envelopes]
    statistics = [_statistic(text(envelope, "statistic")) for envelope in envelopes]
    grounds = [_background(part(envelope, "background")) for envelope in envelopes]
    windows = [_window(envelope.get("window")) for envelope in envelopes]
    return [
        sentence(_by(regions, statistics)),
        sentence("the background was", _by(regions, grounds)),
        sentence("the fitted range was", _by(regions, windows)),
        _shapes(envelopes),
    ]


def _window(given: Any) -> str:
    ends = _pair(given)
    return f"{ends[0]:g} to {ends[1]:g} eV" if len(ends) == 2 else "the whole spectrum"


def _statistic(name: str) -> str:
    return STATISTICS.get(name, f"the objective was {name or 'not recorded'}")


def _background(given: Mapping[str, Any]) -> str:
    kind, mode = text(given, "kind"), text(given, "mode")
    if not kind:
        return "not recorded"
    name = KINDS.get(kind, kind)
    if mode == "static":
        ends = number(given, "end_points")
        told = f" (ends averaged over {ends:g} channels)" if ends else ""
        return f"a static {name} background{told}, computed from the data and held"
    sloped = " with a free slope" if given.get("slope") and kind in {"shirley", "tougaard"} else ""
    kernel = [
        f"{value:g}" for value in many(given.get("kernel")) if isinstance(value, (int, float))
    ]
    of_kernel = f" (kernel {', '.join(kernel)})" if kernel else ""
    return f"an active {name} background{of_kernel}{sloped}, fitted together with the lines"


def _once(envelopes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for envelope in envelopes:
        if envelope and envelope not in found:
            found.append(envelope)
    return found


def _shapes(envelopes: Sequence[Mapping[str, Any]]) -> str:
    """Line shapes; the most frequent is told for all, the others with their components."""
    by_shape: dict[str, list[str]] = {}
    for envelope in envelopes:
        for component in items(envelope, "components"):
            name = f"{text(component, 'name')} ({text(envelope, 'region')})"
            by_shape.setdefault(text(component, "shape"), []).append(name)
    if not by_shape:
        return ""
    ranked = sorted(by_shape, key=lambda shape: -len(set(by_shape[shape])))
    first, rest = ranked[0], ranked[1:]
    lead = f"lines were {_shape(first)} functions"
    if not rest:
        return sentence(lead)
    others = [f"{_shape(shape)} functions for {listed(by_shape[shape])}" for shape in rest]
    return sentence(f"{lead}, but {listed(others)}")


def _shape(name: str) -> str:
    return SHAPES.get(name, spelt(name) or "unrecorded")


def _charge(fits: Sequence[Mapping[str, Any]], cited: Cited) -> str:
    """How the energy scale stands; each way of it once."""
    told: dict[str, list[str]] = {}
    keys: list[str] = []
    for fit in fits:
        charge = part(fit, "charge")
        shift, u = number(charge, "shift_eV"), number(charge, "shift_u_eV")
        reference, named = without_keys(text(charge, "reference"))
        keys += named
        told.setdefault(scale(shift, u, reference), []).append(text(fit, "region"))
    if not told:
        return ""
    if len(told) == 1:
        return sentence(f"{next(iter(told))}{cited(keys)}")
    ways = [f"for {listed(regions)} {way}" for way, regions in told.items()]
    return sentence(f"{'; '.join(ways)}{cited(keys)}")


def scale(shift: float | None, u: float | None, reference: str) -> str:
    """Say where binding energies stand; no shift, or a reference that begins as ``GIVEN``."""
    if shift is None or (shift == 0 and not reference):
        return "no charge reference was declared: binding energies stand as the file has them"
    if reference.startswith(GIVEN):
        known = (
            with_u(shift, u, "eV") if u else f"{shift:+.3f} eV, the uncertainty of which is unknown"
        )
        return f"binding energies were shifted by {known}, as the user gave it"
    by = f"to {reference}" if reference else "by a shift that was given"
    if u:
        return (
            f"binding energies were referenced {by} (shift {with_u(shift, u, 'eV')}; this "
            "uncertainty is common to all lines and is not part of theirs)"
        )
    return f"binding energies were referenced {by} (shift {shift:+.3f} eV, its u unknown)"


def without_keys(reference: str) -> tuple[str, list[str]]:
    """Part a charge reference from the keys of its sources, which stand at its end.

    Examples
    --------
    >>> without_keys("C 1s C-C = 284.8 eV (thermo-xps)")
    ('C 1s C-C = 284.8 eV', ['thermo-xps'])
    """
    from references import load

    found = re.fullmatch(r"(.*?)\s*\(([^()]*)\)", reference)
    known = {source.key for source in load().sources}
    keys = [key.strip() for key in found[2].split(",")] if found else []
    if found and keys and all(key in known for key in keys):
        return found[1], keys
    return reference, []


def _outcome(fits: Sequence[Mapping[str, Any]]) -> list[str]:
    """How well it fits; what did not converge has no intervals."""
    settled = [fit for fit in fits if text(fit, "assessment") == "converged"]
    quality = [
        value
        for fit in settled
        if (value := number(part(fit, "statistics"), "chi2_reduced")) is not None
        and text(part(fit, "statistics"), "statistic") != "unweighted"
    ]
    span = ""
    if quality:
        low, high = min(quality), max(quality)
        values = f"{low:.2f}" if len(quality) == 1 else f"{low:.2f} to {high:.2f}"
        span = f"the objective per degree of freedom was {values}"
    lost = [
        f"{text(fit, 'region')} ({spelt(text(fit, 'assessment')) or 'outcome not recorded'})"
        for fit in fits
        if fit not in settled
    ]
    bad = "of these no intervals are given" if len(lost) > 1 else "of it no intervals are given"
    verb = "were" if len(lost) > 1 else "was"
    noun = count(len(lost), "fit")
    failed = f"{noun} {verb} not settled: {listed(lost)}; {bad}" if lost else ""
    return [sentence(span), sentence(failed)]


def _uncertainty(document: Mapping[str, Any], fits: Sequence[Mapping[str, Any]]) -> list[str]:
    """What u includes, and how intervals were made."""
    rows = items(document, "fractions") or [r for fit in fits for r in items(fit, "fractions")]
    numbers = [
        part(component, "estimates", name)
        for fit in fits
        for component in items(fit, "components")
        for name in ("position_eV", "fwhm_eV", "area")
    ]
    every = [*numbers, *rows]
    used = [name for name in PARTS if any(name in part(one, "u_parts") for one in every)]
    if not used:
        return ["No uncertainties are given."]
    found = [
        sentence(
            "standard uncertainties u (after the sign ±) are the root sum of squares of "
            "contributions from",
            listed(PARTS[name] for name in used),
        )
    ]
    kinds = Counter(text(one, "kind") for one in every if number(one, "level") is not None)
    levels = {value for one in every if (value := number(one, "level")) is not None}
    told = [
        f"{kinds[Kind.STANDARD]} from the covariance" if kinds[Kind.STANDARD] else "",
        f"{kinds[Kind.PROFILE]} from the profile of the likelihood" if kinds[Kind.PROFILE] else "",
        f"{kinds[Kind.UPPER_LIMIT]} as upper limits" if kinds[Kind.UPPER_LIMIT] else "",
    ]
    if levels:
        percent = listed(f"{100 * level:g} %" for level in sorted(levels))
        found.append(sentence(f"intervals have a level of {percent}:", listed(told)))
    drawn = items(document, "monte_carlo")
    if drawn:
        replicas = next((n for one in drawn if (n := number(one, "replicas")) is not None), None)
        how_many = f"{replicas:g} " if replicas else ""
        found.append(f"They were checked against the scatter of {how_many}simulated replicas.")
    return found


# --- fractions ------------------------------------------------------------------------------------


def _fractions(document: Mapping[str, Any], cited: Cited) -> list[str]:
    rows = items(document, "fractions")
    wholes: dict[str, list[str]] = {}
    for row in rows:
        wholes.setdefault(text(row, "basis"), []).append(text(row, "denominator"))
    told = [
        f"{BASES.get(basis, spelt(basis) or 'of an unrecorded whole')} ({listed(over)})"
        for basis, over in wholes.items()
    ]
    if not told:
        return ["No species fractions were formed."]
    found = [sentence("species fractions are given as shares", listed(told))]
    atomic = [row for row in rows if text(row, "basis") in {"atomic", "atomic_all"}]
    if atomic:
        found += _sensitivity(atomic, cited)
    split = [row for row in rows if "beyond the lattice" in text(row, "subject")]
    if split:
        found.append(SPLIT)
    return found


def _sensitivity(rows: Iterable[Mapping[str, Any]], cited: Cited) -> list[str]:
    """Factors, asymmetry, attenuation and transmission, as the contributions to u name them."""
    inputs = {
        (text(given, "source"), text(given, "told_by")): given
        for row in rows
        for given in items(row, "contributions")
        if text(given, "part") == "sensitivity"
    }
    if not inputs:
        return ["The sensitivity factors are not recorded in the result."]

    def of(ending: str) -> list[tuple[str, str, Mapping[str, Any]]]:
        return [
            (source.removesuffix(f" {ending}"), by, given)
            for (source, by), given in inputs.items()
            if source.endswith(f" {ending}")
        ]

    factors = of("factor")
    sets = list(dict.fromkeys(by for _, by, _ in factors))
    values = listed(
        f"{level} {value:.4g}"
        for level, _, given in factors
        if (value := number(given, "value")) is not None
    )
    keys = [key for level, name, _ in factors for key in _factor_sources(name, level)]
    told = f"({values}; {_relative(factors)}){cited(keys)}"
    found = [f"areas were divided by the sensitivity factors of the set {listed(sets)} {told}"]
    if angular := of("asymmetry"):
        keys = [key for level, _, _ in angular for key in _beta_sources(level)]
        angles = listed(by for _, by, _ in angular)
        magic = not any(number(given, "u") for _, _, given in angular)
        none = ", the magic angle, where it is without effect" if magic else ""
        found.append(
            f"the asymmetry of emission at {angles} between source and analyser{none}"
            f"{'' if magic else f' ({_relative(angular)})'}{cited(keys)}"
        )
    if lengths := of("attenuation length"):
        found.append(
            f"attenuation lengths by {listed(by for _, by, _ in lengths)} ({_relative(lengths)})"
            f"{cited(['tpp2m'])}"
        )
    passed = of("transmission")
    if passed:
        ways = listed(_transmission(by) for _, by, _ in passed)
        found.append(f"a transmission {ways} ({_relative(passed)})")
    return [sentence(", ".join(found[:-1]) + f" and {found[-1]}" if len(found) > 1 else found[0])]


def _transmission(told: str) -> str:
    exponent = told.removeprefix("assumed: E_k ** ")
    if told == "measured":
        return "as the file states it"
    if exponent == "0":
        return "assumed to be constant"
    return f"assumed to go as the kinetic energy to the power of {exponent}"


def _relative(given: Iterable[tuple[str, str, Mapping[str, Any]]]) -> str:
    spread = sorted(100 * u for _, _, one in given if (u := number(one, "u")) is not None)
    told = [f"{value:.2g}" for value in spread]
    if not told:
        return "relative u unknown"
    return f"relative u {told[0] if told[0] == told[-1] else f'{told[0]} to {told[-1]}'} %"


def _factor_sources(name: str, level: str) -> Sequence[str]:
    return _known(lambda library: library.sensitivity_set(name).factor(level))


def _beta_sources(level: str) -> Sequence[str]:
    return _known(lambda library: library.beta(level))


def _known(look: Callable[[Any], Any]) -> Sequence[str]:
    """Sources of a value of the library; none where it has no such value."""
    from references import UnknownReferenceError, load

    try:
        value = look(load())
    except UnknownReferenceError:
        return ()
    return () if value is None else value.source


# --- of one or of several -------------------------------------------------------------------------


def _by(regions: Sequence[str], told: Sequence[str]) -> str:
    """What holds of all regions once, or each with the regions it is of."""
    alike: dict[str, list[str]] = {}
    for region, way in zip(regions, told, strict=True):
        alike.setdefault(way, []).append(region)
    if len(alike) < 2:
        return next(iter(alike), "")
    return listed(f"for {listed(of)} {way}" for way, of in alike.items())


def _pair(given: Any) -> list[float]:
    return [float(one) for one in many(given) if isinstance(one, (int, float))]
