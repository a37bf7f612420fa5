"""Fuzzing that bounds what it claims to bound: outcome, time and memory of every mutant.

Each mutant is read under a CPU-time alarm of 2 s and with the process's address space limited to
1 GiB above what it held before (where the system knows such a limit), so neither can be passed and
go unnoticed. The largest allocation traced by tracemalloc, which NumPy reports to, is kept too.
"""

from __future__ import annotations

import contextlib
import re
import signal
import struct
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from references import DataFileError

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import resource
except ImportError:  # Windows has neither limit; outcomes are still checked there
    resource = None

SECONDS = 2.0
BYTES = 1024**3


class TooSlow(BaseException):
    """Not an Exception: no reader may catch it."""


@contextlib.contextmanager
def limited(bytes_more=BYTES):
    """Limit the address space to so much more than it is now."""
    statm = Path("/proc/self/statm")
    if resource is None or not statm.exists():
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    now = int(statm.read_text().split()[0]) * resource.getpagesize()
    most = now + bytes_more if hard == resource.RLIM_INFINITY else min(now + bytes_more, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextlib.contextmanager
def timed(seconds=SECONDS):
    """Raise :class:`TooSlow` after so much CPU time: a busy machine does not count."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(signum, frame):
        raise TooSlow(f"more than {seconds} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@dataclass(kw_only=True)
class Tally:
    """What became of the mutants of one seed; ``check`` is what every reading promises."""

    reader: Callable[[Path], Any]
    check: Callable[[Any], None]
    data: int = 0
    noted: int = 0
    errors: int = 0
    seconds: float = 0.0
    bytes: int = 0

    def read(self, path, content, *, seconds=SECONDS, most=BYTES):
        """Read changed content: data, or the named error; anything else is a failure."""
        path.write_bytes(content)
        tracemalloc.reset_peak()
        held, began = tracemalloc.get_traced_memory()[0], time.process_time()
        reading = None
        with timed(seconds):
            try:
                reading = self.reader(path)
            except DataFileError as error:
                # One sentence, with the file's name, and short enough to be read.
                assert str(path) in str(error)
                assert "\n" not in str(error)
                assert len(str(error)) < len(str(path)) + 500
        self.seconds = max(self.seconds, time.process_time() - began)
        used = tracemalloc.get_traced_memory()[1] - held
        self.bytes = max(self.bytes, used)
        assert used < most
        self.errors += reading is None
        self.data += reading is not None
        if reading is not None:
            self.noted += bool(reading.notes)
            self.check(reading)
        return reading

    def __str__(self):
        total = self.data + self.errors
        return (
            f"{total} mutants: data {self.data / total:.1%} (with a note {self.noted / total:.1%}),"
            f" DataFileError {self.errors / total:.1%}, worst {self.seconds:.3f} s CPU,"
            f" {self.bytes / 2**20:.1f} MiB"
        )


@contextlib.contextmanager
def traced():
    """Trace and bound memory; nested use is not meant."""
    tracemalloc.start()
    try:
        with limited():
            yield
    finally:
        tracemalloc.stop()


# --- mutations ------------------------------------------------------------------------------------

NUMBERS = (b"1e9", b"1000000000", b"-1", b"-1e9", b"1e308", b"1e999", b"nan", b"inf", b"", b"0", b"2.5",
           b"99999999999999999999", b"1_0", b"1E+37", b"0x10", b"1,5")  # fmt: skip


def mutant(content, generator):
    """Flip, delete, insert, repeat or cut bytes; attack a number within or in place of a line."""
    data = bytearray(content)
    for _ in range(generator.integers(1, 4)):
        at = int(generator.integers(0, len(data)))
        kind = generator.integers(0, 8)
        if kind == 0:
            data[at] = int(generator.integers(0, 256))
        elif kind == 1:
            del data[at : at + int(generator.integers(1, 40))]
        elif kind == 2:
            data[at:at] = generator.integers(0, 256, int(generator.integers(1, 20))).tobytes()
        elif kind == 3:
            data[at:at] = data[at : at + int(generator.integers(1, 400))]
        elif kind == 4 and generator.uniform() < 0.2:
            del data[at:]
        else:
            lines = bytes(data).split(b"\n")
            row = int(generator.integers(0, len(lines)))
            attack = NUMBERS[int(generator.integers(0, len(NUMBERS)))]
            words = lines[row].split(b" ")
            words[int(generator.integers(0, len(words)))] = attack
            lines[row] = b" ".join(words)
            data = bytearray(b"\n".join(lines))
        data = data or bytearray(b"x")
    return bytes(data)


WORDS = (0, 1, 2, 3, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1_000_000_000)


def binary_mutant(content, generator):
    """Like :func:`mutant`, but half the time a word of four bytes is made a lie."""
    if generator.uniform() < 0.5:
        return mutant(content, generator)
    data = bytearray(content)
    for _ in range(generator.integers(1, 3)):
        at = int(generator.integers(0, max(len(data) - 4, 1)))
        word = WORDS[int(generator.integers(0, len(WORDS)))]
        data[at : at + 4] = struct.pack("<>"[generator.integers(0, 2)] + "I", word)
    return bytes(data)


def number_mutant(content, generator):
    """Make one to three of the numbers in a text lies, and leave all else well formed."""
    data = bytes(content)
    for _ in range(generator.integers(1, 4)):
        found = [match.span() for match in re.finditer(rb"-?\d+(\.\d+)?", data)]
        if not found:
            break
        start, end = found[int(generator.integers(0, len(found)))]
        lie = NUMBERS[int(generator.integers(0, len(NUMBERS)))]
        data = data[:start] + lie + data[end:]
    return data


CHANGES = {"lines": mutant, "words": binary_mutant, "numbers": number_mutant}


def run(tally, path, content, number, seed, *, how="lines", wrap=None):
    """Read so many mutants of a file into a tally.

    ``how`` is what a mutant attacks; ``wrap`` makes a file of each mutant again: a checksum that
    fits, an archive around it.
    """
    generator = np.random.default_rng(seed)
    change = CHANGES[how]
    for _ in range(number):
        changed = change(content, generator)
        tally.read(path, wrap(changed) if wrap else changed)
    return tally
