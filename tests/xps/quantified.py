"""Fits and amounts that the tests of quantification share."""

from __future__ import annotations

from functools import cache

import numpy as np

import references
import xps
from references.words import Basis
from xps.amount import Amounts
from xps.example import CHARGE_SHIFT
from xps.share import Whole

REGISTRY = references.load()
SPECIES = {"P 2p": ["PS4", "Li3P"], "S 2p": ["PS4", "Li2S"], "Cl 2p": ["LiCl"]}


@cache
def fitted(level):
    """The synthetic example's region, fitted with the species of the electrolyte."""
    spectrum = xps.calibrate(xps.example(level, calibrated=False), xps.by_shift(CHARGE_SHIFT, 0.05))
    return xps.fit(spectrum, xps.envelope(level, SPECIES[level]), registry=REGISTRY)


def electrolyte():
    return [fitted(level) for level in SPECIES]


def made(values, counting, *, names=None, elements=None, levels=None, inside=None, **others):
    """Amounts by hand; parts not given are zero."""
    size = len(values)
    parts = {"counting": counting, **others}
    found = Amounts(
        names=tuple(names or "ABCDEFG"[:size]),
        levels=tuple(levels or ["S 2p"] * size),
        elements=tuple(elements or ["S"] * size),
        values=np.array(values, dtype=float),
        covariance=tuple((part, np.array(matrix, dtype=float)) for part, matrix in parts.items()),
        seen=(np.inf,) * size,
    )
    return Whole(
        sample="x",
        amounts=found,
        inside=np.ones(size, dtype=bool) if inside is None else np.array(inside),
        basis=Basis.ATOMIC,
        denominator="S",
    )


def only(size, *places):
    return np.isin(np.arange(size), places)
