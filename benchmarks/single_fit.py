"""One fit of three doublets over 481 points, against lmfit's composite models and plain scipy.

Prints ratios within one run. ``python benchmarks/single_fit.py``
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time

import numpy as np

import references
import xps
from xps.assemble import assemble
from xps.likelihood import Likelihood, Problem
from xps.solve import solve

SPLITTING, RATIO = 7.54, 0.69
PLACES = {"a": 443.8, "b": 445.0, "c": 446.3}


def envelope():
    """Three doublets: splitting and ratio held, one width and one mixing."""
    components = []
    for name, place in PLACES.items():
        first = name == "a"
        components.append(
            xps.Component(
                name=name,
                core_level="In 3d",
                position=f"{place} in {place - 1} .. {place + 1}",
                fwhm="1.2 in 0.4 .. 3" if first else "= a",
                splitting=f"{SPLITTING} fixed",
                ratio=f"{RATIO} fixed",
            )
        )
    return xps.Envelope(
        region="In 3d",
        components=tuple(components),
        background=xps.Background(kind="constant"),
        statistic="sqrt_counts",
        knowledge="free",
    )


def measured(energy):
    """Poisson counts of three doublets on a constant."""
    from xps.lineshape import lineshape

    shape = lineshape("pseudo_voigt")
    mu = np.full_like(energy, 500.0)
    for place, area in zip(PLACES.values(), (20000.0, 9000.0, 14000.0), strict=True):
        for shift, share in ((0.0, 1.0), (SPLITTING, RATIO)):
            theta = np.array([[place + shift, 1.1, 0.35]])
            mu += area * share * shape.density(energy, theta)[0]
    return np.random.default_rng(0).poisson(mu).astype(float)


def lmfit_composite(energy, counts):
    """The same task as an lmfit user writes it: six pseudo-Voigts, ties as expressions."""
    from lmfit.models import ConstantModel, PseudoVoigtModel

    model = ConstantModel()
    for name in PLACES:
        model += PseudoVoigtModel(prefix=f"{name}1_") + PseudoVoigtModel(prefix=f"{name}2_")
    parameters = model.make_params(c=500)
    for name, place in PLACES.items():
        parameters[f"{name}1_center"].set(value=place, min=place - 1, max=place + 1)
        parameters[f"{name}1_amplitude"].set(value=8000, min=0)
        parameters[f"{name}2_center"].set(expr=f"{name}1_center + {SPLITTING}")
        parameters[f"{name}2_amplitude"].set(expr=f"{name}1_amplitude * {RATIO}")
        for line in "12":
            if name + line == "a1":
                parameters["a1_sigma"].set(value=0.6, min=0.2, max=1.5)
                parameters["a1_fraction"].set(value=0.3, min=0, max=1)
            else:
                parameters[f"{name}{line}_sigma"].set(expr="a1_sigma")
                parameters[f"{name}{line}_fraction"].set(expr="a1_fraction")
    weights = 1 / np.sqrt(np.maximum(counts, 1))
    return lambda: model.fit(counts, parameters, x=energy, weights=weights, scale_covar=False)


def best_of(call, repeats):
    """Median time of a call [s], after one warm-up."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main():
    from scipy.optimize import least_squares

    registry = references.load()
    energy = np.linspace(438.0, 462.0, 481)
    counts = measured(energy)
    plan = assemble(envelope(), registry, energy, counts)
    evaluator = plan.evaluator()
    problem = Problem(
        function=evaluator,
        jacobian=evaluator.jacobian,
        data=counts,
        names=plan.names,
        lower=plan.lower,
        upper=plan.upper,
        natural=plan.natural,
        statistic="sqrt_counts",
    )
    start = plan.start[plan.free].copy()
    start[[i for i, name in enumerate(plan.names) if name.endswith("area")]] = 8000.0
    likelihood = Likelihood(problem)

    def ours():
        return solve(problem, [start])

    def scipy_lm():
        return least_squares(
            likelihood.residuals,
            start,
            jac=lambda p: likelihood.residual_jacobian(p).T,
            method="lm",
            x_scale="jac",
        )  # fmt: skip

    def full():
        spectrum = xps.spectrum(
            energy, counts, photon_energy=1486.6, dwell_time=0.1, scans=10, region="In 3d"
        )
        return xps.fit(spectrum, envelope(), registry=registry)

    composite = lmfit_composite(energy, counts)
    times = {
        "ours, one start": best_of(ours, 15),
        "scipy least_squares lm, same Jacobian": best_of(scipy_lm, 15),
        "lmfit CompositeModel with expr": best_of(composite, 3),
        "ours, all a user gets": best_of(full, 9),
    }
    found, theirs = ours(), composite()
    area = found.values[plan.names.index("a area")]
    other = theirs.params["a1_amplitude"].value
    print(f"three doublets, {energy.size} points, {len(plan.names)} free parameters")
    for name, seconds in times.items():
        print(f"  {name:40s} {1e3 * seconds:9.2f} ms")
    own, peer = times["ours, one start"], times["lmfit CompositeModel with expr"]
    floor = times["scipy least_squares lm, same Jacobian"]
    print(f"  lmfit composite / ours   {peer / own:8.1f}  (goal >= 50)")
    print(f"  ours / scipy lm          {own / floor:8.2f}  (goal <= 2)")
    print(f"  area of a: ours {area:.4f}, lmfit {other:.4f} ({abs(area / other - 1):.1e} apart)")


if __name__ == "__main__":
    main()
