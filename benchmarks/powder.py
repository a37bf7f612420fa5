"""Powder diffraction: speed beside pymatgen, and how near to certified values refinements come.

``PEAKWRIGHT_DATA=... python benchmarks/powder.py``; pymatgen and rietx are measured where they are
installed.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import importlib.util
import json
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

import xrd
from references import load
from xrd.diffractometer import Diffractometer
from xrd.example import Optics, Powder, simulated
from xrd.model import PatternModel
from xrd.phase import phase_model
from xrd.refine import refine
from xrd.reflections import reflections
from xrd.structure import structure

PATTERNS = Path(os.environ["PEAKWRIGHT_DATA"]) / "xrd" / "patterns"
ROUND_ROBIN = PATTERNS / "round_robin"
PHILIPS = xrd.Instrument(radiation="Cu Ka", monochromator_two_theta_deg=26.6, radius_mm=173.0)
GRAPHITE = float(np.cos(np.radians(26.6)) ** 2)
MIXTURES = {"corundum": "Al2O3", "fluorite": "CaF2", "zincite": "ZnO"}
LIBRARY = load()


def best_of(call, repeats=20):
    call()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return min(times)


def speed():
    argyrodite = structure(LIBRARY.phase("Li6PS5Cl"))
    own = best_of(lambda: reflections(argyrodite, 1.54056, two_theta=(10.0, 90.0)))
    print(f"lines of Li6PS5Cl, 10-90 degrees: {1e3 * own:.1f} ms")
    if importlib.util.find_spec("pymatgen"):
        from pymatgen.analysis.diffraction.xrd import XRDCalculator
        from pymatgen.core import Structure

        peer = Structure.from_str(LIBRARY.phase("Li6PS5Cl").cif, fmt="cif")
        calculator = XRDCalculator(wavelength=1.54056)
        theirs = best_of(lambda: calculator.get_pattern(peer, two_theta_range=(10, 90)), 3)
        print(f"  pymatgen / ours {theirs / own:.0f}  (goal >= 20)")
    x = np.linspace(10.0, 90.0, 4001)
    laid = phase_model("main", argyrodite, 1.5405929, (10.0, 90.0))
    model = PatternModel.build(x, Diffractometer(), [laid])
    values = np.array([p.value for p in model.parameters])
    plain = best_of(lambda: model.column(laid, values))
    whole = best_of(lambda: model.evaluate(values))
    print(
        f"profile on 4001 points: {1e3 * plain:.1f} ms (goal <= 5), with slopes {1e3 * whole:.1f}"
    )


def certified():
    scan = xrd.read(PATTERNS / "formats" / "nist_srm660c_100a.cif").patterns[0]
    x = scan["two_theta"].values
    laid = phase_model("LaB6", structure(LIBRARY.phase("LaB6")), 1.5405929, (x[0], x[-1]))
    seen = Diffractometer(polarization=GRAPHITE, radius=217.5)
    model = PatternModel.build(x, seen, [laid], exposure=xrd.exposure(scan))
    found = refine(model, scan["counts"].values)
    a = laid.cell[0] + found.value("LaB6 cell 0")
    print(
        f"SRM 660c: a {a:.6f} (certified 4.156780, goal within 2e-4), displacement "
        f"{found.value('displacement'):+.4f} mm (-0.0788 +- 0.005), K-alpha2 "
        f"{found.value('ratio'):.3f}"
    )


def mixtures():
    weighed = json.loads((ROUND_ROBIN / "weighed.json").read_text())["samples"]
    errors, us, spent = [], [], []
    phases = [structure(LIBRARY.phase(key)) for key in MIXTURES.values()]
    for sample, truth in weighed.items():
        scan = xrd.read(ROUND_ROBIN / f"{sample}.prn").patterns[0]
        began = time.perf_counter()
        found = xrd.quantify(scan, phases, library=LIBRARY, instrument=PHILIPS)
        spent.append(time.perf_counter() - began)
        off = [
            100.0 * part.fraction.value - truth[name]
            for part, name in zip(found.parts, MIXTURES, strict=True)
        ]
        u = [100.0 * part.fraction.u for part in found.parts]
        errors.append(off)
        us.append(u)
        told = ", ".join(
            f"{n} {e:+.2f} +- {v:.2f}" for n, e, v in zip(MIXTURES, off, u, strict=True)
        )
        print(f"  {sample}: {told} wt%, R_wp {found.refinement.r_wp:.3f}, {spent[-1]:.2f} s")
    off, u = np.array(errors), np.array(us)
    print(
        f"round robin: RMS {np.sqrt(np.mean(off**2)):.2f} wt% (goal <= 0.7), largest "
        f"{np.abs(off).max():.2f}, median u {np.median(u):.2f} (<= 0.6), within 2 u "
        f"{100 * np.mean(np.abs(off) < 2 * u):.0f} % (>= 90); nothing tuned"
    )
    if importlib.util.find_spec("rietx"):
        peer(float(np.median(spent)))


def peer(own):
    import rietx

    parts = [_for_peer(rietx, LIBRARY.phase(key).cif) for key in MIXTURES.values()]
    seen = rietx.Instrument.bragg_brentano(goniometer_radius_mm=173.0, monochromator_two_theta=26.6)
    data = rietx.read_pattern(str(ROUND_ROBIN / "cpd-1g.prn"))
    theirs = []
    for _ in range(2):
        whole = parts[0].model_copy(update={"phases": [p for s in parts for p in s.phases]})
        refinement = rietx.Refinement(whole, seen, history=False)
        began = time.perf_counter()
        refinement.fit(data, two_theta_limits=(5.0, 150.0))
        theirs.append(time.perf_counter() - began)
    print(f"  rietx {min(theirs):.1f} s; rietx / ours {min(theirs) / own:.1f}  (goal >= 3)")


def _for_peer(rietx, cif):
    with tempfile.NamedTemporaryFile("w", suffix=".cif") as file:
        file.write(cif)
        file.flush()
        return rietx.Structure.from_cif(file.name)


def purity():
    """A verdict with twenty candidates on 4001 points."""
    optics = Optics(displacement=0.06, polarization=1.0, radius=240.0)
    x = np.linspace(10.0, 80.0, 4001)
    grains = {"Li6PS5Cl": Powder(size=60.0, exchange=0.5)}
    _, counts = simulated({"Li6PS5Cl": 1.0}, seed=1, optics=optics, powders=grains, two_theta=x)
    measured = xrd.pattern(x, counts, wavelength=1.5405929, radius_mm=240.0)
    named = [p for p in LIBRARY.phases if p.cif and p.key != "Li6PS5Cl"][:20]
    found = xrd.check(measured, library=LIBRARY, candidates=named)
    spent = best_of(lambda: xrd.check(measured, library=LIBRARY, candidates=named), 3)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(
        f"purity run, {len(named)} candidates, 4001 points: {spent:.1f} s (goal <= 5), "
        f"{found.verdict}; {memory:.0f} MiB in all (goal < 500)"
    )


if __name__ == "__main__":
    purity()
    speed()
    certified()
    mixtures()
