"""The 27 NIST StRD nonlinear-regression sets: model functions written from NIST's formulas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xps.solve import Problem

if TYPE_CHECKING:
    from pathlib import Path


def _lanczos(b, x):
    return b[0] * np.exp(-b[1] * x) + b[2] * np.exp(-b[3] * x) + b[4] * np.exp(-b[5] * x)


def _gauss(b, x):
    first = b[2] * np.exp(-(((x - b[3]) / b[4]) ** 2))
    second = b[5] * np.exp(-(((x - b[6]) / b[7]) ** 2))
    return b[0] * np.exp(-b[1] * x) + first + second


def _enso(b, x):
    def cycle(period, cosine, sine):
        return cosine * np.cos(2 * np.pi * x / period) + sine * np.sin(2 * np.pi * x / period)

    return b[0] + cycle(12, b[1], b[2]) + cycle(b[3], b[4], b[5]) + cycle(b[6], b[7], b[8])


def _chwirut(b, x):
    return np.exp(-b[0] * x) / (b[1] + b[2] * x)


def _rational(b, x, top):
    return np.polyval(b[:top][::-1], x) / (1 + x * np.polyval(b[top:][::-1], x))


MODELS = {
    "Bennett5": lambda b, x: b[0] * (b[1] + x) ** (-1 / b[2]),
    "BoxBOD": lambda b, x: b[0] * (1 - np.exp(-b[1] * x)),
    "Chwirut1": _chwirut,
    "Chwirut2": _chwirut,
    "DanWood": lambda b, x: b[0] * x ** b[1],
    "ENSO": _enso,
    "Eckerle4": lambda b, x: b[0] / b[1] * np.exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "Gauss1": _gauss,
    "Gauss2": _gauss,
    "Gauss3": _gauss,
    "Hahn1": lambda b, x: _rational(b, x, 4),
    "Kirby2": lambda b, x: _rational(b, x, 3),
    "Lanczos1": _lanczos,
    "Lanczos2": _lanczos,
    "Lanczos3": _lanczos,
    "MGH09": lambda b, x: b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3]),
    "MGH10": lambda b, x: b[0] * np.exp(b[1] / (x + b[2])),
    "MGH17": lambda b, x: b[0] + b[1] * np.exp(-x * b[3]) + b[2] * np.exp(-x * b[4]),
    "Misra1a": lambda b, x: b[0] * (1 - np.exp(-b[1] * x)),
    "Misra1b": lambda b, x: b[0] * (1 - (1 + b[1] * x / 2) ** (-2)),
    "Misra1c": lambda b, x: b[0] * (1 - (1 + 2 * b[1] * x) ** (-0.5)),
    "Misra1d": lambda b, x: b[0] * b[1] * x * (1 + b[1] * x) ** (-1),
    "Nelson": lambda b, x: b[0] - b[1] * x[0] * np.exp(-b[2] * x[1]),
    "Rat42": lambda b, x: b[0] / (1 + np.exp(b[1] - b[2] * x)),
    "Rat43": lambda b, x: b[0] / (1 + np.exp(b[1] - b[2] * x)) ** (1 / b[3]),
    "Roszman1": lambda b, x: b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / np.pi,
    "Thurber": lambda b, x: _rational(b, x, 4),
}


@dataclass(frozen=True)
class Certified:
    name: str
    x: np.ndarray
    y: np.ndarray
    starts: tuple[np.ndarray, np.ndarray]
    values: np.ndarray
    deviations: np.ndarray
    residual_sum: float

    def problem(self) -> Problem:
        model = MODELS[self.name]

        def jacobian(b):
            return np.stack(
                [model(b + 1e-30j * np.eye(b.size)[k], self.x).imag / 1e-30 for k in range(b.size)],
                axis=1,
            )

        return Problem(
            function=lambda b: model(b, self.x),
            jacobian=jacobian,
            data=self.y,
            names=tuple(f"b{k + 1}" for k in range(self.values.size)),
            statistic="unweighted",
        )


def canonical(name: str):
    """Peaks and decays may come out in any order, widths with either sign: choose one."""

    def order(b):
        b = b.copy()
        if name.startswith("Gauss"):
            b[[4, 7]] = np.abs(b[[4, 7]])
            if b[3] > b[6]:
                b[2:5], b[5:8] = b[5:8].copy(), b[2:5].copy()
        elif name.startswith("Lanczos"):
            pairs = b.reshape(3, 2)
            b = pairs[np.argsort(pairs[:, 1])].ravel()
        elif name == "MGH17" and b[3] > b[4]:
            b[[1, 2, 3, 4]] = b[[2, 1, 4, 3]]
        elif name == "ENSO":
            for k in (3, 6):
                if b[k] < 0:
                    b[k], b[k + 2] = -b[k], -b[k + 2]
            if b[3] < b[6]:
                b[3:6], b[6:9] = b[6:9].copy(), b[3:6].copy()
        elif name == "Eckerle4" and b[1] < 0:
            b[:2] = -b[:2]
        return b

    return order


def read(path: Path) -> Certified:
    text = path.read_text()
    rows = re.findall(r"^\s*b\d+\s*=\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*$", text, re.MULTILINE)
    table = np.array(rows, dtype=float)
    residual_sum = float(re.search(r"Residual Sum of Squares:\s+(\S+)", text)[1])
    count = int(re.search(r"Number of Observations:\s+(\d+)", text)[1])
    lines = [line.split() for line in text.splitlines()[60:] if line.strip()]
    data = np.array(lines[-count:], dtype=float).T
    name = path.stem
    y, x = (np.log(data[0]), data[1:]) if name == "Nelson" else (data[0], data[1])
    order = canonical(name)
    values = order(table[:, 2])
    deviations = np.array(
        [table[np.argmin(np.abs(np.abs(table[:, 2]) - abs(v))), 3] for v in values]
    )
    return Certified(name, x, y, (table[:, 0], table[:, 1]), values, deviations, residual_sum)


def digits(found: np.ndarray, certified: np.ndarray) -> float:
    """Digits of the worst parameter, capped at 11."""
    error = np.abs(found - certified) / np.abs(certified)
    return float(-np.log10(np.clip(error.max(), 1e-11, None)))
