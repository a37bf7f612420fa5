"""Bruker's ``.brml``: a zip archive of XML, one ``RawData<N>.xml`` a scan.

What the columns of a row are is described in the file, not fixed: each ``RawDataView`` says where
it starts, how long it is and what it holds. Intensities were multiplied by the absorber's factor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.archive import Archive
from references.files import DataFileError
from references.readers import Skipped, Told
from references.words import Severity
from references.xmltree import Node, read_xml

from .meaning import Lines, check_axis, make, say_offset
from .reading import gather
from .tree import child, descendants, text_of
from .written import MAX_POINTS, number, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import xarray as xr

    from .reading import Reading, Scan


__all__ = ["is_brml", "read_brml"]

Array = NDArray[np.float64]

CONTAINER = "DataContainer.xml"
MAX_COLUMNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Where in a row the quantities stand; -1 for those that are not there."""

    two_theta: int
    counts: int
    time: int = -1
    factor: int = -1
    theta: int = -1


def is_brml(head: bytes) -> bool:
    """Whether a file is a zip archive with an experiment of Bruker's in it."""
    return head.startswith(b"PK\x03\x04") and (b"Experiment0/" in head or b"experimentColl" in head)


def read_brml(path: str | Path, content: bytes) -> Reading:
    """Read a Bruker experiment; each scan, in the order of its list, is a pattern.

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
        If the archive could harm, lacks a part that it lists, or its numbers are no pattern.
    """
    archive = Archive(path, content)
    return gather(path, content, "brml", _scans(path, archive))


def _scans(path: str | Path, archive: Archive) -> Iterator[Scan]:
    for name in _listed(path, archive):
        if name not in archive.names:
            raise DataFileError(
                path, f"lists a part {name[:80]!r} that is not there", action="copy it again"
            )
        root = read_xml(path, archive.read(name), where=name)
        for route in descendants(root, "DataRoute"):
            told = Told(subject=name.rpartition("/")[2].removesuffix(".xml")[:40])
            yield told, partial(_pattern, path, root, route, told)


def _listed(path: str | Path, archive: Archive) -> list[str]:
    """Give the parts that hold scans, as the experiments' containers list them."""
    found: list[str] = []
    for name in sorted(n for n in archive.names if n.rpartition("/")[2] == CONTAINER):
        for listed in descendants(read_xml(path, archive.read(name), where=name), "string"):
            part = listed.text.strip().replace("\\", "/").lstrip("/")
            if part.rpartition("/")[2].startswith("RawData") and part not in found:
                found.append(part)
    if not found:
        raise DataFileError(
            path,
            "lists no scan",
            action="export the scan from DIFFRAC as .brml, RAW4 (.raw) or .xy",
        )
    return found


def _pattern(path: str | Path, root: Node, route: Node, told: Told) -> xr.Dataset:
    flag = route.attributes.get("RouteFlag", "Measured")
    if flag != "Measured":
        raise Skipped(f"{told.subject}: data {flag[:40]!r}, not measured")
    scan = child(route, "ScanInformation")
    axis = scan.attributes.get("VisibleName", "").strip() if scan else ""
    name = scan.attributes.get("ScanName", "") if scan else ""
    check_axis(axis or name, told)
    columns = _columns(path, route, told)
    rows = [node.text.split(",", MAX_COLUMNS) for node in route.children if node.tag == "Datum"]
    if not rows:
        raise Skipped(f"{told.subject}: it holds no points")
    most = max(columns.two_theta, columns.counts, columns.time, columns.factor, columns.theta)
    if not most < len(rows[0]) <= MAX_COLUMNS or len(rows) > MAX_POINTS:
        raise DataFileError(
            path,
            f"holds {len(rows)} rows of {len(rows[0])} values, and describes column {most + 1}",
            where=told.subject,
            action="copy or export it again",
        )
    table = table_of(path, rows, range(1, len(rows) + 1), where=f"{told.subject}, data")
    _check_length(scan, len(rows), told)
    factors = _factors(path, table, columns, told)
    if columns.theta >= 0:
        say_offset(float(table[0, columns.two_theta]), float(table[0, columns.theta]), told)
    fixed = child(root, "FixedInformation")
    return make(
        path,
        told,
        two_theta=table[:, columns.two_theta],
        values=table[:, columns.counts],
        counting_time=table[:, columns.time] if columns.time >= 0 else _time(scan),
        factors=factors,
        attenuation="none" if factors is None else "applied in file",
        lines=_lines(fixed),
        radius_mm=_radius(fixed),
        anode=next((n.text.strip() for n in descendants(fixed, "TubeMaterial")), ""),
        scan=told.subject,
        scan_axis=axis or name,
    )


def _columns(path: str | Path, route: Node, told: Told) -> _Columns:
    """Find the columns by their descriptions."""
    places: dict[str, int] = {}
    counters: list[tuple[int, int]] = []
    for view in descendants(route, "RawDataView"):
        start, length = (_whole(path, view, key, told) for key in ("Start", "Length"))
        recording = child(view, "Recording")
        if recording is not None:
            counters.append((start, length))
        elif "LogicName" in view.attributes:
            places[view.attributes["LogicName"]] = start
        for i, axis in enumerate(descendants(view, "FieldDefinitions")):
            places.setdefault(axis.attributes.get("AxisId", ""), start + i)
    if not counters:
        raise Skipped(f"{told.subject}: it describes no column of counts")
    start, length = counters[0]
    if length != 1:
        raise Skipped(
            f"{told.subject}: each point is {length} values of an area or line detector; "
            "integrate the frames in DIFFRAC and export the scan"
        )
    if "TwoTheta" not in places:
        raise Skipped(f"{told.subject}: it describes no column of 2 theta")
    if len(counters) > 1:
        told.say(
            "several_counters",
            Severity.WARNING,
            "several counters were recorded; the first is taken",
            reported=str(len(counters)),
        )
    return _Columns(
        two_theta=places["TwoTheta"],
        counts=start,
        time=places.get("MeasuredTime", -1),
        factor=places.get("AbsorptionFactor", -1),
        theta=places.get("Theta", -1),
    )


def _whole(path: str | Path, view: Node, key: str, told: Told) -> int:
    text = view.attributes.get(key, "")
    value = number(text)
    if not 0 <= value < 1e6 or value % 1:
        raise DataFileError(
            path,
            f"{key} of a column should be a whole number, not {text[:40]!r}",
            where=told.subject,
        )
    return int(value)


def _factors(path: str | Path, table: Array, columns: _Columns, told: Told) -> Array | None:
    if columns.factor < 0 or np.all(table[:, columns.factor] == 1.0):
        return None
    factors = table[:, columns.factor]
    if factors.min() <= 0:
        raise DataFileError(path, "an absorption factor is not above zero", where=told.subject)
    told.say(
        "attenuation",
        Severity.INFO,
        f"an absorber was in at {np.sum(factors != 1.0)} points: applied in file, so that counts "
        "are the intensities divided by its factor",
        reported=f"factor {factors.max():g}",
    )
    return factors


def _check_length(scan: Node | None, found: int, told: Told) -> None:
    declared = number(text_of(scan, "MeasurementPoints"))
    if math.isfinite(declared) and declared != found:
        told.say(
            "points_missing",
            Severity.WARNING,
            "the scan does not hold as many points as it declares; it may have been stopped",
            reported=str(found),
            reference=f"{declared:g}",
        )


def _time(scan: Node | None) -> float:
    return number(text_of(scan, "TimePerStepEffective") or text_of(scan, "TimePerStep"))


def _lines(fixed: Node | None) -> Lines:
    stated = ("WaveLengthAlpha1", "WaveLengthAlpha2", "WaveLengthRatio")
    return Lines(*(_value(descendants(fixed, tag)) for tag in stated))


def _radius(fixed: Node | None) -> float:
    """The distance from sample to detector, which displacement goes with."""
    tracks = descendants(fixed, "SecondaryTracks")
    return _value([node for track in tracks for node in descendants(track, "Radius")])


def _value(nodes: list[Node]) -> float:
    return number(nodes[0].attributes.get("Value", "")) if nodes else math.nan
