"""Synthetic spectra with known truth: drawn from the fitted model, or from another one.

``draw`` takes everything that the fit treats as uncertain knowledge (splittings, ratios, width
ratios, mixings) from that knowledge, so that a 95 % interval should hold 95 % of the truths.
``foreign`` makes spectra of another line shape on another background with a correlated detector.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.stats import truncnorm

import references
import xps
from xps.assemble import assemble
from xps.background import U2, TougaardLoss
from xps.lineshape import lineshape
from xps.plan import Evaluator
from xps.state import state


@dataclass(frozen=True)
class Case:
    """A named envelope: species with their shares, window, step."""

    level: str
    shares: tuple[tuple[str, float], ...]
    window: tuple[float, float]
    step: float
    width: float = 1.2


CASES = {
    case.level: case
    for case in (
        Case("S 2p", (("PS4", 1.0), ("Li2S", 0.12)), (157.0, 170.0), 0.05),
        Case("P 2p", (("PS4", 1.0), ("Li3P", 0.1)), (122.0, 138.0), 0.05),
        Case("Cl 2p", (("LiCl", 1.0),), (194.0, 206.0), 0.05),
        Case("Li 1s", (("LiCl", 1.0), ("Li2CO3", 0.4)), (50.0, 62.0), 0.05),
        Case("In 3d", (("InCl3", 1.0), ("In0", 0.5)), (438.0, 460.0), 0.05),
        Case("Ga 2p", (("Ga2O3", 1.0), ("Ga0", 0.5)), (1109.0, 1152.0), 0.1, 1.5),
    )
}
PEAKS = {"low": 300.0, "middle": 3000.0, "high": 30000.0}
"""Area scale in counts eV: a peak of about 250, 2500 and 25 000 counts a channel."""


@cache
def registry():
    return references.load()


def envelope(case: Case):
    return xps.envelope(case.level, [name for name, _ in case.shares])


def axis(case: Case):
    return np.arange(case.window[0], case.window[1] + 1e-9, case.step)


@dataclass(frozen=True)
class Truth:
    """What a fit should find, by (component, line label) and by component.

    ``significance`` is a component's area over the u that a fit of the true model would give it:
    expected of the recipe, and with the knowledge as it was drawn.
    """

    areas: dict
    positions: dict
    widths: dict
    fractions: dict
    total: float
    significance: dict
    drawn_significance: dict


def spectrum_of(energy, counts):
    return xps.spectrum(
        energy, counts, photon_energy=1486.6, dwell_time=1.0, scans=1, sample="synthetic"
    )


def draw(case: Case, peak: float, seed: int):
    """A spectrum from the fitted model itself, its uncertain knowledge drawn as well."""
    generator = np.random.default_rng([seed, int(peak)])
    plan, z = nominal(case, peak)
    index = {p.name: i for i, p in enumerate(plan.parameters)}
    expected = _significance(plan, z[plan.free])
    _draw_knowledge(plan, z, index, generator)
    counts = generator.poisson(Evaluator(plan, np.arange(z.size))(z))
    return spectrum_of(plan.energy, counts), truth_of(plan, z[plan.free], expected)


def nominal(case: Case, peak: float):
    """The plan of a case and its parameters (all of them) at the nominal truth."""
    energy = axis(case)
    plan = assemble(envelope(case), registry(), energy, np.full(energy.size, 100.0))
    z = plan.start.copy()
    index = {p.name: i for i, p in enumerate(plan.parameters)}
    for name, share in case.shares:
        z[index[f"{name} area"]] = 1.3 * peak * share
        z[index[f"{name} fwhm"]] = case.width
    z[index["background constant"]] = 0.15 * peak
    z[index["background loss"]] = 0.02
    return plan, z


def _significance(plan, p):
    """What counts and knowledge make of each component: true area over its expected u.

    From the Fisher information at the truth; judged by an estimate, lucky draws would be chosen.
    """
    evaluator = Evaluator(plan)
    system = evaluator.jacobian(p) / np.sqrt(evaluator(p))[:, None]
    system = np.concatenate([system, plan.fitted_knowledge(p)[1]])
    covariance = np.linalg.inv(system.T @ system)
    areas, gradient = plan.line_areas(p)
    found = {}
    for name in dict.fromkeys(line.component for line in plan.lines):
        own = np.array([line.component == name for line in plan.lines])
        along = gradient[own].sum(axis=0)[plan.free]
        found[name] = float(areas[own].sum() / np.sqrt(along @ covariance @ along))
    return found


def _draw_knowledge(plan, z, index, generator):
    for i, parameter in enumerate(plan.parameters):
        if parameter.held and parameter.u:
            ends = (np.array([parameter.low, parameter.high]) - parameter.start) / parameter.u
            z[i] = truncnorm.rvs(*ends, loc=z[i], scale=parameter.u, random_state=generator)
    known = plan.knowledge
    low, high = (np.array([getattr(p, end) for p in plan.parameters]) for end in ("low", "high"))
    about = np.flatnonzero(np.any(known.linear != 0, axis=0))
    rows = known.linear[:, about]
    while True:  # what lies outside the bounds cannot be
        drawn = known.linear_target + known.linear_u * generator.standard_normal(len(rows))
        z[about] = np.linalg.solve(rows, drawn)
        if np.all((z >= low) & (z <= high)):
            break
    for row, target, u in zip(known.above, known.ratio_target, known.ratio_u, strict=True):
        i = int(np.argmax(np.abs(row)))
        major = index[plan.parameters[i].name.replace(" partner", "")]
        z[i] = z[major] * (target + u * generator.standard_normal())


def truth_of(plan, p, expected):
    values, n = state(plan, p).values, len(plan.lines)
    keys = [(line.component, line.label) for line in plan.lines]
    totals = {}
    for (component, _), area in zip(keys, values[:n], strict=True):
        totals[component] = totals.get(component, 0.0) + area
    return Truth(
        areas=dict(zip(keys, values[:n], strict=True)),
        positions=dict(zip(keys, values[n : 2 * n], strict=True)),
        widths=dict(zip(keys, values[2 * n :], strict=True)),
        fractions={c: a / sum(totals.values()) for c, a in totals.items()},
        total=sum(totals.values()),
        significance=expected,
        drawn_significance=_significance(plan, p),
    )


def foreign(case: Case, peak: float, seed: int):
    """A spectrum of true Voigt lines (metals: broadened Doniach-Sunjic) on a Tougaard background.

    Splittings and ratios are off by their u, half of the spectra have a detector that shares
    counts between neighbouring channels.
    """
    generator = np.random.default_rng([seed, int(peak), 1])
    known = registry()
    level = known.core_level(case.level)
    below = np.arange(case.window[0] - 25.0, case.window[0] - 0.5 * case.step, case.step)
    energy = np.concatenate([below, axis(case)])
    splitting = ratio = 0.0
    if level.splitting is not None:
        splitting = level.splitting.best + (level.splitting.u or 0.0) * generator.standard_normal()
        prior = level.branching.prior
        ratio = prior.best + (prior.u or 0.0) * generator.standard_normal()
    peaks, areas, places, widths = np.zeros_like(energy), {}, {}, {}
    major = level.symbol if not ratio else f"{level.element} {level.lines[0]}"
    width, mix = generator.uniform(0.85, 1.15) * case.width, generator.uniform(0.1, 0.5)
    for name, share in case.shares:
        place = known.line(case.level, name).energy.best + 0.05 * generator.standard_normal()
        area, own = 1.3 * peak * share, width * (1 + 0.07 * generator.standard_normal())
        metal = known.species(name).asymmetric
        line = _metal(generator) if metal else _voigt(mix)
        peaks += area * line(energy, place, own)
        if ratio:
            wider = level.minor_width.best if level.minor_width else 1.0
            peaks += area * ratio * line(energy, place + splitting, own * wider)
        areas[name], places[name, major] = area * (1 + ratio), place
        if not metal:
            widths[name, major] = own
    loss = TougaardLoss(energy, U2()).apply(peaks[None, :])[0]
    slope = 0.15 * peak * generator.uniform(-0.01, 0.01) * (energy - energy.mean())
    mu = 0.15 * peak + peaks + generator.uniform(0.5, 1.5) * loss + slope
    counts = generator.poisson(mu[below.size :]).astype(float)
    if generator.uniform() < 0.5:
        # What linear interpolation of a channel plate does: variance 0.68, lag-1 correlation 0.24,
        # and everything lies a fifth of a channel higher.
        counts[1:] = np.round(0.8 * counts[1:] + 0.2 * counts[:-1])
        places = {line: place + 0.2 * case.step for line, place in places.items()}
    total = sum(areas.values())
    truth = Truth(
        areas={},
        positions=places,
        widths=widths,
        fractions={k: v / total for k, v in areas.items()},
        total=total,
        significance={},
        drawn_significance={},
    )
    return spectrum_of(axis(case), counts), truth


def _voigt(mix):
    return lambda x, place, width: lineshape("voigt").density(x, np.array([[place, width, mix]]))[0]


def _metal(generator):
    """A Doniach-Sunjic line with an end, broadened; its place is its maximum."""
    asymmetry = generator.uniform(0.03, 0.12)

    def line(x, place, width):
        fine = np.arange(-60.0, 60.0, 0.01)
        theta = np.array([[0.0, 0.4 * width, asymmetry]])
        density = lineshape("doniach_sunjic").density(fine, theta)[0]
        density = gaussian_filter1d(density, 0.6 * width / 2.3548 / 0.01)
        # The electron gas cannot be excited beyond its band: the tail ends, the area exists.
        density *= np.where(fine > 8.0, np.exp(-np.maximum(fine - 8.0, 0.0) / 3.0), 1.0)
        density /= np.trapezoid(density, fine)
        near = np.abs(fine - fine[np.argmax(density)]) < 0.1 * width
        curve = np.polynomial.Polynomial.fit(fine[near], density[near], 4)
        top = fine[near][np.argmax(curve(fine[near]))]
        return np.interp(x - place + top, fine, density, left=0.0, right=0.0)

    return line
