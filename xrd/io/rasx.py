"""Rigaku's ``.rasx``: a zip archive with rows as text and conditions as XML for each scan."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from references.archive import Archive
from references.files import DataFileError
from references.readers import Told
from references.xmltree import Node, read_xml

from .reading import gather
from .rigaku import rigaku_pattern
from .tree import child, descendants, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import xarray as xr

    from .reading import Reading, Scan


__all__ = ["is_rasx", "read_rasx"]

KEYS = {
    "MEAS_SCAN_AXIS_X": ("ScanInformation", "AxisName"),
    "MEAS_SCAN_STEP": ("ScanInformation", "Step"),
    "MEAS_SCAN_SPEED": ("ScanInformation", "Speed"),
    "MEAS_SCAN_SPEED_UNIT": ("ScanInformation", "SpeedUnit"),
    "MEAS_SCAN_UNIT_Y": ("ScanInformation", "IntensityUnit"),
    "MEAS_DATA_COUNT": ("ScanInformation", "DataCount"),
    "HW_XG_WAVE_LENGTH_ALPHA1": ("HWConfigurations", "XrayGenerator", "WavelengthKalpha1"),
    "HW_XG_WAVE_LENGTH_ALPHA2": ("HWConfigurations", "XrayGenerator", "WavelengthKalpha2"),
    "HW_XG_TARGET_NAME": ("HWConfigurations", "XrayGenerator", "TargetName"),
    "FILE_SAMPLE": ("GeneralInformation", "SampleName"),
    "FILE_COMMENT": ("GeneralInformation", "Comment"),
}
"""The keys of ``.ras``, and where the conditions have them."""

_PROFILE = re.compile(r"(Data\d{1,6})/Profile(\d{1,6})\.txt")


def is_rasx(head: bytes) -> bool:
    """Whether a file is a zip archive with a profile of Rigaku's in it."""
    return head.startswith(b"PK\x03\x04") and bool(
        re.search(rb"Data\d+/(Profile|Mesurement)", head)
    )


def read_rasx(path: str | Path, content: bytes) -> Reading:
    """Read a Rigaku archive; each profile, in the order of its list, is a pattern.

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
        If the archive could harm, lacks a part, or the numbers are no pattern.
    """
    archive = Archive(path, content)
    return gather(path, content, "rasx", _scans(path, archive))


def _scans(path: str | Path, archive: Archive) -> Iterator[Scan]:
    for folder, number in _profiles(path, archive):
        told = Told(subject=f"{folder}, profile {number}")
        yield told, partial(_pattern, path, archive, folder, number, told)


def _profiles(path: str | Path, archive: Archive) -> list[tuple[str, str]]:
    """Give folder and number of each profile in the order of ``root.xml``."""
    found = [(m[1], m[2]) for name in archive.names if (m := _PROFILE.fullmatch(name))]
    if "root.xml" not in archive.names:
        raise DataFileError(
            path, "has no root.xml, which lists its scans", action="export it again"
        )
    listed = [
        node.tag for node in read_xml(path, archive.read("root.xml"), where="root.xml").children
    ]
    missing = [tag for tag in listed if re.fullmatch(r"Data\d+", tag) and tag not in dict(found)]
    if missing:
        raise DataFileError(
            path, f"lists {missing[0][:40]}, which has no profile", action="copy or export it again"
        )
    return sorted(
        (pair for pair in found if pair[0] in listed), key=lambda pair: listed.index(pair[0])
    )


def _pattern(
    path: str | Path, archive: Archive, folder: str, number: str, told: Told
) -> xr.Dataset:
    name = f"{folder}/MesurementConditions{number}.xml"
    if name not in archive.names:
        raise DataFileError(
            path, f"has no {name}, which says what was scanned", action="export it again"
        )
    conditions = read_xml(path, archive.read(name), where=name)
    text = archive.read(f"{folder}/Profile{number}.txt").decode("utf-8-sig", errors="replace")
    lines = text.splitlines()
    keys = _keys(conditions)
    scan = keys["FILE_COMMENT"] or told.subject
    return rigaku_pattern(path, keys, lines, (0, len(lines)), told, scan=scan)


def _keys(conditions: Node) -> dict[str, str]:
    keys = {key: text_of(conditions, *place) for key, place in KEYS.items()}
    for pair in descendants(child(conditions, "RASHeader"), "Pair"):
        words = [node.text.strip() for node in pair.children]
        if len(words) == 2 and words[0].endswith("MONOCHRO_NAME"):
            keys[words[0].lstrip("*")] = words[1][:200]
    return keys
