"""The kernel draws the same model as the plan, and solves the same small problems as scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

import references
import xps
from xps import kernel
from xps.assemble import assemble
from xps.background import U2, TougaardLoss
from xps.estimate import PROFILE_BELOW
from xps.layout import arrays_of, errors_of, separated
from xps.plan import Evaluator
from xps.profile import CLIFF
from xps.solve import INDISTINGUISHABLE

REGISTRY = references.load()
ENERGY = np.arange(438.0, 460.0, 0.05)


def _plan(shape, background=None, **shape_parameters):
    components = [
        xps.Component(
            name=name,
            core_level="In 3d",
            species=name,
            shape=shape,
            shape_parameters=shape_parameters,
        )
        for name in ("InCl3", "In2O3")
    ]
    envelope = xps.Envelope(
        region="In 3d",
        components=tuple(components),
        background=background or xps.Background(),
        window=(439.0, 459.0),
    )
    return assemble(envelope, REGISTRY, ENERGY, np.full(ENERGY.size, 100.0))


@njit(**kernel.WHOLE)
def _draw(a, z, w, columns, rows):
    if not kernel._draw_lines(a, z, w):
        return False
    kernel._predict(a, z, w)
    kernel._draw_rows(a, z, w, columns, rows)
    return True


def _drawn(plan, z):
    """Prediction and derivatives by the kernel, over [linear, bent, shaky]."""
    a = arrays_of(plan)
    w = kernel._scratch(a)
    w.base[:] = plan.static
    columns = np.concatenate([a.linear, a.bent, a.shaky])
    rows = np.empty((columns.size, plan.energy.size))
    assert _draw(a, z, w, columns, rows)
    return w.mu.copy(), rows, columns


def _point(plan, seed):
    """Parameters near the start, areas and background of usual size."""
    generator = np.random.default_rng(seed)
    z = plan.start.copy()
    for i, parameter in enumerate(plan.parameters):
        if parameter.held:
            continue
        if parameter.name.endswith(" area"):
            z[i] = generator.uniform(500, 5000)
        elif parameter.name.endswith((" position", " fwhm")):
            z[i] += generator.uniform(-0.15, 0.15)
        elif parameter.name.endswith(" mix"):
            z[i] = generator.uniform(0.05, 0.95)
        elif parameter.name.endswith(" asymmetry"):
            z[i] = generator.uniform(0.02, 0.3)
    return z


@pytest.mark.parametrize(
    ("shape", "fixed", "near", "slopes_near"),
    [
        ("gaussian", {}, 1e-13, 1e-12),
        ("lorentzian", {}, 1e-13, 1e-12),
        ("pseudo_voigt", {}, 1e-13, 1e-12),
        ("gl_sum", {}, 1e-6, 1e-5),
        ("gl_product", {"mix": "0.3 fixed"}, 1e-6, 1e-5),
        ("voigt", {}, 1e-6, 1e-5),
        ("mahan", {}, 1e-6, 2e-4),
        ("la", {"low": "1.3 fixed", "high": "0.9 fixed"}, 1e-4, 1e-2),  # it has a kink
    ],
)
def test_every_shape_is_drawn_as_the_plan_draws_it(shape, fixed, near, slopes_near):
    plan = _plan(shape, **fixed)
    for seed in range(3):
        z = _point(plan, seed)
        mu, rows, columns = _drawn(plan, z)
        evaluator = Evaluator(plan, columns)
        want, jacobian = evaluator(z), evaluator.jacobian(z).T
        assert np.max(np.abs(mu - want)) <= near * np.max(want)
        scale = np.max(np.abs(jacobian), axis=1)
        assert np.max(np.abs(rows - jacobian).max(axis=1) / scale) <= slopes_near


@pytest.mark.parametrize(
    "background",
    [
        xps.Background(kind="linear"),
        xps.Background(kind="constant"),
        xps.Background(kind="shirley", slope=False),
        xps.Background(kind="tougaard"),
        xps.Background(kind="tougaard", kernel=(335.4, 551.0, 436.0, 3.0)),
    ],
)
def test_every_background_is_drawn_as_the_plan_draws_it(background):
    plan = _plan("pseudo_voigt", background)
    z = _point(plan, 1)
    mu, rows, columns = _drawn(plan, z)
    evaluator = Evaluator(plan, columns)
    assert np.allclose(mu, evaluator(z), rtol=1e-10)
    assert np.allclose(rows, evaluator.jacobian(z).T, rtol=1e-8, atol=1e-8 * np.abs(rows).max())


def test_a_smooth_loss_comes_apart_into_few_sums():
    x = np.arange(1109.0, 1152.0, 0.1)
    spread, gather = separated(x, U2())
    assert len(spread) < 20
    want = TougaardLoss(x, U2()).apply(np.eye(x.size)).T
    assert np.max(np.abs(np.tril(spread.T @ gather) - want)) < 1e-9 * np.max(want)


def test_lines_that_err_alike_are_one_family():
    plan = assemble(
        xps.envelope("In 3d", ["InCl3", "In2O3", "In0"]), REGISTRY, ENERGY, np.ones(ENERGY.size)
    )
    found = errors_of(plan)
    families = {line.component: set() for line in plan.lines}
    for line, family in zip(plan.lines, found.family, strict=True):
        families[line.component].add(int(family))
    assert families["InCl3"] == families["In2O3"] != families["In0"]
    assert all(len(own) == 1 for own in families.values())


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(0, 10**6))
def test_bounded_least_squares_is_scipy_s(size, seed):
    from scipy.optimize import lsq_linear

    generator = np.random.default_rng(seed)
    system = generator.standard_normal((size + 5, size)) * 10.0 ** generator.uniform(-2, 2, size)
    target = generator.standard_normal(size + 5)
    below = -generator.exponential(1.0, size) * (generator.uniform(size=size) < 0.6)
    above = generator.exponential(1.0, size) * (generator.uniform(size=size) < 0.6)
    above[(below == 0) & (above == 0)] = 0.3
    step = np.empty(size)
    assert kernel._bounded(
        system.T @ system, system.T @ target, below, above, step, kernel._active(size)
    )
    want = lsq_linear(system, target, (below, above), tol=1e-14).x
    assert np.all((step >= below) & (step <= above))
    own, best = (np.sum((system @ s - target) ** 2) for s in (step, want))
    assert own <= best * (1 + 1e-7) + 1e-12


@pytest.mark.parametrize("counts", [100.0, 100.4, 149.0, 151.0, 3.0, 0.0])
def test_the_deviance_is_that_of_the_solver(counts):
    from xps.likelihood import Likelihood, Problem

    mu = np.array([100.0, 7.0, 0.3])
    data = np.array([counts, 5.0, 0.0])
    problem = Problem(
        function=lambda _: mu, jacobian=lambda _: np.zeros((3, 1)), data=data, names=("none",)
    )
    found = kernel._misfit(data, mu, np.ones(3), True, 1e-9)
    assert found == pytest.approx(Likelihood(problem).at(np.zeros(1)), rel=1e-12)


def test_the_kernel_judges_as_the_careful_fit_does():
    assert kernel._HARDLY == PROFILE_BELOW
    assert kernel._CLIFF == CLIFF
    assert kernel._INDISTINGUISHABLE == INDISTINGUISHABLE
