"""Ion events as files of other programs, for exchange: IONTOF's .itm, GRD and ITZIP."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from references.files import write_atomic

from .container_written import Directory, Leaf, container
from .grd import RECORD
from .itm import NUMBER, WORDS
from .itzip import ENDINGS, PROPERTIES
from .settings import ACQUIRED, ADJUSTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..events import Hits, Raster, Run
    from ..masscal import MassScale

__all__ = ["write_grd", "write_itm", "write_itzip"]


def write_itm(path: str | Path, run: Run, *, level: int = 6) -> Path:
    """Write ion events as an .itm, as other programs read it.

    Parameters
    ----------
    path : path
    run : Run
    level : int
        Of compression, 0 to 9.

    Returns
    -------
    Path

    Raises
    ------
    DataFileError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tofsims import Raster, ion_events, read
    >>> run = ion_events([([0, 3], [100, 200])], raster=Raster(width=2, height=2))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     back = read(write_itm(Path(folder) / "a.itm", run)).runs[0]
    ...     back.scans[0].hits().pixel
    array([0, 3], dtype=uint32)
    """
    root = Directory()
    for name, whole, real, text in _properties(run):
        for place in ("propend", "propstart"):
            root.within(place).add(name, _property(name, whole, real, text))
    root.put("Meta/SI Image/res_x", struct.pack("<I", run.raster.width))
    root.put("Meta/SI Image/res_y", struct.pack("<I", run.raster.height))
    field = run.raster.field_um * 1e-6 if np.isfinite(run.raster.field_um) else 0.0
    root.put("Meta/SI Image/fieldofview", struct.pack("<d", field))
    for place, scale in zip((ADJUSTED, ACQUIRED), _twice(run.scales), strict=False):
        root.put(f"{place}/sf", struct.pack("<d", scale.sf))
        root.put(f"{place}/k0", struct.pack("<d", scale.k0))
    raw = root.within("rawdata")
    for scan in run.scans:
        raw.add("   2", b"", scan.number)
        raw.add(NUMBER, struct.pack("<I", scan.number), scan.number)
        words = _words(scan.hits(), run.raster)
        raw.add(WORDS, Leaf(words.astype("<u4").tobytes(), level), scan.number)
        raw.add("   3", b"", scan.number)
    return write_atomic(path, container(root))


def write_grd(path: str | Path, run: Run) -> Path:
    """Write ion events as GRD: records of scan, shot, x, y and flight time.

    A raster, a mass scale and a number of shots have no place in it.
    """
    pieces: list[bytes] = []
    for scan in run.scans:
        hits = scan.hits()
        record = np.empty(hits.pixel.size, dtype=RECORD)
        y, x = np.divmod(hits.pixel, np.uint32(run.raster.width))
        record["scan"], record["shot"], record["tof"] = scan.number, hits.pixel, hits.channel
        record["x"], record["y"] = x, y
        pieces.append(record.tobytes())
    return write_atomic(path, b"".join(pieces))


def write_itzip(path: str | Path, run: Run) -> Path:
    """Write ion events as ITZIP: files side by side, an entry an ion, and one of properties.

    Parameters
    ----------
    path : path
        Folder and name that the files share; ``.itm.scans`` and the like are put behind it.
    run : Run

    Returns
    -------
    Path
        The file of flight times.

    Raises
    ------
    DataFileError
        If a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from tofsims import MassScale, Raster, ion_events, read
    >>> run = ion_events([([0, 3], [100, 200])], raster=Raster(width=2, height=2),
    ...                  scale=MassScale(sf=72000.0, k0=-400.0))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     back = read(write_itzip(Path(folder) / "a", run)).runs[0]
    ...     back.scale.sf, back.scans[0].hits().pixel
    (72000.0, array([0, 3], dtype=uint32))
    """
    columns: dict[str, list[bytes]] = {end: [] for end in ENDINGS}
    for scan in run.scans:
        hits = scan.hits()
        y, x = np.divmod(hits.pixel, np.uint32(run.raster.width))
        values = {
            "scans": np.full(hits.pixel.size, scan.number),
            "tofs": hits.channel,
            "shots": hits.pixel,
            "coords": np.stack([x, y], axis=1),
        }
        for end, column in values.items():
            columns[end].append(column.astype("<u4").tobytes())
    given = Path(path)
    for end, pieces in columns.items():
        write_atomic(given.with_name(f"{given.name}.itm.{end}"), b"".join(pieces))
    rows = _properties(run)
    if run.scale is not None:
        rows += [(f"Context.MassScale.{n}", 0, v, "") for n, v in _constants(run.scale)]
    text = "".join("\t".join(map(str, row)) + "\r\n" for row in rows)
    write_atomic(given.with_name(given.name + PROPERTIES), text.encode("latin-1", "replace"))
    return given.with_name(f"{given.name}.itm.tofs")


def _constants(scale: MassScale) -> tuple[tuple[str, float], tuple[str, float]]:
    return ("SF", scale.sf), ("K0", scale.k0)


def _twice(scales: tuple[MassScale, ...]) -> tuple[MassScale, ...]:
    return scales * 2 if len(scales) == 1 else scales


def _properties(run: Run) -> list[tuple[str, int, float, str]]:
    channel = run.channel_ps * 1e-12
    known = [
        ("Registration.Raster.Resolution", run.raster.width, float(run.raster.width), ""),
        ("Registration.Raster.FieldOfView", 0, run.raster.field_um * 1e-6, ""),
        ("Registration.Raster.ShotsPerPixel", run.raster.shots or 0, 0.0, ""),
        ("Registration.TimeResolution", 0, channel, ""),
        ("Measurement.CycleTime", 0, channel * run.channels, ""),
        ("Measurement.ScanNumber", len(run.scans), float(len(run.scans)), ""),
        ("Instrument.Analyzer_Polarity_Switch", 0, 0.0, run.polarity.capitalize()),
        ("Instrument.PrimaryGun.Species", 0, 0.0, run.labels.get("primary", "")),
        ("Instrument.PrimaryGun.Energy", 0, float(run.labels.get("primary_energy_eV", "nan")), ""),
    ]
    if run.sputter_time is not None:
        known.append(("Analysis.SputterTime", 0, float(run.sputter_time[-1]), ""))
    return [row for row in known if np.isfinite(row[2])]


def _property(name: str, whole: int, real: float, text: str) -> bytes:
    key, said = name.encode("utf-16-le"), text.encode("utf-16-le")
    size = struct.pack("<I", len(key))
    return bytes(16) + size + key + struct.pack("<2xqdI", whole, real, len(said)) + said


def _words(hits: Hits, raster: Raster) -> NDArray[np.uint32]:
    """Words of each pixel's visit: x, y and number, then its ions; one visit a pixel and scan."""
    order = np.argsort(hits.pixel, kind="stable")
    pixel, channel = hits.pixel[order], hits.channel[order]
    all_pixels = np.arange(raster.pixels, dtype=np.uint32)
    many = np.bincount(pixel, minlength=raster.pixels)
    heads = 3 * np.arange(raster.pixels) + np.concatenate([[0], np.cumsum(many)[:-1]])
    words = np.empty(3 * raster.pixels + pixel.size, dtype=np.uint32)
    words[heads] = np.uint32(0xC0000000) | (all_pixels % np.uint32(raster.width))
    words[heads + 1] = np.uint32(0xD0000000) | (all_pixels // np.uint32(raster.width))
    words[heads + 2] = np.uint32(0x40000000) | all_pixels
    words[np.arange(pixel.size) + 3 * (pixel.astype(np.int64) + 1)] = channel
    return words
