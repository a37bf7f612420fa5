"""What the lines of an XPS fit were held to: windows, splittings, ratios, widths, own ties."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .given import finite, items, many, number, part, text
from .prose import listed, sentence, with_u

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from references.registry import Registry

    from .citing import Cited

__all__ = ["constants", "constraint_of", "sentences"]

KNOWLEDGE = {
    "prior": "entered the fit as Gaussian prior knowledge",
    "hard": "were held, their uncertainties propagated",
    "free": "were free",
}
TIED = ("position", "fwhm", "area", "splitting", "ratio", "partner_width")
WORDS = {"fwhm": "FWHM", "partner_width": "width ratio"}
UNITS = {"position": "eV", "fwhm": "eV", "splitting": "eV"}
UNRECORDED = (
    "Spin-orbit splittings and area ratios were those of the library or of the recipe; their "
    "values are not recorded in the result."
)
LONG = re.compile(r"\d+\.\d{5,}(?![\d.eE])")
"""Numbers with more digits than anybody reads."""
SIZE = re.compile(r"(?<![\w.-])\d+(\.\d+)?(?![\w.])")
"""A number that is no part of a name."""


def sentences(
    document: Mapping[str, Any],
    fits: Sequence[Mapping[str, Any]],
    envelopes: Sequence[Mapping[str, Any]],
    cited: Cited,
) -> list[str]:
    """Give the sentences on constraints."""
    from .sources import library_of

    registry = library_of(document)
    ways = list(dict.fromkeys(text(envelope, "knowledge") or "" for envelope in envelopes))
    found: list[str] = [_windows(envelopes)]
    for way in ways:
        mine = [
            (fit, envelope)
            for fit, envelope in zip(fits, envelopes, strict=True)
            if (text(envelope, "knowledge") or "") == way
        ]
        fitted, asked = [fit for fit, _ in mine], [envelope for _, envelope in mine]
        found.append(_constants(fitted, asked, way, registry, cited))
    found += [_widths(envelopes), _by_hand(envelopes)]
    return found


def constants(fit: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Give the constants that a fit's fractions rest on: name to value and u.

    Examples
    --------
    >>> given = {"source": "S 2p splitting", "part": "constraints", "value": 1.18, "u": 0.0173}
    >>> constants({"fractions": [{"contributions": [given]}]})
    {'S 2p splitting': (1.18, 0.0173)}
    """
    found: dict[str, tuple[float, float]] = {}
    for row in items(fit, "fractions"):
        for given in items(row, "contributions"):
            value, u = number(given, "value"), number(given, "u")
            if text(given, "part") == "constraints" and value is not None and u is not None:
                found[text(given, "source")] = value, u
    return found


def _windows(envelopes: Sequence[Mapping[str, Any]]) -> str:
    """What the library says of places: as knowledge, or as windows alone."""
    found: list[str] = []
    for known in (True, False):
        free = [
            f"{text(component, 'species')} ({text(component, 'core_level')})"
            for envelope in envelopes
            if (text(envelope, "knowledge") in {"", "prior"}) is known
            for component in items(envelope, "components")
            if text(component, "species") and component.get("position") == ""
        ]
        if not free:
            continue
        one = len(set(free)) == 1
        noun, verb = ("the position", "was") if one else ("positions", "were")
        way = (
            "given the library's binding energies as Gaussian knowledge (the width of a species' "
            "range over the root of 12, and an error of the energy scale common to all lines), "
            "within windows about these ranges"
            if known
            else "confined to windows about the library's ranges of binding energies"
        )
        told = f"{noun} of {listed(free)} {verb} {way}, widths to its ranges of widths"
        found.append(sentence(told))
    return " ".join(found)


def _constants(
    fits: Sequence[Mapping[str, Any]],
    envelopes: Sequence[Mapping[str, Any]],
    way: str,
    registry: Registry | None,
    cited: Cited,
) -> str:
    """Splittings, ratios and what else is known of a level, as the fits used it."""
    levels = list(dict.fromkeys(level for one in envelopes for level in _doublets(one)))
    if way == "free":
        return "Spin-orbit splittings, area ratios and width ratios were free." if levels else ""
    known: dict[str, tuple[float, float]] = {}
    for fit in fits:
        known |= constants(fit)
    # A fit without intervals, or one of a series, does not tell them; the same library does.
    for level in levels:
        for name, value in _of_library(level, registry).items():
            known.setdefault(name, value)
    if not known:
        return UNRECORDED if levels else ""
    groups = {
        "spin-orbit splittings": [*_of(known, "splitting", "eV")],
        "area ratios of minor to major line": [*_of(known, "ratio")],
        "width ratios of minor to major line": [*_of(known, "partner fwhm")],
        "asymmetries": [*_of(known, "asymmetry")],
        "ends of the asymmetric tails in line widths": [*_of(known, "band")],
    }
    told = [f"{name} ({', '.join(values)})" for name, values in groups.items() if values]
    keys = [key for name, value in known.items() for key in _sources(name, value, registry)]
    how = KNOWLEDGE.get(way, "were used in a way that is not recorded")
    return sentence(f"{listed(told)} {how}{cited(keys)}")


def _doublets(envelope: Mapping[str, Any]) -> list[str]:
    """Levels on which a second line is derived from what the library knows."""
    return [
        level
        for component in items(envelope, "components")
        if (level := text(component, "core_level")) and not level.endswith("s")
        if component.get("partner") is not False
        and component.get("splitting") == ""
        and component.get("ratio") == ""
    ]


def _of_library(level: str, registry: Registry | None) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for known in () if registry is None else registry.core_levels:
        if known.symbol != level or known.splitting is None or known.branching is None:
            continue
        for name, value in (("splitting", known.splitting), ("ratio", known.branching.prior)):
            if value.value is not None and value.u is not None:
                found[f"{level} {name}"] = value.value, value.u
    return found


def _of(known: Mapping[str, tuple[float, float]], ending: str, unit: str = "") -> list[str]:
    return [
        f"{name.removesuffix(f' {ending}')} {with_u(value, u, unit)}"
        for name, (value, u) in known.items()
        if name.endswith(f" {ending}")
    ]


def _sources(name: str, used: tuple[float, float], registry: Registry | None) -> Sequence[str]:
    """Sources of a level's constant, where the library's is the one that was used."""
    if registry is None:
        return ()
    for level in registry.core_levels:
        if name == f"{level.symbol} splitting" and level.splitting is not None:
            known = level.splitting
        elif name == f"{level.symbol} ratio" and level.branching is not None:
            known = level.branching.prior
        else:
            continue
        return known.source if (known.value, known.u) == used else ()
    return ()


def _widths(envelopes: Sequence[Mapping[str, Any]]) -> str:
    """Levels on which several compounds share their width within what is known of it."""
    tied: list[str] = []
    for envelope in envelopes:
        if text(envelope, "knowledge") == "free":
            continue
        groups: dict[str, int] = {}
        for component in items(envelope, "components"):
            group = text(component, "width_group")
            if not group and text(component, "shape") in {"mahan", "la", "doniach_sunjic"}:
                continue
            key = group or text(component, "core_level")
            groups[key] = groups.get(key, 0) + (component.get("fwhm") == "")
        if any(number > 1 for number in groups.values()):
            tied.append(text(envelope, "region"))
    if not tied:
        return ""
    return sentence(f"widths of compounds were tied to each other, loosely, on {listed(tied)}")


def _by_hand(envelopes: Sequence[Mapping[str, Any]]) -> str:
    """What the recipe itself ties, holds or bounds, as it is written there."""
    told: list[str] = []
    for envelope in envelopes:
        for component in items(envelope, "components"):
            ties = _ties(component)
            if ties:
                told.append(f"{text(component, 'name')} ({text(envelope, 'region')}): {ties}")
    return sentence(f"the recipe itself gave {'; '.join(told)}") if told else ""


def _ties(component: Mapping[str, Any]) -> str:
    told = [
        f"{WORDS.get(name, name)} {written}"
        for name in TIED
        if (written := _written(component.get(name), UNITS.get(name, "")))
    ]
    told += [
        f"{name} {written}"
        for name, given in part(component, "shape_parameters").items()
        if (written := _written(given))
    ]
    if component.get("partner") is False and not text(component, "core_level").endswith("s"):
        told.append("no second line of the doublet")
    return ", ".join(told)


def _written(given: Any, unit: str = "") -> str:
    """A tie as the recipe writes it, with the unit of its numbers; a proportion has none."""
    told = _plain(given)
    if not unit or "*" in told or not SIZE.search(told):
        return told
    size, fixed, _ = told.partition(" fixed")
    return f"{size} {unit}{fixed}"


def _plain(given: Any) -> str:
    if isinstance(given, str):
        plain = text({"written": given}, "written")
        for sign, word in ((" +- ", " ± "), (" .. ", " to "), (" in ", " within ")):
            plain = plain.replace(sign, word)
        return LONG.sub(lambda found: f"{float(found[0]):.5g}", plain)
    value = finite(given)
    return "" if value is None else f"{value:g}"


def constraint_of(
    line: Mapping[str, Any],
    fit: Mapping[str, Any],
    envelope: Mapping[str, Any],
    registry: Registry | None = None,
) -> str:
    """Give what a line of a table was held to: its partner, the recipe's ties, or its limits."""
    name = text(line, "name")
    mine = [one for one in items(envelope, "components") if text(one, "name") == name]
    component = mine[0] if mine else part(None)
    if line.get("minor") is True:
        return _of_partner(component, fit, envelope, registry)
    ties = _ties({key: component.get(key) for key in ("position", "fwhm", "area")})
    low_high = many(part(line, "limits").get("position_eV"))
    ends = [value for one in low_high if (value := finite(one)) is not None]
    if not text(component, "position") and len(ends) == 2:
        ties = ", ".join(filter(None, (f"position {ends[0]:g} to {ends[1]:g} eV", ties)))
    return ties


def _of_partner(
    component: Mapping[str, Any],
    fit: Mapping[str, Any],
    envelope: Mapping[str, Any],
    registry: Registry | None,
) -> str:
    level = text(component, "core_level")
    known = _of_library(level, registry) | constants(fit)
    how = {"prior": "prior", "hard": "held"}.get(text(envelope, "knowledge"), "")
    if text(envelope, "knowledge") == "free":
        known = {}
    told: list[str] = []
    for name in ("splitting", "ratio"):
        used = known.get(f"{level} {name}")
        if written := _written(component.get(name), UNITS.get(name, "")):
            told.append(f"{name} {written}")
        elif used is not None:
            value = with_u(*used, UNITS.get(name, ""))
            told.append(f"{name} {value} ({how})" if how else f"{name} {value}")
    return ", ".join(told) or "tied to the major line"
