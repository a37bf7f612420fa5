"""SPECS spectra as SpecsLab 2 and Prodigy serialise them (``.xml``).

A file holds groups of regions, a region cycles, a cycle scans. A scan holds the counts of every
detector channel in turn at each step. Channel j stands ``shift_j * pass energy`` off the nominal
energy, so the sweep begins ``mcd_head`` steps early and ends ``mcd_tail`` steps late; the channels
are added where their energies agree to half a step, which keeps the sum a number of counts. On a
real file this brings the maxima of five channels, up to 61 steps apart as stored, onto one step.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Skipped, Told
from references.words import Severity
from references.xmltree import Node, read_xml

from .meaning import binding_energies, make, technique_of
from .reading import Reading
from .written import core_level, number, numbers

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from references.words import Finding

__all__ = ["is_specs_xml", "read_specs_xml"]

Array = NDArray[np.float64]

MAX_BYTES = 64 * 1024**2
MAX_POINTS = 1_000_000
LARGEST = 1e6
"""No energy, time or shift in a file is larger."""
SWEPT = "FixedAnalyzerTransmission"
"""The mode in which a channel's place is its shift times the pass energy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    """What a region was set to: its name, its axis, its times, its detector."""

    region: str
    sample: str
    method: str
    mode: str
    scans: int
    curves: int
    points: int
    dwell_time: float
    step: float
    photon_energy: float
    kinetic_energy: float
    base: float
    pass_energy: float
    head: int
    tail: int
    shifts: tuple[float, ...]

    @property
    def offsets(self) -> list[int]:
        """By how many steps each channel lies off the nominal energy."""
        if self.mode != SWEPT:
            return [0] * len(self.shifts)
        return [math.floor(s * self.pass_energy / self.step + 0.5) for s in self.shifts]


def is_specs_xml(head: bytes) -> bool:
    """Whether a file is XML of SPECS's serializer."""
    return head.lstrip()[:5] == b"<?xml" and b"IDL:specs.de/Serializer" in head


def read_specs_xml(path: str | Path, content: bytes) -> Reading:
    """Read the XML of SpecsLab 2 or Prodigy.

    Scans are repeats of a region and are added; each cycle is a spectrum of its own.

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
        If the file is no well-formed XML, lacks a setting that a region needs, or holds a number
        where none can be.
    """
    if len(content) > MAX_BYTES:
        raise DataFileError(path, f"is {len(content)} bytes; SPECS XML is read up to {MAX_BYTES}")
    spectra: list[xr.Dataset] = []
    notes: list[Finding] = []
    skipped: list[str] = []
    for group, region in _regions(read_xml(path, content, dtd=True)):
        settings = _settings(path, group, region)
        cycles = _children(region, "cycles")
        if not cycles:
            packed = " but in packed form, which is not read" if _children(
                region, "compact_cycles"
            ) else ""  # fmt: skip
            skipped.append(f"region {settings.region}: it holds no data{packed}")
        for index, cycle in enumerate(cycles):
            cycle_number = index if len(cycles) > 1 else None
            try:
                made, said = _spectrum(path, settings, region, cycle, cycle_number)
            except Skipped as reason:
                skipped.append(str(reason))
                continue
            spectra.append(made)
            notes += said
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        format="specs-xml",
        spectra=tuple(spectra),
        casa=tuple(None for _ in spectra),
        skipped=tuple(skipped),
        notes=tuple(notes),
    )


# --- the tree -------------------------------------------------------------------------------------


def _regions(root: Node) -> list[tuple[str, Node]]:
    """Give each region with the name of its group."""
    return [
        (_text(group, "name"), region)
        for groups in root.children
        for group in groups.children
        for region in _children(group, "regions")
    ]


def _children(node: Node | None, name: str) -> list[Node]:
    found = node.named(name) if node else None
    return found.children if found else []


def _text(node: Node | None, name: str) -> str:
    found = node.named(name) if node else None
    return found.text.strip() if found else ""


def _settings(path: str | Path, group: str, region: Node) -> _Settings:
    name = _text(region, "name")
    place = f"region {name[:40]}"
    defined = region.named("region")

    def needed(key: str, node: Node | None = defined) -> float:
        value = number(_text(node, key))
        if not abs(value) < LARGEST:
            raise DataFileError(
                path,
                f"{key} should be a possible number, not {_text(node, key)[:40]!r}",
                where=place,
                action="export it again",
            )
        return value

    def whole(key: str, node: Node | None = defined) -> int:
        value = needed(key, node)
        if value < 0 or value % 1 or value > MAX_POINTS:
            raise DataFileError(
                path, f"{key} should be a whole number >= 0, not {value:g}", where=place
            )
        return int(value)

    detectors = _children(region.named("analyzer_info"), "detectors")
    settings = _Settings(
        region=core_level(name) or name,
        sample=group,
        method=_text(defined, "analysis_method"),
        mode=_text(defined.named("scan_mode") if defined else None, "name"),
        scans=whole("num_scans"),
        curves=whole("curves_per_scan"),
        points=whole("values_per_curve"),
        dwell_time=needed("dwell_time"),
        step=needed("scan_delta"),
        photon_energy=needed("excitation_energy"),
        kinetic_energy=needed("kinetic_energy"),
        base=number(_text(defined, "kinetic_energy_base")),
        pass_energy=needed("pass_energy"),
        head=whole("mcd_head", region),
        tail=whole("mcd_tail", region),
        shifts=tuple(needed("shift", detector) for detector in detectors) or (0.0,),
    )
    if not settings.step > 1 / LARGEST:
        raise DataFileError(
            path, f"scan_delta should be above zero, not {settings.step:g}", where=place
        )
    return settings


# --- a spectrum -----------------------------------------------------------------------------------


def _spectrum(
    path: str | Path, settings: _Settings, region: Node, cycle: Node, cycle_number: int | None
) -> tuple[xr.Dataset, list[Finding]]:
    """Make the spectrum of one cycle."""
    at = "" if cycle_number is None else f", cycle {cycle_number}"
    told = Told(subject=f"region {settings.region}{at}")
    _check_layout(settings, told)
    scans = _children(cycle, "scans")
    if not scans:
        raise Skipped(f"{told.subject}: it holds no scan")
    counts = np.zeros(settings.points)
    for index, scan in enumerate(scans, 1):
        counts += _added(path, settings, scan, told, f"{told.subject}, scan {index}")
    _say_scans(settings, len(scans), told)
    kinetic = settings.kinetic_energy + settings.step * np.arange(settings.points, dtype=float)
    technique = technique_of(settings.method, settings.photon_energy)
    energy = binding_energies(kinetic, settings.photon_energy, technique, told)
    made = make(
        path,
        told,
        energy=energy,
        values=counts,
        unit="counts",
        photon_energy=settings.photon_energy,
        dwell_time=settings.dwell_time,
        scans=float(len(scans)),
        transmission=_transmission(path, settings, region, told),
        sample=settings.sample,
        region=settings.region,
        technique=technique,
        pass_energy=f"{settings.pass_energy:g} eV",
    )
    if cycle_number is not None:
        made = made.assign_coords(cycle=((), float(cycle_number), {"units": "1"}))
    return made, told.notes


def _check_layout(settings: _Settings, told: Told) -> None:
    """Pass over what is stored in a way that no file at hand has shown."""
    if settings.curves != 1:
        raise Skipped(
            f"{told.subject}: it has {settings.curves} curves a scan, of which one is read"
        )
    if settings.mode != SWEPT and (len(settings.shifts) > 1 or settings.head or settings.tail):
        raise Skipped(
            f"{told.subject}: the channels of a scan in mode {settings.mode[:40]!r} are not put "
            "together; export it as VAMAS"
        )
    offsets = settings.offsets
    if max(offsets) > settings.head or -min(offsets) > settings.tail:
        raise Skipped(
            f"{told.subject}: channels lie {-min(offsets)} steps below to {max(offsets)} above the "
            f"nominal energy, but the sweep has only {settings.head} and {settings.tail} more"
        )


def _added(path: str | Path, settings: _Settings, scan: Node, told: Told, where: str) -> Array:
    """Add a scan's channels, each at its own energy."""
    stored = scan.named("counts")
    text = "".join(child.text for child in stored.children) if stored else ""
    channels, steps = len(settings.shifts), settings.head + settings.points + settings.tail
    values = numbers(path, text, where=where, what="a count", most=channels * steps)
    declared = stored.attributes.get("length", "") if stored else ""
    if values.size != channels * steps or declared != str(values.size):
        raise DataFileError(
            path,
            f"holds {values.size} counts ({declared[:20]} declared), expected {channels} channels "
            f"x ({settings.head} + {settings.points} + {settings.tail}) steps",
            where=where,
            action="export it again",
        )
    if _children(scan, "scaling_factors"):
        told.say(
            "scaling_not_applied",
            Severity.WARNING,
            "the scan comes with scaling factors; the counts are kept as they were counted",
        )
    by_step = values.reshape(steps, channels)
    starts = [settings.head - offset for offset in settings.offsets]
    return np.sum(
        [by_step[s : s + settings.points, j] for j, s in enumerate(starts)], axis=0, dtype=float
    )


def _say_scans(settings: _Settings, found: int, told: Told) -> None:
    if found != settings.scans:
        told.say(
            "scans_missing",
            Severity.WARNING,
            "not as many scans as were asked for; those that are there are added",
            reported=str(found),
            reference=str(settings.scans),
        )
    elif found > 1:
        told.say("scans_added", Severity.INFO, f"{found} scans of the region are added", str(found))
    if settings.base:
        told.say(
            "energy_base",
            Severity.WARNING,
            "the kinetic energies stand on a base, which is not applied",
            reported=f"{settings.base:g} eV",
        )


def _transmission(path: str | Path, settings: _Settings, region: Node, told: Told) -> Array | None:
    stored = _children(region, "transmission")
    if not stored:
        return None
    values = numbers(
        path,
        "".join(n.text for n in stored),
        where=told.subject,
        what="a transmission",
        most=settings.points,
    )
    if values.size == settings.points and values.min() > 0:
        return values
    told.say(
        "transmission_not_used",
        Severity.WARNING,
        "the transmission should have a value above zero for each energy, and is left out",
        reported=f"{values.size} values",
        reference=str(settings.points),
    )
    return None
