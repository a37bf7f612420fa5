"""PANalytical's XML (``.xrdml``), any version of its namespace.

Each scan is a pattern. ``counts`` with ``beamAttenuationFactors`` are what the detector counted,
and the factors go into the exposure. ``intensities`` with factors may have been corrected by the
program that wrote them; they are taken as whichever is smoother where the attenuator switches.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Skipped, Told
from references.words import Severity
from references.xmltree import Node, read_xml

from .meaning import Lines, check_axis, make, say_offset
from .reading import gather
from .tree import child, descendants, text_of
from .written import number, numbers, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import xarray as xr

    from .reading import Reading, Scan


__all__ = ["is_xrdml", "read_xrdml"]

Array = NDArray[np.float64]

MAX_BYTES = 64 * 1024**2


def is_xrdml(head: bytes) -> bool:
    """Whether a file is XML of PANalytical's."""
    return head.lstrip()[:1] == b"<" and b"<xrdMeasurements" in head


def read_xrdml(path: str | Path, content: bytes) -> Reading:
    """Read a PANalytical file; each scan is a pattern.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.

    Returns
    -------
    Reading

    Raises
    ------
    DataFileError
        If the file is no well-formed XML, or its numbers are no pattern.
    """
    if len(content) > MAX_BYTES:
        raise DataFileError(path, f"is {len(content)} bytes; xrdml is read up to {MAX_BYTES}")
    return gather(path, content, "xrdml", _scans(path, read_xml(path, content)))


def _scans(path: str | Path, root: Node) -> Iterator[Scan]:
    sample = text_of(root, "sample", "name") or text_of(root, "sample", "id")
    count = 0
    for measurement in descendants(root, "xrdMeasurement"):
        for node in descendants(measurement, "scan"):
            count += 1
            told = Told(subject=f"scan {count}")
            yield told, partial(_pattern, path, measurement, node, told, sample=sample)


def _pattern(
    path: str | Path, measurement: Node, node: Node, told: Told, *, sample: str
) -> xr.Dataset:
    axis = node.attributes.get("scanAxis", "")
    check_axis(axis, told)
    points = child(node, "dataPoints")
    counts, intensities = child(points, "counts"), child(points, "intensities")
    stored = counts or intensities
    if points is None or stored is None:
        raise Skipped(f"{told.subject}: it holds no counts")
    where = told.subject
    values = numbers(path, words(stored.text), where=where, what="a count")
    two_theta = _positions(path, points, "2Theta", values.size, where)
    if two_theta is None:
        raise DataFileError(path, "has no positions of 2Theta", where=where)
    theta = _positions(path, points, "Omega", values.size, where)
    if theta is not None and values.size:
        say_offset(float(two_theta[0]), float(theta[0]), told)
    factors = _listed(path, points, "beamAttenuationFactors", values.size, where)
    case = "none"
    if factors is not None and np.any(factors != 1.0):
        if factors.min() <= 0:
            raise DataFileError(path, "a beam attenuation factor is not above zero", where=where)
        raw = counts is not None or _is_raw(values, factors)
        case = "applied by us" if raw else "applied in file"
        _say_attenuation(factors, case, told, decided=counts is None)
    beam = child(measurement, "diffractedBeamPath")
    return make(
        path,
        told,
        two_theta=two_theta,
        values=values,
        unit=stored.attributes.get("unit", "counts"),
        counting_time=_time(path, points, values.size, where),
        factors=factors if case != "none" else None,
        attenuation=case,
        lines=_lines(measurement),
        radius_mm=number(text_of(beam, "radius")),
        anode=text_of(measurement, "incidentBeamPath", "xRayTube", "anodeMaterial"),
        monochromator=_monochromator(measurement),
        sample=sample,
        scan=told.subject,
        scan_axis=axis,
    )


# --- what is along the scan -----------------------------------------------------------------------


def _positions(path: str | Path, points: Node, axis: str, size: int, where: str) -> Array | None:
    """Give an axis's position at each point; None where the file does not have the axis."""
    found = next(
        (n for n in points.children if n.tag == "positions" and n.attributes.get("axis") == axis),
        None,
    )
    if found is None:
        return None
    listed = child(found, "listPositions")
    if listed is not None:
        values = numbers(path, words(listed.text), where=where, what="an angle")
        return _fitting(path, values, size, f"positions of {axis}", where)
    common = child(found, "commonPosition")
    ends = (common or child(found, "startPosition"), common or child(found, "endPosition"))
    start, end = (number(node.text) if node else math.nan for node in ends)
    if not (math.isfinite(start) and math.isfinite(end)):
        raise DataFileError(path, f"start and end of {axis} should be numbers", where=where)
    return np.linspace(start, end, size)


def _listed(path: str | Path, points: Node, name: str, size: int, where: str) -> Array | None:
    found = child(points, name)
    if found is None:
        return None
    values = numbers(path, words(found.text), where=where, what=name)
    return _fitting(path, values, size, name, where)


def _fitting(path: str | Path, values: Array, size: int, what: str, where: str) -> Array:
    if values.size != size:
        raise DataFileError(
            path,
            f"holds {size} counts and {values.size} {what}",
            where=where,
            action="copy or export it again",
        )
    return values


def _time(path: str | Path, points: Node, size: int, where: str) -> float | Array:
    listed = _listed(path, points, "countingTimes", size, where)
    return number(text_of(points, "commonCountingTime")) if listed is None else listed


def _is_raw(values: Array, factors: Array) -> bool:
    """Whether values times factors are smoother where the factor changes than the values are."""
    switched = np.flatnonzero(np.diff(factors) != 0)
    steps = [
        np.abs(np.diff(np.log(np.maximum(series, 0.5)))[switched]).sum()
        for series in (values * factors, values)
    ]
    return bool(steps[0] < steps[1])


def _say_attenuation(factors: Array, case: str, told: Told, *, decided: bool) -> None:
    attenuated = factors[factors != 1.0]
    why = (
        "; which of both was decided by what is smoother where the attenuator switches"
        if decided
        else ""
    )
    told.say(
        "attenuation",
        Severity.WARNING if decided else Severity.INFO,
        f"a beam attenuator was in at {attenuated.size} points: {case}{why}",
        reported=f"factor {attenuated.max():g}",
    )


# --- what the measurement says --------------------------------------------------------------------


def _lines(measurement: Node) -> Lines:
    used = child(measurement, "usedWavelength")
    return Lines(
        number(text_of(used, "kAlpha1")),
        number(text_of(used, "kAlpha2")),
        number(text_of(used, "ratioKAlpha2KAlpha1")),
    )


def _monochromator(measurement: Node) -> str:
    found = [
        f"{node.attributes.get('name', '')} ({beam})"
        for beam in ("incidentBeamPath", "diffractedBeamPath")
        for node in descendants(child(measurement, beam), "monochromator")
    ]
    return "; ".join(found)
