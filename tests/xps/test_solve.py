"""The solver: deviance, bounds, priors, honest assessments, profiles."""

from __future__ import annotations

import numpy as np
import pytest

from references.words import Assessment
from xps.likelihood import Likelihood, Problem
from xps.solve import lmfit_result, profile, solve

X = np.linspace(0.0, 10.0, 60)


def _peak(p, x=X):
    return p[0] * np.exp(-0.5 * ((x - p[1]) / 0.8) ** 2) + p[2]


def _peak_jacobian(p, x=X):
    shape = np.exp(-0.5 * ((x - p[1]) / 0.8) ** 2)
    return np.stack([shape, p[0] * shape * (x - p[1]) / 0.64, np.ones_like(x)], axis=1)


def _problem(data, **options):
    return Problem(
        function=_peak,
        jacobian=_peak_jacobian,
        data=data,
        names=("height", "place", "floor"),
        **options,
    )


@pytest.fixture
def counts():
    return np.random.default_rng(3).poisson(_peak([200.0, 5.0, 20.0])).astype(float)


@pytest.mark.parametrize(
    ("n", "mu", "expected"),
    [(0, 2, -2.0), (5, 3, 1.052737497), (3, 5, -0.966977899), (100, 90, 1.035424131)],
)
def test_deviance_residuals(n, mu, expected):
    problem = Problem(
        function=lambda p: np.array([p[0], 1.0]),
        jacobian=lambda p: np.array([[1.0], [0.0]]),
        data=np.array([float(n), 1.0]),
        names=("mu",),
    )
    residual, _ = Likelihood(problem).data_residuals(np.array([float(mu)]))
    assert residual[0] == pytest.approx(expected, abs=2e-9)


def test_deviance_has_no_cancellation_near_the_counts():
    problem = Problem(
        function=lambda p: p[0] * np.ones(2), jacobian=lambda p: np.ones((2, 1)),
        data=np.full(2, 1e6), names=("mu",),
    )  # fmt: skip
    residual, _ = Likelihood(problem).data_residuals(np.array([1e6 + 1e-3]))
    assert residual[0] == pytest.approx(-1e-3 / 1e3, rel=1e-6)


def test_poisson_covariance_is_the_inverse_fisher_information(counts):
    found = solve(_problem(counts), [[100.0, 4.5, 10.0]])
    jacobian = _peak_jacobian(found.values)
    fisher = jacobian.T @ (jacobian / _peak(found.values)[:, None])
    assert found.assessment is Assessment.CONVERGED
    np.testing.assert_allclose(found.covariance, np.linalg.inv(fisher), rtol=1e-9, atol=1e-12)


def test_a_prior_splits_the_covariance_into_counts_and_constraints(counts):
    def prior(p):
        return np.array([(p[1] - 5.1) / 0.02]), np.array([[0.0, 1 / 0.02, 0.0]])

    found = solve(_problem(counts, prior=prior), [[100.0, 4.5, 10.0]])
    np.testing.assert_allclose(found.covariance, found.counting + found.constraints)
    assert 0 < found.constraints[1, 1] < found.covariance[1, 1] < 0.02**2


def test_truth_outside_a_bound_is_named(counts):
    upper = np.array([np.inf, 4.0, np.inf])
    found = solve(_problem(counts, upper=upper), [[100.0, 3.5, 10.0]])
    assert found.assessment is Assessment.AT_BOUND
    assert found.at_bound == ("place",)
    assert found.covariance is None


def test_an_area_at_zero_is_an_active_constraint():
    data = np.random.default_rng(1).poisson(np.full(X.size, 50.0)).astype(float)
    data[28:33] -= 15
    problem = _problem(
        data,
        lower=np.array([0.0, 4.0, 0.0]),
        upper=np.array([np.inf, 6.0, np.inf]),
        natural=np.array([True, False, True]),
    )
    found = solve(problem, [[30.0, 5.0, 40.0]])
    assert found.assessment is Assessment.CONVERGED
    assert found.values[0] == 0.0
    assert found.active == (0,)


def test_parameters_without_effect_are_singular(counts):
    problem = Problem(
        function=lambda p: _peak([p[0] + p[3], p[1], p[2]]),
        jacobian=lambda p: np.column_stack(
            [_peak_jacobian([p[0] + p[3], p[1], p[2]]), np.exp(-0.5 * ((X - p[1]) / 0.8) ** 2)]
        ),
        data=counts,
        names=("height", "place", "floor", "same"),
    )
    found = solve(problem, [[100.0, 4.5, 10.0, 5.0]])
    assert found.assessment is Assessment.SINGULAR
    assert found.covariance is None


def test_two_equal_optima_are_listed():
    data = np.random.default_rng(5).poisson(_peak([80.0, 3.0, 5.0]) + _peak([80.0, 7.0, 0.0]))

    def model(p):
        return _peak([p[0], p[1], 5.0]) + _peak([p[0], p[2], 0.0])

    def jacobian(p):
        one, two = _peak_jacobian([p[0], p[1], 5.0]), _peak_jacobian([p[0], p[2], 0.0])
        return np.stack([one[:, 0] + two[:, 0], one[:, 1], two[:, 1]], axis=1)

    problem = Problem(
        function=model,
        jacobian=jacobian,
        data=data.astype(float),
        names=("height", "first", "second"),
    )
    found = solve(problem, [[50.0, 3.2, 6.8], [50.0, 6.8, 3.2]])
    assert found.assessment is Assessment.MULTIMODAL
    assert len(found.optima) == 2
    ordered = solve(
        problem, [[50.0, 3.2, 6.8], [50.0, 6.8, 3.2]],
        canonical=lambda p: np.array([p[0], *sorted(p[1:])]),
    )  # fmt: skip
    assert ordered.assessment is Assessment.CONVERGED


def test_a_model_that_is_nowhere_finite_fails():
    problem = Problem(
        function=lambda p: np.full(5, np.nan), jacobian=lambda p: np.ones((5, 1)),
        data=np.ones(5), names=("a",),
    )  # fmt: skip
    assert solve(problem, [[1.0]]).assessment is Assessment.FAILED


def test_profile_agrees_with_the_covariance_where_the_likelihood_is_parabolic(counts):
    problem = _problem(counts * 100)
    found = solve(problem, [[1e4, 4.5, 1e3]])
    u = found.u[1]
    ends = profile(
        problem, found, lambda p: (p[1], np.array([0.0, 1.0, 0.0])), threshold=3.84, step=u
    )
    assert ends.low == pytest.approx(found.values[1] - 1.96 * u, abs=0.03 * u)
    assert ends.high == pytest.approx(found.values[1] + 1.96 * u, abs=0.03 * u)


def test_an_upper_limit_of_nothing_is_exact():
    # Three counts expected from the floor alone and none seen: -2 ln L rises by 2 a.
    problem = Problem(
        function=lambda p: np.full(4, 1e-9) + p[0] / 4, jacobian=lambda p: np.full((4, 1), 0.25),
        data=np.zeros(4), names=("area",), lower=np.zeros(1), natural=np.array([True]),
    )  # fmt: skip
    found = solve(problem, [[1.0]])
    ends = profile(
        problem, found, lambda p: (float(p[0]), np.ones(1)), threshold=2.706, step=1.0,
        sides=(False, True),
    )  # fmt: skip
    assert found.values[0] == 0.0
    assert ends.high == pytest.approx(2.706 / 2, rel=0.02)


def test_negative_counts_are_refused():
    with pytest.raises(ValueError, match="counts are >= 0"):
        _problem(np.array([-1.0, *np.ones(59)]))


def test_an_inverted_bound_is_refused(counts):
    with pytest.raises(ValueError, match="place: lower bound is not below"):
        _problem(counts, lower=np.array([0.0, 6.0, 0.0]), upper=np.array([1e9, 5.0, 1e9]))


def test_lmfit_result_is_reachable(counts):
    problem = _problem(counts)
    found = solve(problem, [[100.0, 4.5, 10.0]])
    theirs = lmfit_result(problem, found.values)
    assert theirs.params["p1"].value == pytest.approx(found.values[1], rel=1e-6)


def test_a_rescue_that_finds_an_equal_answer_is_told():
    x = np.linspace(-5.0, 5.0, 101)

    def peak(centre):
        return np.exp(-0.5 * (x - centre) ** 2)

    def model(p):
        return 100.0 * (peak(p[0]) + peak(-p[0])) + 5.0

    def slope(p):
        return 100.0 * ((x - p[0]) * peak(p[0]) - (x + p[0]) * peak(-p[0]))[:, None]

    problem = Problem(
        function=model,
        jacobian=slope,
        data=np.round(model([2.0])),
        names=("m",),
        lower=np.array([-5.0]),
        upper=np.array([5.0]),
    )
    assert solve(problem, [[1.0]], restarts=30).assessment is Assessment.MULTIMODAL


@pytest.mark.parametrize("starts", [[], [[1.0, 2.0]]])
def test_starts_of_another_shape_are_refused(starts):
    problem = Problem(
        function=lambda p: np.full(9, p[0]),
        jacobian=lambda p: np.ones((9, 1)),
        data=np.full(9, 4.0),
        names=("level",),
    )
    with pytest.raises(ValueError, match="at least one start of shape"):
        solve(problem, starts)


def test_a_profile_ends_where_the_likelihood_jumps():
    def model(p):
        return np.full(20, p[0] + (1e25 if p[0] > 1.0 else 0.0))

    problem = Problem(
        function=model,
        jacobian=lambda p: np.ones((20, 1)),
        data=np.linspace(-1.0, 1.0, 20),
        names=("level",),
        statistic="sigma",
        sigma=np.full(20, 30.0),
    )
    solution = solve(problem, [[0.5]])
    ends = profile(problem, solution, lambda p: (float(p[0]), np.ones(1)), threshold=3.84, step=6.7)
    assert ends.high == pytest.approx(1.0, abs=0.02)
