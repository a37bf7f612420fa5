"""How depth profiles were made and judged, from the documents of ``tofsims profile`` and others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tofsims.counting import DEAD_TIME_NS, NOTHING_SEEN
from tofsims.uniformity import SURE

from .asked import is_recorded, option, words
from .given import finite, items, many, number, part, text, texts
from .prose import count, listed, sentence
from .table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from references.words import Estimate

    from .citing import Cited
    from .table import Cell

__all__ = [
    "compare",
    "compare_table",
    "depth",
    "depth_table",
    "of_recipe",
    "profile",
    "profile_table",
]

SECONDS = "s"
SURFACE_POINTS = 5
"""First points of a profile, which are its surface."""
SEEN = 3.0
"""Counts above this many of their standard uncertainties are a signal, as a report counts them."""
ONE_SIDED = 1.645
"""Standard deviations below which 95 of 100 lie."""
MANY = 8
"""More ions than this are told by their number."""
INTERFACE = (
    "An interface lies where the signal passes half of the way between its plateaus; its width is "
    "from 16 to 84 % of it."
)
CHANGE = (
    "The change of each signal over the window is the slope of a straight line, by least squares "
    "with the variance of counting, in per cent of the middle of the window; its uncertainty "
    "includes what the signal scatters more than that and the correlation of neighbouring points."
)
LOCAL = "The background beneath each peak was taken off by its surroundings."
TREND = "Trends were tested by Kendall's rank correlation (Mann's test, two-sided)."


def profile(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on depth profiles and whether they are uniform."""
    del cited
    return [
        _ions(document),
        *_scale(document),
        *_counting(document),
        _normalised(document),
        *_window(document),
        *_trend(document),
        *_field(document),
        *_isotopes(document),
        _left(),
    ]


def compare(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on two craters."""
    del cited
    windows = [
        f"{ends[0]:g} to {ends[1]:g} {unit}"
        for given, unit in zip(
            many(document.get("window")), texts(document.get("unit")), strict=False
        )
        if len(ends := _ends(given)) == 2
    ]
    margin = _margin(document, items(document, "ions"))
    return [
        sentence(f"ions {_of_ions(document)} were compared between two profiles"),
        *_counting(document),
        _normalised(document),
        sentence(f"levels are means over {listed(windows, joined='and over')}") if windows else "",
        sentence(
            f"a level is called the same if the whole 95 % interval of its change lies within "
            f"{margin}, different if it lies wholly outside, else undecided"
        ),
        _left(),
    ]


def depth(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on interfaces and their depths."""
    del cited
    ions = listed(text(one, "ion") for one in items(document, "interfaces"))
    scale = text(document, "calibrated_by")
    return [
        sentence(f"interfaces of {ions} were located") if ions else "No interface was found.",
        *_counting(document),
        _normalised(document),
        INTERFACE,
        sentence(f"depths are by {scale}")
        if scale
        else "No depth scale was given: positions are sputter times.",
        _left(),
    ]


def of_recipe(document: Mapping[str, Any], cited: Cited) -> list[str]:
    """Give the sentences on what the recipe of a batch asks of every profile."""
    del cited
    recipe = part(document, "recipe")
    ions = words(recipe.get("ions"))
    region = text(recipe, "region")
    where = f" in the region {region}" if region else ""
    noun = "the signal" if len(ions) == 1 else "the signals"
    verb = "was" if len(ions) == 1 else "were"
    return [
        sentence(f"{noun} of {listed(ions)} {verb} followed{where}") if ions else "",
        _scale_asked(recipe),
        _dead_time_asked(document),
        *_counted_asked(recipe),
        _normalised({"normalised_by": recipe.get("normalise")}),
        _window_asked(recipe),
        CHANGE,
        _called(_margin(document, []), "95 %"),
        TREND,
        _elements(document),
        _left(),
    ]


def _scale_asked(recipe: Mapping[str, Any]) -> str:
    """How the mass scale of every file of a batch was made."""
    known, start = words(recipe.get("calibrate")), _ends(recipe.get("scale"))
    locked = words(recipe.get("lock"))
    by = listed(known) if known else "known ions of its own spectrum"
    begun = f", beginning with sf {start[0]:g} and k0 {start[1]:g}" if len(start) == 2 else ""
    followed = f", and was followed by {listed(locked)}" if locked else ""
    return (
        f"The mass scale of every file of ion events was made by {by}{begun}{followed}; that of "
        "images and exports is the file's."
    )


def _dead_time_asked(document: Mapping[str, Any]) -> str:
    """Which dead time the counts of a batch were corrected for."""
    dead = finite(option(document, "dead_time", "dead_time_ns"))
    if dead is not None:
        return f"Counts were corrected for a dead time of {dead:g} ns."
    assumed = [one for one in items(document, "findings") if _is_assumed(one)]
    files = sum(int(number(one, "files") or 0) for one in assumed)
    if not files:
        return "The dead time that counts were corrected for is not recorded in the result."
    verb = "does" if files == 1 else "do"
    return (
        f"Counts were corrected for a dead time of {DEAD_TIME_NS:g} ns, assumed, of "
        f"{count(files, 'file')} that {verb} not state it."
    )


def _is_assumed(finding: Mapping[str, Any]) -> bool:
    return text(finding, "rule") == "dead_time_assumed"


def _counted_asked(recipe: Mapping[str, Any]) -> list[str]:
    """What the recipe of a batch says of background and overlaps."""
    found: list[str] = []
    if text(recipe, "background") == "local":
        found.append(LOCAL)
    if way := text(recipe, "overlaps"):
        found.append(_overlaps(way))
    return found


def _window_asked(recipe: Mapping[str, Any]) -> str:
    ends = _ends(recipe.get("window_s"))
    if len(ends) == 2:
        return f"The window judged was sputter times {ends[0]:g} to {ends[1]:g} s."
    return (
        "The window judged was the whole of each profile but for points at its beginning that "
        "were left out as the start of sputtering."
    )


# --- what was counted -----------------------------------------------------------------------------


def _of_ions(document: Mapping[str, Any]) -> str:
    return listed(text(one, "ion") for one in items(document, "ions"))


def _ions(document: Mapping[str, Any]) -> str:
    polarity = text(document, "polarity")
    of_polarity = f" ({polarity} polarity)" if polarity else ""
    noun = "the signal" if len(items(document, "ions")) == 1 else "the signals"
    verb = "was" if len(items(document, "ions")) == 1 else "were"
    region = text({"region": option(document, "region")}, "region")
    where = f" in the region {region}" if region else ""
    return sentence(f"{noun} of {_of_ions(document)}{of_polarity} {verb} followed{where}")


def _scale(document: Mapping[str, Any]) -> list[str]:
    """The mass scale, and how well known ions lie on it."""
    given = part(document, "calibration")
    sf, k0 = number(given, "sf"), number(given, "k0")
    if sf is None or k0 is None:
        return ["The mass scale is that of the exported file."]
    by = text(given, "source")
    found = [sentence(f"the mass scale (sf {sf:.6g}, k0 {k0:.6g}) was made by", by or "unrecorded")]
    away = {
        name: value
        for name, told in part(given, "left_out_ppm").items()
        if (value := finite(told)) is not None
    }
    if away:
        ordered = sorted(abs(value) for value in away.values())
        middle = ordered[len(ordered) // 2]
        worst = max(away, key=lambda name: abs(away[name]))
        found.append(
            f"Left out one by one, these ions lay {middle:.2g} ppm (median) from where the others "
            f"put them, at most {abs(away[worst]):.2g} ppm ({worst})."
        )
    sharp = [
        value for told in part(given, "resolution").values() if (value := finite(told)) is not None
    ]
    if sharp:
        found.append(f"The mass resolution was {min(sharp):.0f} to {max(sharp):.0f}.")
    return found


def _counting(document: Mapping[str, Any]) -> list[str]:
    """Dead time, shots, background and overlaps."""
    found: list[str] = []
    dead = finite(option(document, "dead_time", "dead_time_ns"))
    rules = {text(one, "rule"): one for one in items(document, "findings")}
    assumed = rules.get("dead_time_assumed")
    if dead is not None:
        found.append(f"Counts were corrected for a dead time of {dead:g} ns.")
    elif assumed is not None:
        found.append(
            f"Counts were corrected for a dead time of {text(assumed, 'reported') or '65 ns'}, "
            "assumed, for the file does not state it."
        )
    else:
        found.append(_corrected(document))
    shots, by = number(document, "shots_per_point"), text(document, "shots_from")
    if shots:
        found.append(f"Each data point has {shots:.0f} shots ({by or 'origin not recorded'}).")
    if text({"as": option(document, "background")}, "as") == "local":
        found.append(LOCAL)
    windows = [one for one in items(document, "ions") if many(one.get("window_u"))]
    if windows:
        found.append("Counts are of windows about the peaks (see the table).")
    way = text({"as": option(document, "overlaps")}, "as")
    if windows and (way or is_recorded(document)):
        found.append(_overlaps(way))
    return found


def _overlaps(way: str) -> str:
    shared = "counted up to half way between them" if way == "window" else "fitted together"
    return f"Ions nearer to each other than three peak widths were {shared}."


def _corrected(document: Mapping[str, Any]) -> str:
    """Whether counts were corrected, as the counts themselves show."""
    if text(document, "normalised_by") or not items(document, "ions"):
        return "The dead time of the counter is not recorded in the result."
    pairs = [
        (finite(k), finite(i))
        for one in items(document, "ions")
        for k, i in zip(many(one.get("counts")), many(one.get("corrected")), strict=False)
    ]
    if any(k is not None and i is not None and k != i for k, i in pairs):
        return (
            "Counts are corrected for the dead time of the counter, whose length is not recorded."
        )
    return "Counts were not corrected for a dead time."


def _normalised(document: Mapping[str, Any]) -> str:
    by = text(document, "normalised_by")
    if not by:
        return "Counts were not normalised."
    names = {"total": "the total of all ions", "dose": "the dose"}
    return f"Intensities were divided by {names.get(by, f'those of {by}')}."


def _window(document: Mapping[str, Any]) -> list[str]:
    unit, span = text(document, "unit"), _window_of(document)
    if not span:
        return []
    cut = number(document, "points_cut")
    left = (
        f"; {count(int(cut), 'point')} before it "
        f"{'was' if cut == 1 else 'were'} left out as the start of sputtering"
        if cut
        else ""
    )
    noun = "sputter times" if unit == SECONDS else "scans"
    return [sentence(f"the window judged was {noun} {span}{left}")]


def _window_of(document: Mapping[str, Any]) -> str:
    """The window that was judged, with the unit of time; scans are numbers."""
    ends, unit = _ends(document.get("window")), text(document, "unit")
    if len(ends) != 2:
        return ""
    return f"{ends[0]:g} to {ends[1]:g}{' s' if unit == SECONDS else ''}"


# --- what was tested ------------------------------------------------------------------------------


def _margin(document: Mapping[str, Any], judged: Sequence[Mapping[str, Any]]) -> str:
    margins = {value for one in judged if (value := number(one, "margin_percent")) is not None}
    told = finite(option(document, "margin", "margin_percent"))
    if not margins and told is not None:
        margins = {told}
    return listed(f"{value:g} %" for value in sorted(margins)) or "a margin that is not recorded"


def _trend(document: Mapping[str, Any]) -> list[str]:
    judged = items(document, "uniformity")
    if not judged:
        return ["No trend was judged."]
    margin = _margin(document, judged)
    levels = {value for one in judged if (value := number(one, "level")) is not None}
    level = listed(f"{100 * value:g} %" for value in sorted(levels)) or "unrecorded"
    undecided = [f"{text(one, 'ion')} ({why})" for one in judged if (why := text(one, "why"))]
    found = [CHANGE, _called(margin, level), TREND]
    if undecided:
        found.append(sentence(f"undecided for other reasons: {listed(undecided)}"))
    return found


def _called(margin: str, level: str) -> str:
    return (
        f"A signal is called uniform if the whole {level} interval of its change (Student's) lies "
        f"within {margin}, drifting if it lies wholly outside and the change differs from zero "
        f"at a level of {100 * SURE:g} %, else undecided."
    )


def _field(document: Mapping[str, Any]) -> list[str]:
    looked = [one for one in items(document, "field") if items(one, "over")]
    if not looked:
        return []
    sizes = sorted(
        {
            int(size)
            for one in looked
            for given in items(one, "over")
            if (size := number(given, "block_pixels")) is not None
        }
    )
    of_sizes = listed(f"{size} x {size}" for size in sizes)
    return [
        sentence(
            f"whether ions are spread evenly over the field was tested by the scatter of blocks of "
            f"{of_sizes} pixels against counting and by the likeness of neighbours (Moran), added "
            "up and in slices of the depth, at one common level of 5 %"
        )
    ]


def _isotopes(document: Mapping[str, Any]) -> list[str]:
    tested = list(
        dict.fromkeys(
            text(one, "ion")
            for name in ("isotopes", "isotope_patterns")
            for one in items(document, name)
        )
    )
    of_ions = listed(tested) if len(tested) <= MANY else f"{len(tested)} ions"
    found = [f"Isotopes were compared with natural abundances for {of_ions}."] if tested else []
    return [*found, _elements(document)]


def _elements(document: Mapping[str, Any]) -> str:
    elements = words(option(document, "elements"))
    if not elements:
        return ""
    return (
        f"Ions that interfere were looked for among those of {listed(elements)}; unresolved "
        "ones are named in the result."
    )


def _left() -> str:
    return (
        "Without relative sensitivity factors, counts of different ions are no concentrations. The "
        "primary and the sputter beam are not recorded in the result and have to be added."
    )


def _ends(given: Any) -> list[float]:
    return [value for one in many(given) if (value := finite(one)) is not None]


# --- tables ---------------------------------------------------------------------------------------


def profile_table(document: Mapping[str, Any]) -> Table:
    """Give a row for each ion: m/z, window, counts, change, p, verdict.

    Counts are corrected for dead time, but for those that say that they are raw.
    """
    judged = {text(one, "ion"): one for one in items(document, "uniformity")}
    by, span = text(document, "normalised_by"), _window_of(document)
    over = f" normalised by {by}" if by else ""
    columns = (
        Column(title="ion"),
        Column(title="m/z", of="number", digits=7),
        Column(title="m/z window", of="interval", digits=4),
        Column(title=f"counts a point{over} (whole profile)", of="estimate"),
        *((Column(title=f"counts a point{over} ({span})", of="estimate"),) if span else ()),
        Column(title="raw counts (whole profile)", of="number"),
        Column(title=f"change{_judged(document)}", unit="%", of="estimate"),
        Column(title="95 % interval", unit="%", of="interval", digits=2),
        Column(title="p of a trend", of="number", digits=2),
        Column(title="verdict"),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in items(document, "ions"):
        name = text(one, "ion")
        seen = judged.get(name, {})
        counts = [value for k in many(one.get("counts")) if (value := finite(k)) is not None]
        rows.append(
            (
                name,
                number(one, "mz"),
                _span(one.get("window_u")),
                _whole(one, document),
                *((_inside(one, seen, document),) if span else ()),
                sum(counts) if counts else None,
                _value(number(seen, "slope_percent"), number(seen, "slope_u_percent")),
                _span(seen.get("interval_percent")),
                number(seen, "p_trend_correlated"),
                text(seen, "verdict"),
            )
        )
    return Table(columns=columns, rows=tuple(rows))


def _whole(ion: Mapping[str, Any], document: Mapping[str, Any]) -> Estimate | None:
    """Mean counts a point over the whole profile; of an ion that is not seen their upper limit."""
    from references.words import Estimate, Kind

    points = _points(ion)
    known = _mean(points)
    if known is None:
        return None
    mean, u = known
    surface, u_surface = _mean(points[:SURFACE_POINTS]) or known
    peak = text(ion, "ion") not in texts(part(document, "calibration").get("without_a_peak"))
    if peak and (mean > SEEN * u or surface > SEEN * u_surface):
        return _value(mean, u)
    high = max(mean + ONE_SIDED * u, NOTHING_SEEN / len(points))
    return Estimate(value=mean, high=high, level=0.95, kind=Kind.UPPER_LIMIT)


def _inside(
    ion: Mapping[str, Any], trend: Mapping[str, Any], document: Mapping[str, Any]
) -> Estimate | None:
    """Mean counts a point in the window that was judged."""
    ends = _ends(document.get("window"))
    axis = "sputter_time_s" if text(document, "unit") == SECONDS else "scan"
    places = [finite(one) for one in many(document.get(axis))]
    if len(ends) != 2:
        return None
    mean, u = _mean(_points(ion, places, (ends[0], ends[1]))) or (None, None)
    told = number(trend, "mean")
    return _value(mean if told is None else told, u)


def _points(
    ion: Mapping[str, Any],
    places: Sequence[float | None] = (),
    ends: tuple[float, float] | None = None,
) -> list[tuple[float, float]]:
    """Counts of each point with their u; where none was counted, that of one count."""
    pairs = list(zip(many(ion.get("corrected")), many(ion.get("u")), strict=False))
    if ends is not None:
        pairs = [
            pair
            for at, pair in zip(places, pairs, strict=False)
            if at is not None and ends[0] <= at <= ends[1]
        ]
    return [
        (value, known if (known := finite(u)) is not None and known > 0 else 1.0)
        for one, u in pairs
        if (value := finite(one)) is not None
    ]


def _mean(points: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Mean counts a point, and its u by counting."""
    n = len(points)
    if not n:
        return None
    return sum(value for value, _ in points) / n, math.hypot(*(u for _, u in points)) / n


def _judged(document: Mapping[str, Any]) -> str:
    """Over which window numbers are that were judged, for the head of their column."""
    span = _window_of(document)
    return f" ({span})" if span else ""


def compare_table(document: Mapping[str, Any]) -> Table:
    """Give a row for each ion: level in A and B, change, verdict."""
    columns = (
        Column(title="ion"),
        Column(title="level A", of="number"),
        Column(title="level B", of="number"),
        Column(title="B / A - 1", unit="%", of="estimate"),
        Column(title="95 % interval", unit="%", of="interval", digits=2),
        Column(title="verdict"),
    )
    rows = tuple(
        (
            text(one, "ion"),
            number(one, "level_a"),
            number(one, "level_b"),
            _value(number(one, "ratio_percent"), number(one, "u_percent")),
            _span(one.get("interval_percent")),
            text(one, "verdict"),
        )
        for one in items(document, "ions")
    )
    return Table(columns=columns, rows=rows)


def depth_table(document: Mapping[str, Any]) -> Table:
    """Give a row for each interface: where it is, how wide, how deep."""
    from .given import estimate

    unit = text(document, "unit")
    columns = (
        Column(title="ion"),
        Column(title="edge"),
        Column(title="half way", unit=unit, of="estimate"),
        Column(title="width", unit=unit, of="estimate"),
        Column(title="depth", unit="nm", of="estimate"),
        Column(title="width in depth", unit="nm", of="estimate"),
    )
    rows = tuple(
        (
            text(one, "ion"),
            text(one, "edge"),
            *(estimate(one.get(name)) for name in ("t50", "width", "depth_nm", "width_nm")),
        )
        for one in items(document, "interfaces")
    )
    return Table(columns=columns, rows=rows)


def _value(given: float | None, u: float | None = None) -> Estimate | None:
    from references.words import Estimate, UncertaintyParts

    if given is None:
        return None
    parts = UncertaintyParts(counting=u) if u else UncertaintyParts()
    return Estimate(value=given, u=u or None, u_parts=parts)


def _span(given: Any) -> tuple[float, float] | None:
    ends = _ends(given)
    return (ends[0], ends[1]) if len(ends) == 2 else None
