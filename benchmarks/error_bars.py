"""Do the error bars hold? Coverage of the default 95 % intervals on synthetic spectra.

``python benchmarks/error_bars.py [N] [--foreign] [--series | --joint]``: N spectra a cell, six core
levels, three count levels; ``--foreign`` takes truths of another line shape on another background,
``--series`` fits each cell as one series, ``--joint`` pairs of P 2p and S 2p together, with one
charge shift and PS4 in proportion.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import importlib.util
import sys
import time
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests" / "xps"


def loaded(path):
    """A test module that is imported from its file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


test_coverage = loaded(TESTS / "test_coverage.py")
test_joint_coverage = loaded(TESTS / "joint" / "test_joint_coverage.py")

QUANTITIES = (
    *("area", "position", "fwhm", "fraction", "faint fraction", "misled fraction"),
    "atomic fraction",
)


def counted(level, peak, given):
    """Shares that hold, and the share converged, of one cell."""
    if given.joint:
        return test_joint_coverage.coverage(
            ("shift", "PS4"), peak, given.number, other=given.foreign, workers=2
        )
    if given.series:
        return test_coverage.series_coverage(level, peak, given.number, foreign=given.foreign)
    return test_coverage.coverage(level, peak, given.number, foreign=given.foreign, workers=2)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=200)
    parser.add_argument("--foreign", action="store_true")
    parser.add_argument("--series", action="store_true")
    parser.add_argument("--joint", action="store_true")
    parser.add_argument("--levels", default=",".join(test_coverage.synthetic.CASES))
    parser.add_argument("--peaks", default=",".join(test_coverage.synthetic.PEAKS))
    given = parser.parse_args()
    if given.joint:
        given.levels = "P 2p + S 2p"
    print("| level | counts | converged | quantity: lowest .. highest share (least n) | ms a fit |")
    print("|---|---|---|---|---|")
    for level in given.levels.split(","):
        for peak in given.peaks.split(","):
            began = time.perf_counter()
            shares, converged = counted(level, test_coverage.synthetic.PEAKS[peak], given)
            spent = 1e3 * (time.perf_counter() - began) / given.number
            told = []
            for quantity in QUANTITIES:
                cells = [
                    v for k, v in shares.items() if k[0] == quantity and v[1] >= 0.02 * given.number
                ]
                if cells:
                    low, high = min(c[0] for c in cells), max(c[0] for c in cells)
                    told.append(
                        f"{quantity}: {100 * low:.1f} .. {100 * high:.1f} "
                        f"({min(c[1] for c in cells)})"
                    )
            print(
                f"| {level} | {peak} | {100 * converged:.1f} % | {'; '.join(told)} | {spent:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
