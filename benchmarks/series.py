"""The series kernel against lmfit and scipy on the same task, in one run and one thread.

``python benchmarks/series.py [--spectra N] [--lazy N]``: times, agreement with a reference,
robustness; with ``--lazy`` the memory that a lazy array of N spectra takes.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import importlib.util
import resource
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

import references
import xps
import xps.likelihood
from xps import kernel
from xps.assemble import assemble
from xps.kernel import Starts
from xps.layout import arrays_of, starts_of
from xps.lineshape import lineshape
from xps.search import _problem
from xps.series_numbers import no_answers
from xps.solve import solve

HERE = Path(__file__).parent
PLACES = {"a": 443.8, "b": 445.0, "c": 446.3}
GUESSED = {"a": 444.0, "b": 444.85, "c": 446.45}
"""Where a user takes the lines to be: everyone's start."""
AREAS = 20000.0, 9000.0, 14000.0
SPLITTING, RATIO = 7.54, 0.69
ENERGY = np.linspace(438.0, 462.0, 481)
LEVEL = 500.0


def synthetic():
    spec = importlib.util.spec_from_file_location(
        "synthetic", HERE.parent / "tests" / "xps" / "synthetic.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["synthetic"] = module
    spec.loader.exec_module(module)
    return module


def envelope(*, peers):
    """Three doublets: as peers are given them, or as a user gets them."""
    components = []
    for name, place in GUESSED.items():
        held = {
            "fwhm": "1.2 in 0.4 .. 3" if name == "a" else "= a",
            "splitting": f"{SPLITTING} fixed",
            "ratio": f"{RATIO} fixed",
        }
        window = f"{place} in {place - 0.6} .. {place + 0.6}"
        components.append(
            xps.Component(name=name, core_level="In 3d", position=window, **(held if peers else {}))
        )
    return xps.Envelope(
        region="In 3d",
        components=tuple(components),
        background=xps.Background(kind="constant", mode="static") if peers else xps.Background(),
        statistic="sqrt_counts" if peers else "poisson",
        knowledge="free" if peers else "prior",
    )


def expected(*, peers):
    shape = lineshape("pseudo_voigt")
    peaks = np.zeros_like(ENERGY)
    for place, area in zip(PLACES.values(), AREAS, strict=True):
        for shift, share in ((0.0, 1.0), (SPLITTING, RATIO)):
            theta = np.array([[place + shift, 1.1, 0.35]])
            peaks += area * share * shape.density(ENERGY, theta)[0]
    step = 0.02 * np.cumsum(peaks) * (ENERGY[1] - ENERGY[0])
    return LEVEL + peaks + (0.0 if peers else step)


def median_time(call, repeats):
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


class Task:
    """A setting with its plan, its data and everyone's way of fitting it."""

    def __init__(self, *, peers, spectra):
        self.peers = peers
        generator = np.random.default_rng(5)
        self.data = generator.poisson(expected(peers=peers), (spectra, ENERGY.size)).astype(float)
        self.envelope = envelope(peers=peers)
        plan = assemble(self.envelope, references.load(), ENERGY, self.data[0])
        # What is held under the peaks is known here, so that all fit the same numbers.
        static = np.full(ENERGY.size, LEVEL) if peers else plan.static
        self.plan = replace(plan, static=static)
        self.static = static[None, :]
        self.arrays = arrays_of(self.plan)
        self.starts = starts_of(self.plan, self.arrays.linear, 0)
        if peers:  # one start, everyone's
            self.starts = Starts(*(field[:1] for field in self.starts[:-1]), np.eye(1, dtype=bool))
        self.start = self.plan.start[self.plan.free].copy()
        names = self.plan.names
        self.start[[i for i, name in enumerate(names) if name.endswith(" area")]] = 8000.0

    def kernel(self, starts, block, data=None):
        """Answers from the kernel: from its own starts with blocks of one, else the neighbour's."""
        data = self.data if data is None else data
        answers = no_answers(len(data), self.arrays)
        task = kernel.Task(poisson=not self.peers, starts=starts, guess_loss=self.arrays.loss == 1)
        nowhere = np.zeros((0, self.arrays.lower.size))
        kernel.fit_spectra(
            self.arrays, self.starts, task, data, self.static, nowhere, block, answers
        )
        return answers

    def problem(self, i):
        """The same as a problem for the solvers."""
        return _problem(self.plan, self.data[i], self.envelope.statistic)

    def lmfit_residual(self, i):
        """As a careful lmfit user writes it: one function for all lines, free parameters only."""
        import lmfit

        likelihood = xps.likelihood.Likelihood(self.problem(i))
        parameters = lmfit.Parameters()
        for k, value in enumerate(self.start):
            low, high = likelihood.lower[k], likelihood.upper[k]
            parameters.add(f"p{k}", value=value, min=low, max=high)
        names = list(parameters)

        def residual(given):
            return likelihood.residuals(np.array([given[name].value for name in names]))

        return lmfit.minimize(residual, parameters, method="leastsq")

    def scipy_lm(self, i):
        """MINPACK through scipy, with the analytic Jacobian."""
        from scipy.optimize import least_squares

        likelihood = xps.likelihood.Likelihood(self.problem(i))
        return least_squares(
            likelihood.residuals,
            self.start,
            jac=lambda p: likelihood.residual_jacobian(p).T,
            method="lm",
            x_scale="jac",
        )


def floors_of(task, answers):
    """Times of the evaluations that were needed, in loops that do nothing else [s].

    Lines and derivatives alone; and with the products of the columns of all parameters.
    """
    from numba import njit

    @njit
    def lines(a, z, w, times):
        for _ in range(times):
            kernel._draw_lines(a, z, w)

    @njit
    def products(counts, w, times):
        many = w.score.size
        for _ in range(times):
            kernel._products(
                w.rows, many, w.weight, counts, w.mu, w.weighted, w.information, w.score
            )

    w = kernel._scratch(task.arrays)
    z = answers.values[0].copy()
    number = 20000

    def a_loop(loop, *given):
        loop(*given, 1)
        return min(median_time(lambda: loop(*given, number), 1) for _ in range(3)) / number

    alone = a_loop(lines, task.arrays, z, w)
    both = alone + a_loop(products, task.data[0], w)
    needed = float(answers.evaluations.mean())
    return needed * alone, needed * both


def speed(spectra):
    for peers in (True, False):
        task = Task(peers=peers, spectra=spectra)
        starts = 1 if peers else 4
        task.kernel(starts, 1, task.data[:2])
        began = time.perf_counter()
        cold = task.kernel(starts, 1)
        own = (time.perf_counter() - began) / spectra
        began = time.perf_counter()
        warm = task.kernel(starts, 64)
        near = (time.perf_counter() - began) / spectra
        some = range(5)
        residual = np.median([median_time(partial(task.lmfit_residual, i), 1) for i in some])
        jacobian = np.median([median_time(partial(task.scipy_lm, i), 1) for i in some])
        print(
            "peers' setting: background removed, sqrt(N) weights, one start"
            if peers
            else "users' setting: active Shirley with slope, Poisson, priors, four starts"
        )
        print(f"  {task.plan.free.size} free parameters, {spectra} spectra of {ENERGY.size} points")
        print(f"  kernel, each from its own starts  {1e6 * own:8.0f} us a fit")
        print(f"  kernel, from the neighbour        {1e6 * near:8.0f} us a fit")
        floor, wider = floors_of(task, warm)
        print(f"  over the floor ({1e6 * floor:.0f} us)  {near / floor:8.1f}  (goal <= 3)")
        print(f"  with products  ({1e6 * wider:.0f} us)  {near / wider:8.1f}")
        # In the users' setting they begin where the kernel begins, from as many starts.
        residual, jacobian = starts * residual, starts * jacobian
        print(f"  lmfit residual function / kernel  {residual / own:8.0f}  (goal >= 40)")
        print(f"  scipy lm with Jacobian / kernel   {jacobian / own:8.0f}  (goal >= 15 in peers')")
        if peers:
            spec = importlib.util.spec_from_file_location("single_fit", HERE / "single_fit.py")
            single = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(single)
            composite = median_time(single.lmfit_composite(ENERGY, task.data[0]), 3)
            print(f"  lmfit CompositeModel / kernel     {composite / own:8.0f}  (goal >= 1000)")
        codes = np.bincount(cold.code, minlength=6)
        print(f"  converged {codes[0]} of {spectra}; warm {np.bincount(warm.code)[0]}")
        agreement(task, cold)


def agreement(task, answers):
    """Largest relative departure from a tight reference with the analytic Jacobian."""
    fitted = np.concatenate([task.arrays.linear, task.arrays.bent])
    order = [int(np.flatnonzero(fitted == j)[0]) for j in task.plan.free]
    values, errors = [], []
    for i in range(20):
        problem = task.problem(i)
        found = solve(problem, [answers.values[i][task.plan.free]])
        u = np.sqrt(np.diag(answers.counting[i] + answers.constraints[i]))[order]
        own = answers.values[i][task.plan.free]
        scale = np.maximum(np.abs(found.values), found.u)
        values.append(np.max(np.abs(own - found.values) / scale))
        errors.append(np.max(np.abs(u / found.u - 1)))
    print(
        f"  against a reference: parameters {max(values):.1e} (goal 1e-6), "
        f"standard errors {max(errors):.1e} (goal 1e-5)"
    )


def robustness(spectra):
    """Right optimum and right labels from eight starts displaced by up to 1 eV."""
    made = synthetic()
    generator = np.random.default_rng(11)
    print("from eight starts displaced by up to 1 eV: best optimum, and labels in order")
    for level, case in made.CASES.items():
        drawn = [made.draw(case, made.PEAKS["high"], seed) for seed in range(spectra)]
        energy = drawn[0][0]["binding_energy"].values
        data = np.array([s["counts"].values for s, _ in drawn], dtype=float)
        plan = assemble(made.envelope(case), made.registry(), energy, data[0])
        arrays = arrays_of(plan)
        best = _fitted(arrays, starts_of(plan, arrays.linear, 0), data)
        right = labels = asked = 0
        for i in range(spectra):
            starts = _displaced(plan, arrays, generator)
            one = _fitted(arrays, starts, data[i : i + 1])
            if best.code[i] not in {kernel.CONVERGED, kernel.MULTIMODAL}:
                continue
            asked += 1
            right += one.objective[0] <= best.objective[i] + 0.01
            names = [p.name for p in plan.parameters]
            truth = drawn[i][1].positions
            places = {
                component: one.values[0][names.index(f"{component} position")]
                for component, _ in truth
            }
            true = {component: place for (component, _), place in truth.items()}
            order = sorted(places, key=places.get)
            alone = {c: p for (c, line), p in truth.items() if not line.endswith(("1/2", "d3/2"))}
            labels += order == sorted(alone or true, key=(alone or true).get)
        print(f"  {level:6s} {right / asked:.3f} {labels / asked:.3f}  of {asked} (goal 0.99)")


def _fitted(arrays, starts, data):
    answers = no_answers(len(data), arrays)
    task = kernel.Task(poisson=True, starts=8, guess_loss=True)
    static, nowhere = np.zeros((1, data.shape[1])), np.zeros((0, arrays.lower.size))
    kernel.fit_spectra(arrays, starts, task, data, static, nowhere, 1, answers)
    return answers


def _displaced(plan, arrays, generator):
    """Eight starts: places up to 1 eV off, widths by factors of 0.6 to 1.8."""
    from unittest import mock

    def shapes(plan, _seed):
        found = []
        for _ in range(8):
            p = plan.start[plan.free].copy()
            for k, parameter in enumerate(plan.fitted):
                if parameter.name.endswith(" position"):
                    p[k] += generator.uniform(-1.0, 1.0)
                elif parameter.name.endswith(" fwhm"):
                    p[k] *= generator.uniform(0.6, 1.8)
            found.append(np.clip(p, plan.lower, plan.upper))
        return found

    with mock.patch("xps.layout.candidates", shapes):
        starts = starts_of(plan, arrays.linear, 0)
    return starts._replace(apart=~np.eye(8, dtype=bool))


def lazy(spectra):
    """Peak memory of fitting spectra that are made when they are asked for."""
    import dask.array
    import xarray as xr

    mu = expected(peers=False)
    chunk = 2048

    def made(block_info=None):
        (first, last), _ = block_info[None]["array-location"]
        generator = np.random.default_rng(first)
        return generator.poisson(mu, (last - first, mu.size)).astype(np.float32)

    sizes = tuple(min(chunk, spectra - first) for first in range(0, spectra, chunk))
    data = dask.array.map_blocks(
        made, chunks=(sizes, (mu.size,)), dtype=np.float32, meta=np.empty((0, 0), np.float32)
    )
    counts = xr.DataArray(
        data, dims=("spectrum", "binding_energy"), coords={"binding_energy": ENERGY}
    )
    began = time.perf_counter()
    fitted = xps.fit_series(counts, envelope(peers=False))
    settled = float((fitted["assessment"] == 0).mean().compute())
    spent = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    whole = spectra * mu.size * 8 / 1024**3
    print(
        f"lazy: {spectra} spectra ({whole:.1f} GiB as floats) in {spent:.0f} s with their budgets, "
    )
    print(f"  peak {peak:.2f} GiB (goal < 2), {100 * settled:.2f} % converged")


def threads(spectra):
    """Two threads of a series against two plain threads over the same kernel."""
    import threading

    import xarray as xr

    task = Task(peers=False, spectra=spectra)
    counts = xr.DataArray(
        task.data, dims=("spectrum", "binding_energy"), coords={"binding_energy": ENERGY}
    )

    def ours(number):
        return lambda: xps.fit_series(counts, task.envelope, threads=number)

    def plain():
        half = spectra // 2
        both = [
            threading.Thread(
                target=xps.fit_series,
                args=(counts[part], task.envelope),
                kwargs={"threads": 1},
            )
            for part in (slice(None, half), slice(half, None))
        ]
        for one in both:
            one.start()
        for one in both:
            one.join()

    one, two, loop = (median_time(call, 3) for call in (ours(1), ours(2), plain))
    print(f"whole series with budgets: {1e6 * one / spectra:.0f} us a spectrum on one thread")
    print(f"  two threads {one / two:.2f} x one; a plain loop over two halves {one / loop:.2f} x")
    print(f"  ours / plain  {loop / two:.2f}  (goal >= 0.9)")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spectra", type=int, default=2000)
    parser.add_argument("--lazy", type=int, default=0)
    given = parser.parse_args()
    if given.lazy:
        lazy(given.lazy)
        return
    speed(given.spectra)
    threads(given.spectra)
    robustness(max(given.spectra // 10, 50))


if __name__ == "__main__":
    main()
