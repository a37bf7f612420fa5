"""Tables of verdicts, comparisons and mass fractions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from references.rounding import interval, plus_minus, rounded_up
from references.words import Estimate, UncertaintyParts

from ..console import out_console, plain, say

if TYPE_CHECKING:
    from xrd.compare import Comparison
    from xrd.quantify import Quantification
    from xrd.refine import Refinement
    from xrd.verdict import Purity, Sought

    from ...jobs.xrd.given import Given

__all__ = ["show_changes", "show_check", "show_quantification"]


def show_check(found: Purity) -> None:
    """Print a verdict: the sentence, the lattice, the phases, the peaks."""
    from xrd.verdict import Presence

    name = f"{found.sample}: " if found.sample else ""
    say(f"{name}{found.sentence}")
    for axis in () if found.lattice is None else found.lattice.axes:
        unit = "Å" if axis.name in {"a", "b", "c"} else "°"
        band = ""
        if axis.band is not None:
            known = {True: "inside", False: "outside", None: "not told apart from"}
            where = known[axis.inside]
            band = f", {where} the band {axis.band[0]:g} to {axis.band[1]:g} {unit}"
        say(f"{axis.name} = {plus_minus(axis.estimate)} {unit}{band}", indent=2)
    profile = found.refinement
    say(
        f"R_wp {100 * profile.r_wp:.2f} %, goodness of fit {profile.gof:.2f}, displacement "
        f"{_displacement(profile)}",
        indent=2,
    )
    tested = [one for one in found.phases if one.presence is not Presence.NOT_TESTED]
    out_console.print(_phases(tested))
    for peak in found.peaks:
        say(
            f"unexplained: {peak.two_theta:.2f}°, d = {peak.d:.4f} Å, {peak.height:.0f} counts, "
            f"{peak.significance:.1f} σ",
            indent=2,
        )


def _displacement(found: Refinement) -> str:
    u = found.u("displacement")
    return (
        plus_minus(
            Estimate(value=found.value("displacement"), u=u, u_parts=UncertaintyParts(counting=u))
        )
        + " mm"
    )


def _phases(tested: list[Sought]) -> Table:
    title = (
        "crystalline mass in %, or its 95 % bound; detection limit, and that of lines three times "
        "as broad"
    )
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("phase", overflow="fold", min_width=8, max_width=18)
    table.add_column("", no_wrap=True)
    for column in ("mass", "σ", "limit", "if broad", "lines"):
        table.add_column(column, justify="right", no_wrap=True)
    for one in tested:
        table.add_row(
            plain(one.name),
            str(one.presence).replace("_", " "),
            _mass(one),
            "-" if one.significance is None else f"{one.significance:.1f}",
            "-" if one.limits is None else f"{100 * one.limits.detection:.2g}",
            "-" if one.limits is None else f"{100 * one.limits.detection_broad:.2g}",
            str(len(one.lines)) if one.fraction is not None and one.limits is not None else "-",
        )
    return table


def _mass(one: Sought) -> str:
    if one.fraction is not None:
        return plus_minus(_percent(one.fraction)) if one.limits is not None else _main(one.fraction)
    return "-" if one.upper_limit is None else f"< {rounded_up(100 * one.upper_limit)}"


def _main(fraction: Estimate) -> str:
    return plus_minus(_percent(fraction)) if fraction.u else f"{100 * fraction.value:.3g}"


def _percent(given: Estimate) -> Estimate:
    return given.scaled(100.0)


def show_quantification(found: Quantification) -> None:
    """Print mass fractions with where their uncertainty is from."""
    title = f"{found.sample}: " if found.sample else ""
    title += "crystalline mass in %, of the modelled crystalline phases"
    table = Table(title=plain(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("phase", overflow="fold", min_width=8, max_width=24)
    for column in ("mass", "95 % interval", "largest part of u", "intensity"):
        table.add_column(column, justify="right", no_wrap=True)
    for part in found.parts:
        table.add_row(
            plain(part.name),
            plus_minus(_percent(part.fraction)),
            interval(_percent(part.fraction)),
            _largest(part.fraction),
            f"{100 * part.intensity_share:.1f}",
        )
    out_console.print(table)
    if found.amorphous is not None and found.standard is not None:
        say(
            f"amorphous: {plus_minus(_percent(found.amorphous))} % of the sample without its "
            f"{100 * found.standard.fraction:g} % of {found.standard.name}",
            indent=2,
        )
    refinement = found.refinement
    say(
        f"R_wp {100 * refinement.r_wp:.2f} %, goodness of fit {refinement.gof:.2f}, displacement "
        f"{_displacement(refinement)}; noise: {found.noise}",
        indent=2,
    )


def _largest(estimate: Estimate) -> str:
    parts = estimate.u_parts.to_dict()
    if not parts:
        return "-"
    name = max(parts, key=lambda key: parts[key])
    return f"{name} {100 * parts[name]:.2g}"


def show_changes(a: Given, b: Given, found: Comparison) -> None:
    """Print what changed from one pattern to the other."""
    from xrd.compare import Change

    say(f"A: {a.path.name}: {found.a.sentence}")
    say(f"B: {b.path.name}: {found.b.sentence}")
    say("")
    say(found.sentence)
    table = Table(
        title="crystalline mass in %", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    table.add_column("phase", overflow="fold", min_width=8)
    table.add_column("", no_wrap=True)
    for column in ("A", "B", "B \u2212 A", "p"):
        table.add_column(column, justify="right", no_wrap=True)
    shown = [c for c in found.changes if c.change is not Change.NOT_SEEN]
    for one in shown:
        table.add_row(
            plain(one.name),
            str(one.change).replace("_", " "),
            _mass(one.before),
            _mass(one.after),
            f"{100 * one.difference:+.2f} ± {100 * one.u:.2f}" if one.u else "-",
            f"{one.p:.2g}" if one.p >= 1e-4 else "< 0.0001",
        )
    out_console.print(table)
    unseen = [c.name for c in found.changes if c.change is Change.NOT_SEEN]
    if unseen:
        say(f"seen in neither: {', '.join(unseen)}", indent=2)
    if found.stretch is not None and found.stretch_u is not None:
        say(
            f"lattice: {1e6 * found.stretch:+.0f} ± {1e6 * found.stretch_u:.0f} ppm from A to B",
            indent=2,
        )
