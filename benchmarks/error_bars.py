"""Do the error bars hold? Coverage of the default 95 % intervals on synthetic spectra.

``python benchmarks/error_bars.py [N] [--foreign] [--series]``: N spectra a cell, six core levels,
three count levels; ``--foreign`` takes truths of another line shape on another background,
``--series`` fits each cell as one series.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import importlib.util
import sys
import time
from pathlib import Path

_path = Path(__file__).parents[1] / "tests" / "xps" / "test_coverage.py"
_spec = importlib.util.spec_from_file_location("test_coverage", _path)
test_coverage = importlib.util.module_from_spec(_spec)
sys.modules["test_coverage"] = test_coverage
_spec.loader.exec_module(test_coverage)


QUANTITIES = "area", "position", "fwhm", "fraction", "faint fraction", "misled fraction"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=200)
    parser.add_argument("--foreign", action="store_true")
    parser.add_argument("--series", action="store_true")
    parser.add_argument("--levels", default=",".join(test_coverage.synthetic.CASES))
    parser.add_argument("--peaks", default=",".join(test_coverage.synthetic.PEAKS))
    given = parser.parse_args()
    print("| level | counts | converged | quantity: lowest .. highest share (least n) | ms a fit |")
    print("|---|---|---|---|---|")
    for level in given.levels.split(","):
        for peak in given.peaks.split(","):
            began = time.perf_counter()
            cell = level, test_coverage.synthetic.PEAKS[peak], given.number
            if given.series:
                found = test_coverage.series_coverage(*cell, foreign=given.foreign)
            else:
                found = test_coverage.coverage(*cell, foreign=given.foreign, workers=2)
            shares, converged = found
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
