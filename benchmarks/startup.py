"""How long a user waits before anything happens: ``python benchmarks/startup.py``.

Whole processes, best and median of several runs: the command's help, importing the package beside
numpy alone, and the demo. And the library's loading, in processor time.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from references import load, registry

COMMAND = str(Path(sys.executable).with_name("peakwright"))


def seconds(command, runs):
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
    return taken


def loading(runs=10):
    """Processor time of the library's loading, best of several runs."""
    taken = []
    for _ in range(runs):
        registry._bundled.cache_clear()
        began = time.process_time()
        load()
        taken.append(time.process_time() - began)
    return min(taken)


def main():
    print(f"{'references.load()':28} best {loading():6.3f} s   (goal < 0.05)")
    with tempfile.TemporaryDirectory() as folder:
        cases = {
            "peakwright --help": ([COMMAND, "--help"], 9),
            "import numpy": ([sys.executable, "-c", "import numpy"], 9),
            "import numpy, xps": ([sys.executable, "-c", "import numpy, xps"], 9),
            "peakwright demo": ([COMMAND, "demo", "--out", f"{folder}/demo"], 3),
        }
        medians = {}
        for name, (command, runs) in cases.items():
            taken = seconds(command, runs)
            medians[name] = statistics.median(taken)
            print(f"{name:28} best {min(taken):6.3f} s   median {medians[name]:6.3f} s")
    over = medians["import numpy, xps"] - medians["import numpy"]
    print(f"{'xps over numpy':28} {over:6.3f} s   (goal < 0.3)")


if __name__ == "__main__":
    main()
