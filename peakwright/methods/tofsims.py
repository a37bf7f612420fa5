"""How depth profiles were made and judged, from the documents of ``tofsims profile`` and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tofsims.uniformity import SURE

from .asked import is_recorded, option, words
from .given import finite, items, many, number, part, text, texts
from .prose import count, listed, sentence
from .table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from references.words import Estimate

    from .citing import Cited

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
    ions = words(part(document, "recipe").get("ions"))
    dead = finite(option(document, "dead_time", "dead_time_ns"))
    margin = finite(option(document, "margin", "margin_percent"))
    return [
        sentence(f"the signals of {listed(ions)} were followed") if ions else "",
        sentence(f"counts were corrected for a dead time of {dead:g} ns") if dead else "",
        sentence(f"a signal is called uniform if its change lies within {margin:g} %")
        if margin is not None
        else "",
        _left(),
    ]


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
        found.append("The background beneath each peak was taken off by its surroundings.")
    windows = [one for one in items(document, "ions") if many(one.get("window_u"))]
    if windows:
        found.append("Counts are of windows about the peaks (see the table).")
    way = text({"as": option(document, "overlaps")}, "as")
    if windows and (way or is_recorded(document)):
        shared = "counted up to half way between them" if way == "window" else "fitted together"
        found.append(f"Ions nearer to each other than three peak widths were {shared}.")
    return found


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
    called = (
        f"a signal is called uniform if the whole {level} interval of its change (Student's) lies "
        f"within {margin}, drifting if it lies wholly outside and the change differs from zero "
        f"at a level of {100 * SURE:g} %, else undecided"
    )
    found = [CHANGE, sentence(called), TREND]
    if undecided:
        found.append(sentence(f"undecided for other reasons: {listed(undecided)}"))
    return found


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
    elements = words(option(document, "elements"))
    if elements:
        found.append(
            f"Ions that interfere were looked for among those of {listed(elements)}; unresolved "
            "ones are named in the result."
        )
    return found


def _left() -> str:
    return (
        "Without relative sensitivity factors, counts of different ions are no concentrations. The "
        "primary and the sputter beam are not recorded in the result and have to be added."
    )


def _ends(given: Any) -> list[float]:
    return [value for one in many(given) if (value := finite(one)) is not None]


# --- tables ---------------------------------------------------------------------------------------


def profile_table(document: Mapping[str, Any]) -> Table:
    """Give a row for each ion: m/z, window, counts, change, p, verdict."""
    judged = {text(one, "ion"): one for one in items(document, "uniformity")}
    columns = (
        Column(title="ion"),
        Column(title="m/z", estimates=True, digits=7),
        Column(title="m/z window"),
        Column(title="counts in the whole profile", estimates=True),
        Column(title=f"counts a point{_judged(document)}", estimates=True, digits=4),
        Column(title=f"change{_judged(document)}", unit="%", estimates=True),
        Column(title="95 % interval / %"),
        Column(title="p of a trend", estimates=True, digits=2),
        Column(title="verdict"),
    )
    rows: list[tuple[str | Estimate | None, ...]] = []
    for one in items(document, "ions"):
        name = text(one, "ion")
        seen = judged.get(name, {})
        counts = [value for k in many(one.get("counts")) if (value := finite(k)) is not None]
        rows.append(
            (
                name,
                _value(number(one, "mz")),
                _span(one.get("window_u"), 4),
                _value(sum(counts)) if counts else None,
                _value(number(seen, "mean")),
                _value(number(seen, "slope_percent"), number(seen, "slope_u_percent")),
                _span(seen.get("interval_percent"), 2),
                _value(number(seen, "p_trend_correlated")),
                text(seen, "verdict"),
            )
        )
    return Table(columns=columns, rows=tuple(rows))


def _judged(document: Mapping[str, Any]) -> str:
    """Over which window numbers are that were judged, for the head of their column."""
    span = _window_of(document)
    return f" ({span})" if span else ""


def compare_table(document: Mapping[str, Any]) -> Table:
    """Give a row for each ion: level in A and B, change, verdict."""
    columns = (
        Column(title="ion"),
        Column(title="level A", estimates=True),
        Column(title="level B", estimates=True),
        Column(title="B / A - 1", unit="%", estimates=True),
        Column(title="95 % interval / %"),
        Column(title="verdict"),
    )
    rows = tuple(
        (
            text(one, "ion"),
            _value(number(one, "level_a")),
            _value(number(one, "level_b")),
            _value(number(one, "ratio_percent"), number(one, "u_percent")),
            _span(one.get("interval_percent"), 2),
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
        Column(title="half way", unit=unit, estimates=True),
        Column(title="width", unit=unit, estimates=True),
        Column(title="depth", unit="nm", estimates=True),
        Column(title="width in depth", unit="nm", estimates=True),
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


def _span(given: Any, digits: int) -> str:
    ends = _ends(given)
    return f"{ends[0]:.{digits}f} to {ends[1]:.{digits}f}" if len(ends) == 2 else ""
