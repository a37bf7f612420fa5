"""Times of backgrounds and line shapes: ``python benchmarks/backgrounds.py``.

Static Shirley and Tougaard backgrounds at 600 points, the active operators on 15 rows of 480
points, and value with gradient of 6 lines at 480 points for each shape. Best of several rounds,
one thread, warm.
"""

from __future__ import annotations

import timeit
from typing import TYPE_CHECKING

import numpy as np

from xps.background import U2, ShirleyLoss, TougaardLoss, shirley, tougaard
from xps.lineshape import SHAPES, lineshape

if TYPE_CHECKING:
    from collections.abc import Callable


def microseconds(work: Callable[[], object], *, rounds: int = 7) -> float:
    timer = timeit.Timer(work)
    number, _ = timer.autorange()
    number = max(number // 10, 1)
    return min(timer.repeat(repeat=rounds, number=number)) / number * 1e6


def rows() -> list[tuple[str, str, float]]:
    x = np.linspace(150.0, 180.0, 600)
    irregular = x + 0.01 * np.sin(x)
    peaks = lineshape("pseudo_voigt").density(x, np.array([[161.7, 1.2, 0.3], [162.9, 1.2, 0.3]]))
    y = 200.0 + np.array([900.0, 450.0]) @ (peaks + 0.1 * ShirleyLoss(x).apply(peaks))
    table = [
        ("Shirley, static", "600 points", microseconds(lambda: shirley(x, y))),
        ("Tougaard, static", "600 points", microseconds(lambda: tougaard(x, y))),
        (
            "Tougaard, static",
            "600 points, irregular axis",
            microseconds(lambda: tougaard(irregular, y)),
        ),
    ]
    axis = np.linspace(155.0, 179.0, 480)
    stack = np.random.default_rng(0).random((15, axis.size))
    for loss in (ShirleyLoss(axis), TougaardLoss(axis, U2())):
        name = f"{type(loss).__name__}.apply"
        table.append((name, "15 rows x 480", microseconds(lambda loss=loss: loss.apply(stack))))
    for shape in SHAPES:
        starts = [limit[2] for limit in shape.limits]
        theta = np.array([[160.0 + 2.0 * i, 1.1, *starts] for i in range(6)])
        time = microseconds(
            lambda shape=shape, theta=theta: shape.density_and_gradient(axis, theta)
        )
        table.append((shape.name, "6 lines x 480, value and gradient", time))
    return table


def main() -> None:
    print(f"{'what':<22}{'size':<36}{'microseconds':>12}")
    for what, size, time in rows():
        print(f"{what:<22}{size:<36}{time:>12.1f}")


if __name__ == "__main__":
    main()
