"""Files of each format, written by its layout independently of the readers under test."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np

POINTS = 60
START, STEP = 20.0, 0.02


def counts(points=POINTS, seed=0):
    """Whole numbers with a line in them."""
    x = np.arange(points)
    return np.random.default_rng(seed).poisson(200 + 800 * np.exp(-(((x - points / 2) / 6) ** 2)))


def angles(points=POINTS):
    """Angles in even steps."""
    return START + STEP * np.arange(points)


def xy(*, values=None, u=None, mark=" ", comma=False, header=(), newline="\n"):
    """Columns: angle, value and perhaps an esd."""
    values = counts() if values is None else values
    columns = [angles(len(values)), values] + ([] if u is None else [u])
    rows = [mark.join(f"{x:.10g}" for x in row) for row in zip(*columns, strict=True)]
    body = newline.join([*rows, ""])
    body = body.replace(".", ",") if comma else body
    return "".join(line + newline for line in header).encode() + body.encode()


# --- GSAS -----------------------------------------------------------------------------------------


def _records(fields):
    lines = ["".join(fields[i : i + 10]).ljust(80) for i in range(0, len(fields), 10)]
    return [*lines]


def gsas(kind="STD", *, values=None, u=None, detectors=None, padding=0, declared=None, banks=1):
    """A title and banks of centidegrees."""
    values = counts() if values is None else values
    u = np.sqrt(values) if u is None else u
    out = ["made for a test".ljust(80)]
    for bank in range(1, banks + 1):
        points = declared or len(values)
        out.append(
            f"BANK {bank} {points} {-(-points // 10)} CONST {100 * START:g} {100 * STEP:g} 0 0 {kind}"
        )
        if kind == "STD":
            first = [f"{n:2d}" for n in (detectors if detectors is not None else [])] or [
                "  "
            ] * len(values)
            fields = [f"{d}{v:6d}" for d, v in zip(first, values, strict=True)]
            out += _records(fields + ["       0"] * padding)
        elif kind == "ESD":
            out += _records([f"{x:8.1f}" for pair in zip(values, u, strict=True) for x in pair])
        else:
            out += [
                f"{100 * x:.4f} {v:.4f} {s:.4f}"
                for x, v, s in zip(angles(len(values)), values, u, strict=True)
            ]
    return ("\n".join(out) + "\n").encode()


# --- PANalytical ----------------------------------------------------------------------------------


def xrdml(
    *,
    scans=1,
    axis="Gonio",
    values=None,
    factors=None,
    tag="intensities",
    positions="ends",
    version="1.6",
    omega=START / 2,
    inside="",
    seconds="39.270",
    wavelength="1.5405980",
):
    """Scans of one measurement; ``inside`` goes before the outermost element."""
    values = counts() if values is None else values
    two_theta = angles(len(values))
    place = {
        "ends": f"<startPosition>{two_theta[0]:.4f}</startPosition><endPosition>{two_theta[-1]:.4f}</endPosition>",
        "list": f"<listPositions>{' '.join(f'{x:.4f}' for x in two_theta)}</listPositions>",
    }[positions]
    attenuation = (
        ""
        if factors is None
        else f"<beamAttenuationFactors>{' '.join(f'{f:.2f}' for f in factors)}</beamAttenuationFactors>"
    )
    scan = f"""
    <scan scanAxis="{axis}" mode="Continuous"><dataPoints>
      <positions axis="2Theta" unit="deg">{place}</positions>
      <positions axis="Omega" unit="deg"><startPosition>{omega}</startPosition><endPosition>{omega + 0.59}</endPosition></positions>
      <positions axis="Phi" unit="deg"><commonPosition>0.0</commonPosition></positions>
      {attenuation}<commonCountingTime unit="seconds">{seconds}</commonCountingTime>
      <{tag} unit="counts">{" ".join(str(v) for v in values)}</{tag}>
    </dataPoints></scan>"""
    return f"""<?xml version="1.0" encoding="UTF-8"?>{inside}
<xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/{version}" status="Completed">
  <sample type="To be analyzed"><id>7</id><name>argyrodite</name></sample>
  <xrdMeasurement measurementType="Scan">
    <usedWavelength intended="K-Alpha"><kAlpha1 unit="Angstrom">{wavelength}</kAlpha1>
      <kAlpha2 unit="Angstrom">1.5444260</kAlpha2><ratioKAlpha2KAlpha1>0.5000</ratioKAlpha2KAlpha1></usedWavelength>
    <incidentBeamPath><radius unit="mm">145.00</radius><xRayTube><anodeMaterial>Cu</anodeMaterial></xRayTube></incidentBeamPath>
    <diffractedBeamPath><radius unit="mm">240.00</radius><monochromator name="graphite"/></diffractedBeamPath>{scan * scans}
  </xrdMeasurement>
</xrdMeasurements>
""".encode()


# --- archives -------------------------------------------------------------------------------------


def archive(parts, *, level=zipfile.ZIP_DEFLATED):
    """A zip archive of names and contents."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", level) as made:
        for name, content in parts.items():
            made.writestr(zipfile.ZipInfo(name), content, compress_type=level)
    return out.getvalue()


def repacked(content, name, part):
    """The same archive with one part replaced or added."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts = {n: old.read(n) for n in old.namelist()}
    return archive(parts | {name: part})


def part_of(content, name):
    """One part of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        return made.read(name)


RAW_DATA = "Experiment0/RawData0.xml"


def brml(
    *, scans=1, factors=None, values=None, axis="Coupled TwoTheta/Theta", length=1, moved=False,
    theta=START / 2, declared=None, order=None, flag="Measured",
):  # fmt: skip
    """An experiment; ``moved`` puts the columns elsewhere, as their description then says."""
    parts = {"experimentCollection.xml": "<ExperimentCollection/>"}
    listed = order or range(scans)
    names = "".join(f"<string>Experiment0/RawData{n}.xml</string>" for n in listed)
    parts["Experiment0/DataContainer.xml"] = (
        f"<DataContainer><RawDataReferenceList>{names}</RawDataReferenceList></DataContainer>"
    )
    for scan in range(scans):
        recorded = counts(seed=scan) if values is None else values
        a = np.ones(len(recorded)) if factors is None else factors
        rows = []
        for i, x in enumerate(angles(len(recorded))):
            row = [
                "1.5",
                f"{a[i]:g}",
                f"{x:.4f}",
                f"{theta + 0.01 * i:.4f}",
                f"{recorded[i] * a[i]:.1f}",
            ]
            row = [row[4], row[2], row[3], row[0], row[1]] if moved else row
            rows.append(f"<Datum>{','.join(row)}</Datum>")
        at = (3, 4, 1, 0) if moved else (0, 1, 2, 4)
        parts[f"Experiment0/RawData{scan}.xml"] = f"""<?xml version="1.0"?>
<RawData xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><DataRoutes><DataRoute RouteFlag="{flag}">
<ScanInformation ScanName="Scan" VisibleName="{axis}"><MeasurementPoints>{declared or len(recorded)}</MeasurementPoints>
<TimePerStep>1.5</TimePerStep></ScanInformation>
{"".join(rows)}
<DataViews><RawDataView Start="{at[0]}" Length="1" LogicName="MeasuredTime"/>
<RawDataView Start="{at[1]}" Length="1" LogicName="AbsorptionFactor"/>
<RawDataView Start="{at[2]}" Length="2"><Varying LogicName="ScanAxes"><FieldDefinitions AxisId="TwoTheta"/>
<FieldDefinitions AxisId="Theta"/></Varying></RawDataView>
<RawDataView Start="{at[3]}" Length="{length}"><Recording LogicName="ScanCounter1"/></RawDataView></DataViews>
</DataRoute></DataRoutes>
<FixedInformation><Tube><WaveLengthAlpha1 Value="1.5406"/><WaveLengthAlpha2 Value="1.54439"/>
<WaveLengthRatio Value="0.5"/><TubeMaterial>Cu</TubeMaterial></Tube><PrimaryTracks><Radius Value="450"/></PrimaryTracks>
<SecondaryTracks><Radius Value="300"/></SecondaryTracks></FixedInformation></RawData>"""
    return archive(parts)


PROFILE = "Data0/Profile0.txt"
CONDITIONS = "Data0/MesurementConditions0.xml"


def rasx(*, scans=1, values=None, factor="1", axis="TwoThetaTheta", order=None, declared=None):
    """An archive of profiles and conditions."""
    listed = order or range(scans)
    parts = {}
    for scan in range(scans):
        recorded = counts(seed=scan) if values is None else values
        rows = "".join(
            f"{x:.4f}\t{v:.10g}\t{factor}\r\n"
            for x, v in zip(angles(len(recorded)), recorded, strict=True)
        )
        parts[f"Data{scan}/Profile{scan}.txt"] = b"\xef\xbb\xbf" + rows.encode()
        parts[
            f"Data{scan}/MesurementConditions{scan}.xml"
        ] = f"""<?xml version="1.0"?><MeasurementConditions>
<GeneralInformation><SampleName>argyrodite</SampleName><Comment>run {scan}</Comment></GeneralInformation>
<HWConfigurations><XrayGenerator><TargetName>Cu</TargetName><WavelengthKalpha1>1.540593</WavelengthKalpha1>
<WavelengthKalpha2>1.544414</WavelengthKalpha2></XrayGenerator></HWConfigurations>
<ScanInformation><AxisName>{axis}</AxisName><Step>0.02</Step><Speed>2.0</Speed><SpeedUnit>deg/min</SpeedUnit>
<IntensityUnit>counts</IntensityUnit><DataCount>{declared or len(recorded)}</DataCount></ScanInformation>
<RASHeader><Pair><string>*HW_COUNTER_MONOCHRO_NAME</string><string>bent graphite</string></Pair></RASHeader>
</MeasurementConditions>"""
    parts["root.xml"] = "<Root>" + "".join(f"<Data{n} Type='Profile'/>" for n in listed) + "</Root>"
    return archive(parts)


def ras(
    *,
    scans=1,
    values=None,
    factor="1.0000",
    axis="TwoThetaTheta",
    unit="counts",
    extra=(),
    comment="run {}",
):
    """Blocks of a header and rows."""
    out = ["*RAS_DATA_START"]
    for scan in range(scans):
        recorded = counts(seed=scan) if values is None else values
        keys = {
            "FILE_COMMENT": comment.format(scan),
            "FILE_SAMPLE": "argyrodite",
            "HW_XG_TARGET_NAME": "Cu",
            "HW_XG_WAVE_LENGTH_ALPHA1": "1.540593",
            "HW_XG_WAVE_LENGTH_ALPHA2": "1.544414",
            "MEAS_SCAN_AXIS_X": axis,
            "MEAS_SCAN_STEP": "0.0200",
            "MEAS_SCAN_SPEED": "2.0000",
            "MEAS_SCAN_SPEED_UNIT": "deg/min",
            "MEAS_SCAN_UNIT_Y": unit,
            **dict(extra),
        }
        out += ["*RAS_HEADER_START", *(f'*{k} "{v}"' for k, v in keys.items()), "*RAS_HEADER_END"]
        out += ["*RAS_INT_START"]
        out += [
            f"{x:.4f} {v:.10g} {factor}".rstrip()
            for x, v in zip(angles(len(recorded)), recorded, strict=True)
        ]
        out += ["*RAS_INT_END"]
    return "\r\n".join([*out, "*RAS_DATA_END", ""]).encode("shift_jis")


# --- RAW4 -----------------------------------------------------------------------------------------


def raw4(*, ranges=1, values=None, axis=b"Locked Coupled", alpha2=1.54439, size=8):
    """Segments of text and source, then ranges."""
    out = b"RAW4.00".ljust(61, b"\0")
    out += struct.pack("<II", 10, 45) + b"\0" * 4 + b"SAMPLEID".ljust(24, b"\0") + b"argyrodit"
    source = bytearray(136)
    struct.pack_into("<II", source, 0, 30, 136)
    struct.pack_into("<5d", source, 72, 1.5418, 1.5406, alpha2, 1.39222, 0.5 if alpha2 else 0.0)
    source[116:118] = b"Cu"
    out += bytes(source)
    for number in range(ranges):
        recorded = counts(seed=number) if values is None else values
        head = bytearray(160)
        chain = struct.pack("<II", 50, 92) + b"2Theta".ljust(84, b"\0")
        struct.pack_into("<II", head, 0, 0, len(recorded))
        head[32 : 32 + len(axis)] = axis
        struct.pack_into(
            "<ddI4fdI", head, 72, START, STEP, len(recorded), 310.0, 0.0, 40.0, 40.0, 0.0, 0
        )
        struct.pack_into("<d", head, 112, 1.5406)
        struct.pack_into("<II", head, 136, size, len(chain))
        points = b"".join(struct.pack("<f", v).ljust(size, b"\0") for v in recorded)
        out += bytes(head) + chain + points
    return out


# --- CIF ------------------------------------------------------------------------------------------


def pdcif(
    kind="rates", *, values=None, tau=(2.0, 5.0), calculated=True, wavelength="loop", zero=False
):
    """Blocks with a diffractometer, measured points and calculated ones.

    ``rates`` are counts per second in two stretches with NIST's weights; ``grid`` counts over a
    range; ``su`` intensities with uncertainties in brackets; ``weights`` 1 / y.
    """
    recorded = counts() if values is None else values
    x = angles(len(recorded))
    out = ["#\\#CIF_1.1", "data_instrument", "_diffrn_radiation_type 'Cu K\\a'", "_pd_instr_dist_spec/detc 217.5",
           "_diffrn_radiation_monochromator graphite"]  # fmt: skip
    out += {
        "loop": ["loop_", "_diffrn_radiation_wavelength", "_diffrn_radiation_wavelength_wt", "1.5405929 1.0", "1.5444274 0.5"],
        "one": ["_diffrn_radiation_wavelength 1.5405929"],
        "": [],
    }[wavelength]  # fmt: skip
    out += ["data_powder_meas", "_pd_phase_name argyrodite"]
    if kind == "grid":
        out += [f"_pd_meas_2theta_range_min {x[0]:.3f}", f"_pd_meas_2theta_range_max {x[-1]:.3f}",
                f"_pd_meas_2theta_range_inc {STEP}", "loop_", "_pd_meas_counts_total"]  # fmt: skip
        out += [str(v) for v in recorded]
    elif kind == "su":
        out += ["loop_", "_pd_meas_2theta_scan", "_pd_meas_intensity_total"]
        out += [
            f"{a:.3f} {v / 10:.2f}({round(10 * v**0.5)})" for a, v in zip(x, recorded, strict=True)
        ]
    else:
        out += [
            "loop_",
            "_pd_proc_2theta_corrected",
            "_pd_proc_intensity_total",
            "_pd_proc_ls_weight",
        ]
        half = len(recorded) // 2
        times = np.where(np.arange(len(recorded)) < half, *tau)
        x = np.where(np.arange(len(recorded)) < half, x, x + 5.0)
        for a, n, t in zip(x, recorded, times, strict=True):
            if kind == "rates":
                out.append(f"{a:.3f} {n / t:.2f} {t**2 / (n + 1):.2e}")
            else:
                out.append(f"{a:.3f} {n + 0.5:.2f} {0.0 if zero else 1 / (n + 0.5):.2e}")
    if calculated:
        out += [
            "data_powder_calc",
            "loop_",
            "_pd_proc_2theta_corrected",
            "_pd_proc_intensity_total",
        ]
        out += [f"{a:.3f} {v:.2f}" for a, v in zip(x, recorded, strict=True)]
    return ("\n".join(out) + "\n").encode()
