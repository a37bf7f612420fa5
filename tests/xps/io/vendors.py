"""Vendors' files, written by their layouts independently of the readers under test."""

from __future__ import annotations

import io
import re
import struct
import zipfile

import numpy as np

POINTS = 60


def counts(points=POINTS, seed=0):
    """Whole numbers with a line in them."""
    x = np.arange(points)
    return np.random.default_rng(seed).poisson(200 + 800 * np.exp(-(((x - points / 2) / 6) ** 2)))


# --- PHI ------------------------------------------------------------------------------------------


def phi(
    regions=(("S2p", 16, 170.0, -0.1, 0.4), ("Su1s", 111, 1400.0, -20.0, 0.2)),
    *,
    form="f4",
    points=POINTS,
    extra=(),
    entries=(),
    factor=1.0,
    unit=b"c/s",
    newline="\r\n",
):
    """Header and traces; the rates are whole counts over the stated seconds, times a factor."""
    head = ["SOFH", "Technique: XPS", "FileType:  SPECTRUM", "FileDesc: (1, made)"]
    head += ["AnalyserWorkFcn: 4.5 eV", "XraySource: Al 1486.6 mono", *entries]
    head += [f"NoSpectralReg: {len(regions)}"]
    for number, (name, atomic, first, step, seconds) in enumerate(regions, 1):
        last = first + step * (points - 1)
        head.append(
            f"SpectralRegDef: {number} 1 {name} {atomic} {points} {step:.4f} {first:.4f} {last:.4f} "
            f"{first:.4f} {last:.4f} {seconds:.6f} 23.50 AREA"
        )
    head += ["NoSpatialArea: 1", *extra, "EOFH", ""]
    size = points * int(form[1])
    begin = 16 + 96 * len(regions)
    data = struct.pack("<4I", 1, len(regions), 96 * len(regions), 16)
    for number in range(1, len(regions) + 1):
        words = [number, 1, 1, number, 1, points, 1, 1, b"pnt", 1, b"sar", 0, 0, 1, unit, 0, 0, 0]
        words += [form.encode(), size, begin + size * (number - 1), 0, 0, 0]
        data += b"".join(
            w.ljust(4, b"\0") if isinstance(w, bytes) else struct.pack("<I", w) for w in words
        )
    for number, region in enumerate(regions):
        data += (factor * counts(points, number) / region[4]).astype(f"<{form}").tobytes()
    return newline.join(head).encode("latin-1") + data


# --- SPECS ----------------------------------------------------------------------------------------

SHIFTS = (-0.0744451, 0.00538331, 0.0824935)


def specs_xml(
    *,
    shifts=SHIFTS,
    pass_energy=20.0,
    step=0.1,
    points=POINTS,
    scans=2,
    declared=None,
    cycles=1,
    mode="FixedAnalyzerTransmission",
    transmission=True,
    name="S2p",
    doctype=True,
    method="XPS",
    photon_energy=1486.6,
    base=0,
    factors=0,
    inside="",
):
    """One group with one region; channel j of the detector holds channel 0's counts, shifted."""
    offsets = [int(np.floor(s * pass_energy / step + 0.5)) for s in shifts]
    head, tail = max(0, *offsets), max(0, *(-o for o in offsets))
    steps = head + points + tail
    out = ["<?xml version='1.0'?>"]
    if doctype:
        out += [
            "<!DOCTYPE any [<!ELEMENT any (struct)*>",
            f"<!ATTLIST any name NMTOKEN #IMPLIED>{inside}]>",
        ]
    out += ["<any><sequence type_id='IDL:specs.de/Serializer/RegionGroupSeq:1.0'><struct>"]
    out += ["<string name='name'>sample</string><sequence name='regions'><struct>"]
    out += [f"<string name='name'>{name}</string><struct name='region'>"]
    out += [f"<string name='analysis_method'>{method}</string>"]
    out += [f"<struct name='scan_mode'><string name='name'>{mode}</string></struct>"]
    settings = {"num_scans": scans if declared is None else declared, "curves_per_scan": 1}
    settings |= {"values_per_curve": points, "dwell_time": 0.2, "scan_delta": step}
    settings |= {"excitation_energy": photon_energy, "kinetic_energy": 1316.6}
    settings |= {
        "kinetic_energy_base": base,
        "pass_energy": pass_energy,
        "effective_workfunction": 4.4,
    }
    out += [f"<double name='{key}'>{value}</double>" for key, value in settings.items()]
    out += [f"</struct><ulong name='mcd_head'>{head}</ulong><ulong name='mcd_tail'>{tail}</ulong>"]
    out += ["<struct name='analyzer_info'><sequence name='detectors'>"]
    out += [
        f"<struct><double name='shift'>{s}</double><double name='gain'>1</double></struct>"
        for s in shifts
    ]
    out += ["</sequence></struct><sequence name='cycles'>"]
    for cycle in range(cycles):
        out += ["<struct><ulong name='time'>0</ulong><sequence name='scans'>"]
        for scan in range(scans):
            table = np.full((steps, len(shifts)), 7)
            for j, offset in enumerate(offsets):
                table[head - offset : head - offset + points, j] = counts(points, 10 * cycle + scan)
            flat = " \n".join(str(v) for v in table.ravel())
            out += [
                f"<struct><sequence name='counts' length='{table.size}'><ulong>{flat}</ulong></sequence>"
            ]
            out += [
                "<sequence name='scaling_factors'>",
                "<double>2</double>" * factors,
                "</sequence></struct>",
            ]
        out += ["</sequence></struct>"]
    out += ["</sequence>"]
    if transmission:
        values = " ".join(f"{2 + 0.001 * i:.3f}" for i in range(points))
        out += [f"<sequence name='transmission'><double>{values}</double></sequence>"]
    return "\n".join([*out, "</struct></sequence></struct></sequence></any>\n"]).encode()


def specs_xy(
    *,
    scans=2,
    cycles=1,
    separate=True,
    rate=True,
    axis="Binding Energy",
    transmission=False,
    points=POINTS,
    extra=(),
    ending="\n",
    channels=False,
    declared=None,
):
    """One group of two regions, with or without the scans apart."""
    out = ["# Created by:        SpecsLab Prodigy, Version 4.100.1-r111001 ", "#"]
    out += ["# XY-Serializer Export Settings:", "#   Comment Prefix:           #"]
    out += [f"#   Energy Axis:              {axis}", "#"]
    for region, first in (("S2p", 170.0), ("C1s", 292.0)):
        out += [
            "# Group:                        sample",
            "#",
            f"# Region:                       {region}",
        ]
        out += ["# Analysis Method:              XPS", f"# Values/Curve:                 {points}"]
        out += ["# Dwell Time:                   0.5", "# Excitation Energy:            1486.61"]
        out += ["# Pass Energy:                  20", "# Eff. Workfunction:            4.1"]
        for cycle in range(cycles):
            out += [
                f"# Cycle: {cycle}",
                "#",
                f"# Number of Scans: {scans if declared is None else declared}",
                "",
            ]
            whole = [counts(points, 100 * cycle + scan) for scan in range(scans)]
            for scan, each in enumerate(whole if separate else [np.sum(whole, axis=0)]):
                part = f", Scan: {scan}" if separate else ""
                part += ", Channel: 0" if channels else ""
                out += [f"# Cycle: {cycle}, Curve: 0{part}", "#"]
                out += ["# Acquisition Date:             08/24/23 14:19:47 UTC"]
                label = "counts/s" if rate else "counts"
                out += [
                    f"# ColumnLabels:                 energy {label}"
                    + " transmission" * transmission,
                    "#",
                ]
                time = 0.5 * (1 if separate else scans) if rate else 1.0
                for i, value in enumerate(each):
                    energy = (
                        first - 0.1 * i if axis.startswith("Bind") else 1486.61 - first + 0.1 * i
                    )
                    out += [
                        f"{energy:.4f}  {value / time:.6f}"
                        + f"  {1 + 0.001 * i:.3f}" * transmission
                    ]
            out += list(extra)
    return ("\n".join(out) + ending).encode()


# --- Scienta and Igor -----------------------------------------------------------------------------


def settings(axis="Binding", *, points=POINTS, name="S2p", mode="Pulse Counting"):
    """What SES says of a region."""
    return [
        f"Region Name={name}", "Lens Mode=Transmission", "Pass Energy=50", "Number of Sweeps=2",
        "Excitation Energy=520", f"Energy Scale={axis}", "Energy Unit=Kinetic", "Step Time=203",
        "Sample=made", f"DetectorMode={mode}", "Time per Spectrum Channel=4.0",
    ]  # fmt: skip


def scienta(*, axis="Binding", regions=2, slices=1, points=POINTS, fraction=0.0):
    """A text export; kinetic energies are 520 eV minus the others."""
    out = ["[Info]", f"Number of Regions={regions:04d}", "Version=1.3.1", ""]
    energy = 170.0 - 0.1 * np.arange(points)
    shown = energy if axis == "Binding" else 520 - energy
    for number in range(1, regions + 1):
        out += [f"[Region {number}]", "Region Name=S2p", f"Dimension 1 name={axis} Energy [eV]"]
        out += [
            f"Dimension 1 size={points}",
            "Dimension 1 scale=" + " ".join(f"{e:.6g}" for e in shown),
        ]
        if slices > 1:
            out += ["Dimension 2 name=Angle [deg]", f"Dimension 2 size={slices}"]
            out += ["Dimension 2 scale=" + " ".join(str(j - 1) for j in range(slices))]
        out += [
            "",
            f"[Info {number}]",
            *settings(axis),
            f"[Run Mode Information {number}]",
            "",
            f"[Data {number}]",
        ]
        columns = [counts(points, 10 * number + j) + fraction for j in range(slices)]
        out += [
            f" {e:.14E}" + "".join(f"  {column[i]:.14E}" for column in columns)
            for i, e in enumerate(shown)
        ]
        out += [""]
    return ("\r\n".join(out) + "\r\n").encode()


def checksummed(content):
    """Set a wave's checksum so that its header adds up, as Igor does."""
    data = bytearray(content)
    for order in "<>":
        if len(data) < 126:
            break
        (version,) = struct.unpack_from(order + "h", data)
        if version not in {2, 5}:
            continue
        at, size = (14, 126) if version == 2 else (2, 384)
        if len(data) < size:
            break
        data[at : at + 2] = b"\0\0"
        total = sum(struct.unpack_from(f"{order}{size // 2}H", data)) & 0xFFFF
        struct.pack_into(order + "H", data, at, -total & 0xFFFF)
        break
    return bytes(data)


def igor(
    version=5,
    *,
    order="<",
    points=POINTS,
    slices=0,
    code=4,
    note=None,
    unit=b"Counts [a.u.]",
    axis=b"Binding Energy [eV]",
    step=-0.1,
    start=170.0,
    values=None,
):
    """An Igor binary wave by WaveMetrics' Technical Note 003."""
    form = {2: "f4", 4: "f8", 8: "i1", 16: "i2", 32: "i4", 0x48: "u1", 0x50: "u2", 0x60: "u4"}.get(
        code, "f8"
    )
    if values is None:
        values = np.array([counts(points, j) for j in range(slices or 1)])
    body = np.asarray(values).astype(order + form).tobytes()  # rows run fastest
    note = "\r".join(["[SES]", *settings()]).encode() if note is None else note
    if version == 2:
        header = struct.pack(order + "hiiih", 2, 110 + len(body) + 16, len(note), 0, 0)
        header += struct.pack(order + "hI20shhI", code, 0, b"wave0", 0, 0, 0)
        header += struct.pack(order + "4s4sihdd", b"", b"eV", points, 0, step, start)
        header += struct.pack(order + "hhhddbbIiI2sII", 0, 0, 0, 0.0, 0.0, 0, 0, 0, 0, 0, b"", 0, 0)
        return checksummed(header + body + bytes(16) + note)
    shape = (points, slices, 0, 0)
    labels = [axis, b"Angle [deg]" if slices else b"", b"", b""]
    header = struct.pack(order + "hhiiii", 5, 0, 320 + len(body), 0, len(note), len(unit))
    header += struct.pack(order + "4i", *(len(label) for label in labels)) + bytes(16 + 12)
    total = points * max(slices, 1)
    header += struct.pack(order + "IIIihh6xh32sii", 0, 0, 0, total, code, 0, 1, b"wave0", 0, 0)
    header += struct.pack(order + "4i4d4d", *shape, step, 1.0, 1, 1, start, -1.0, 0, 0)
    header = header.ljust(384, b"\0")
    return checksummed(header + body + note + unit + b"".join(labels))


# --- Avantage -------------------------------------------------------------------------------------


def avantage(
    *,
    levels=1,
    points=POINTS,
    unit="",
    periods=4,
    scale=1,
    start=1316.6,
    entries=(),
    empty=False,
    title="S2p Scan",
):
    """A dump of a data space, of one scan or of an etch profile."""
    out = [
        "; ============",
        ";Dump of DataSpace 'C:\\x\\S2p Scan.VGD'",
        "; on 12/5/2008 at 14:26:48",
        "$FORMAT=4",
    ]
    out += ["$PROPERTIES=SUM", f"DS_EXT_SUPROPID_TITLE       : VT_BSTR = '{title}'"]
    out += ["DS_EXT_SUPROPID_SUBJECT     : VT_BSTR = 'made'", "", "$PROPERTIES=STD"]
    out += [f"DS_GEPROPID_VALUE_UNIT                      : VT_BSTR = '{unit}'"]
    out += ["DS_SOPROPID_ENERGY                          : VT_R4   = 1486.600000"]
    out += ["DS_ACPROPID_ACQ_TIME                        : VT_R4   = 0.050000"]
    out += [f"DS_ACPROPID_PERIODS                         : VT_I4   = {periods}"]
    out += [f"DS_ACPROPID_EV_SCALE                        : VT_I2   = {scale}", *entries]
    out += ["DS_ANPROPID_WORK_FTN                        : VT_R4   = 4.500000"]
    out += ["DS_ANPROPID_PASS                            : VT_R4   = 20.000000"]
    out += [
        f"$DATAAXES={1 + (levels > 1)},#empty#",
        f"    0=        0,        {points - 1},          1",
    ]
    out += [f"    1=        0,        {levels - 1},          2"] * (levels > 1)
    out += [f"$SPACEAXES={3 if levels > 1 else 1}"]
    out += [
        f"    0=    {start:.6f},       0.100000,        {points},  ENERGY,   LINEAR,  'E',   'eV',    'Energy'"
    ]
    if levels > 1:
        out += [f"    1=  0.0, 5.0, {levels}, ETCHTIME, NON-LINEAR, 'EtchTime', 's', 'Etch Time'"]
        out += [f"    2=  0.0, 1.0, {levels}, ETCHLEVEL, LINEAR, 'EtchLevel', '', 'Etch Level'"]
    for level in range(levels):
        if levels > 1:
            out += [
                f"$AXISVALUE= DATAXIS=1 SPACEAXIS=1 LABEL='Etch Time' POINT={level} VALUE={7.5 * level:.6f};"
            ]
        out += ["$DATA=*" + (f",{level}" if levels > 1 else "")]
        shown = ["#empty#"] * points if empty else [f"{v:.6f}" for v in counts(points, level)]
        out += [f"LIST@ {k:3d}=  {',  '.join(shown[k : k + 4])}" for k in range(0, points, 4)]
        out += [";"]
    return ("\r\n".join(out) + "\r\n").encode("latin-1")


def workbook(
    *,
    points=POINTS,
    fit=True,
    seconds="12.0 secs",
    scans=1,
    kinetic=False,
    unit="Counts / s",
    source="Al K Alpha",
    spectra=1,
    hole=False,
    gap=0,
):
    """A workbook in the layout of Avantage's export, written by openpyxl."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Titles"
    book.active["A1"] = "made"
    sheet = book.create_sheet("S2p Scan")
    sheet["H1"] = "Acquisition Parameters :"
    said = {"Total Acq. Time": seconds, "Number Scans": scans, "Source Gun Type": source}
    said |= {"Analyser Mode": "CAE : Pass Energy 20.0 eV"}
    for row, (name, value) in enumerate(said.items(), 4):
        sheet.cell(row, 8, name)
        sheet.cell(row, 9, value)
    sheet["A15"], sheet["A16"] = ("Kinetic" if kinetic else "Binding") + " Energy (E)", "eV"
    for k in range(spectra):
        sheet.cell(16, 3 + k, unit)
    for column, name in enumerate(("S2p Scan A", "Backgnd.", "Envelope", "Residuals") * fit, 5):
        sheet.cell(15, column, name)
        sheet.cell(16, column, unit)
    for i, value in enumerate(counts(points)):
        sheet.cell(17 + i, 1, round(1316.6 + 0.1 * i if kinetic else 170.0 - 0.1 * i, 6))
        for k in range(spectra):
            sheet.cell(17 + i, 3 + k, int(value) / 0.2)
        for column, curve in enumerate((3 * value, 2 * value, 4 * value, 0) * fit, 5):
            sheet.cell(17 + i, column, float(curve))
    if hole:
        sheet["C20"] = None
    if gap:
        sheet.cell(gap, 1).value = None
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_shared_strings(content):
    """Give a workbook whose texts stand in one table, as Excel writes them; openpyxl writes them inside."""
    table = []

    def moved(match):
        table.append(match[2])
        return f'<c r="{match[1]}" t="s"><v>{len(table) - 1}</v></c>'.encode()

    for name in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"):
        sheet = part_of(content, name).decode()
        pattern = r'<c r="([A-Z]+\d+)"[^>]*t="inlineStr"[^>]*><is><t[^>]*>([^<]*)</t></is></c>'
        content = repacked(
            content, name, re.sub(pattern, lambda m: moved(m).decode(), sheet).encode()
        )
    # Rich text comes in runs, and may say how it is pronounced.
    rows = [
        f"<si><r><t>{t[:3]}</t></r><r><t>{t[3:]}</t></r><rPh><t>x</t></rPh></si>" for t in table
    ]
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = f"<sst xmlns='{space}'>{''.join(rows)}</sst>"
    return repacked(content, "xl/sharedStrings.xml", strings.encode())


def part_of(content, name):
    """Unpack a part of an archive."""
    return zipfile.ZipFile(io.BytesIO(content)).read(name)


def repacked(content, name, part, *, level=zipfile.ZIP_DEFLATED):
    """Give an archive with one part replaced."""
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(out, "w", level) as target:
        for other in source.namelist():
            target.writestr(other, part if other == name else source.read(other))
        if name not in source.namelist():
            target.writestr(name, part)
    return out.getvalue()
