"""A process that runs batches to be killed: the test names a folder, a child works there.

It imports and compiles once; each batch runs in a fork of it, so that a kill finds the batch at
work and not at its imports. A line a batch comes in (the folder), the child's process id goes out,
then a line each time that results have been kept: how many files.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from peakwright.batch import Progress, run

__all__: list[str] = []


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _work(files: str, recipe: str, out: str) -> None:
    def tell(now: Progress) -> None:
        _say(f"kept {now.done}")

    run([files], recipe, out, jobs=0, tell=tell)
    _say("done")


def _main(files: str, recipe: str, warm: str) -> None:
    run([next(Path(files).iterdir())], recipe, warm, jobs=0)
    _say("ready")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _say(f"pid {os.getpid()}")
            _work(files, recipe, line.strip())
            os._exit(0)
        os.waitpid(child, 0)
        _say("ended")


if __name__ == "__main__":
    _main(*sys.argv[1:])
