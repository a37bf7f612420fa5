"""Powder diffraction: speed beside pymatgen, and how near to certified values refinements come.

``PEAKWRIGHT_DATA=... python benchmarks/powder.py``; pymatgen is measured where it is installed.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import importlib.util
import json
import time
from pathlib import Path

import numpy as np

import xrd
from references import load
from xrd.model import Diffractometer, PatternModel, phase_model
from xrd.refine import refine
from xrd.reflections import reflections
from xrd.structure import structure

PATTERNS = Path(os.environ["PEAKWRIGHT_DATA"]) / "xrd" / "patterns"
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
    weighed = json.loads((PATTERNS / "round_robin" / "weighed.json").read_text())["samples"]
    errors = []
    for sample, truth in weighed.items():
        scan = xrd.read(PATTERNS / "round_robin" / f"{sample}.prn").patterns[0]
        scan = scan.sel(two_theta=slice(20.0, 145.0))
        x = scan["two_theta"].values
        phases = [
            phase_model(name, structure(LIBRARY.phase(key)), 1.5405929, (x[0], x[-1]))
            for name, key in MIXTURES.items()
        ]
        model = PatternModel.build(x, Diffractometer(polarization=GRAPHITE, radius=173.0), phases)
        began = time.perf_counter()
        found = refine(model, scan["counts"].values)
        spent = time.perf_counter() - began
        # Hill and Howard: mass goes with the scale times Z M V, that is density times V^2.
        mass = np.array(
            [
                found.value(f"{p.name} scale") * p.structure.density * p.structure.volume**2
                for p in phases
            ]
        )
        off = 100.0 * mass / mass.sum() - [truth[name] for name in MIXTURES]
        errors.append(off)
        told = ", ".join(f"{n} {e:+.2f}" for n, e in zip(MIXTURES, off, strict=True))
        print(f"  {sample}: {told} wt%, R_wp {found.r_wp:.3f}, {spent:.2f} s")
    rms = float(np.sqrt(np.mean(np.square(errors))))
    print(f"round robin: RMS {rms:.2f} wt% (goal <= 0.7), nothing tuned")


if __name__ == "__main__":
    speed()
    certified()
    mixtures()
