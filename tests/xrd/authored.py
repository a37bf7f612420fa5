"""Random argyrodites of known truth, from the examples' own engine: not the model that is tested."""

from __future__ import annotations

import numpy as np

from xrd.example import TWO_THETA, Optics, Powder, of_unit_mass

X = TWO_THETA


def drawn(seed, *, impurity=None):
    """A random argyrodite: (x, counts, what it was made with); impurity = (key, mass fraction)."""
    rng = np.random.default_rng([seed, 17])
    instrument = {
        "displacement": rng.uniform(-0.15, 0.15),
        "sigma": rng.uniform(0.03, 0.06),
        "axial": rng.uniform(0.01, 0.035),
    }
    size, axis = rng.uniform(20.0, 200.0), ((1, 1, 1), (1, 0, 0))[rng.integers(2)]
    truth = {
        "exchange": rng.uniform(0.0, 0.62),
        "texture": (rng.uniform(0.8, 1.2), axis),
        "stretch": 1.0 + rng.uniform(-0.002, 0.002),
    }
    optics = Optics(**instrument)
    y = of_unit_mass("Li6PS5Cl", X, optics, Powder(size=size, **truth))
    scale = rng.choice([2000.0, 10000.0]) / y.max()
    if impurity is not None:
        key, share = impurity
        y = y + share / (1.0 - share) * of_unit_mass(key, X, optics, Powder(size=size))
    level = rng.choice([200.0, 500.0])
    hump = rng.uniform(0.0, 600.0) * np.exp(-0.5 * ((X - 21.0) / 5.0) ** 2)
    tilt = level * (1.0 + rng.uniform(-0.5, 0.5) * (X - X.mean()) / np.ptp(X))
    air = 0.5 * level * np.exp(-(X - X[0]) / 6.0)
    mean = scale * y + hump + tilt + air
    made = truth | instrument | {"size": size, "mean": mean}
    return X, rng.poisson(mean).astype(float), made
