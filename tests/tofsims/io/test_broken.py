"""Files gone wrong: each ends in data or in one sentence, quickly and in little memory."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

import tofsims
from tofsims.counting import corrected
from tofsims.io.container import PACKED, Container

FAST = {"seconds": 1.0, "most": 300 * 2**20}


def profile_text():
    """An export of three ions and their sum, of 4096 shots."""
    generator = np.random.default_rng(3)
    lines = [
        "# Profile Smoothing is Disabled",
        "#\t\t\t\ttotal\tCl-\t^37Cl-\tS-\tCl-^37Cl-\t",
        "#\t\t\t\tN/A\t34.9694\t36.9664\t31.9726\tN/A\t",
        "#Data Point #\tSputter Time (s)\tDose (ions)\tFluence (ions/cm^2)"
        + "\tIntensity" * 5
        + "\t",
    ]
    for i in range(30):
        a, b, c = corrected(generator.poisson([300, 90, 50]), 4096)
        cells = [i + 1, 0.5 * i, 1e6 * (i + 1), 1e10 * (i + 1), a + b + c, a, b, c, a + b]
        lines.append("\t".join(f"{cell:.6g}" for cell in cells) + "\t")
    return "\r\n".join(lines).encode()


def spectrum_text():
    lines = ["# Binning: 200 channels", "# Deadtime Correction: on", "Channel\tm/z\tIntensity"]
    lines += [f"{100 + 200 * i}\t{(i / 6) ** 2:.6f}\t{i % 7}" for i in range(60)]
    return "\r\n".join(lines).encode()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Small files of events, by format."""
    folder = tmp_path_factory.mktemp("written")

    def content(name, authored):
        path = folder / name
        if not path.exists():
            run = authored.events(scans=3, width=4, height=4, per=3.0)
            (tofsims.write_itm if name == "itm" else tofsims.write_grd)(path, run)
        return path.read_bytes()

    return content


KINDS = {
    "profile": "lines", "profile, its numbers": "numbers", "spectrum": "lines",
    "itm": "words", "itm, within a scan": "words", "grd": "words",
}  # fmt: skip
SHARES = {
    "profile": 10_000,
    "profile, its numbers": 10_000,
    "itm": 10_000,
    "itm, within a scan": 10_000,
}


def fuzzed(tally, fuzz, tmp_path, kind, number, seed, written, authored):
    first = kind.partition(",")[0]
    texts = {"profile": profile_text, "spectrum": spectrum_text}
    content = texts[first]() if first in texts else written(first, authored)
    assert tally.read(tmp_path / "whole", content) is not None
    wrap = None
    if "within a scan" in kind:
        start, length = packed_scan(tmp_path / "whole")
        inner = zlib.decompress(content[start : start + length])
        content, wrap = inner, repacked(content, start, length)
    return fuzz(tally, tmp_path / "mutant", content, number, seed, how=KINDS[kind], wrap=wrap)


def packed_scan(path):
    """Where the words of a scan lie in a file, packed."""
    file = Container(str(path))
    raw = file.find("rawdata")
    block = next(b for b in raw.listed() if b.kind == PACKED)
    start, length, *_ = block._head(block.at)
    return start, length


def repacked(whole, start, length):
    """Put changed words in place of a scan, if they do not take more room."""

    def wrap(changed):
        packed = zlib.compress(changed, 9)
        if len(packed) > length:
            return whole
        # What is left behind them is not looked at, as the block's length says.
        head = bytearray(whole[:start])
        name = len(b"  14")
        at = start - name - 25 + 5 + 12
        head[at : at + 4] = struct.pack("<I", len(packed))
        return bytes(head) + packed + bytes(length - len(packed)) + whole[start + length :]

    return wrap


@pytest.mark.parametrize("kind", KINDS)
def test_mutants_give_data_or_the_named_error(tally, tmp_path, fuzz, written, authored, kind):
    fuzzed(tally, fuzz, tmp_path, kind, 80, 1, written, authored)
    assert tally.errors > 5


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_twenty_thousand_mutants(tally, tmp_path, fuzz, written, authored, record, kind):
    record(fuzzed(tally, fuzz, tmp_path, kind, SHARES.get(kind, 20_000), 2, written, authored))
    assert tally.errors > 500


@pytest.mark.parametrize("kind", ["profile", "spectrum", "itm", "grd"])
def test_truncation_at_every_percent(tally, tmp_path, written, authored, kind):
    texts = {"profile": profile_text, "spectrum": spectrum_text}
    content = texts[kind]() if kind in texts else written(kind, authored)
    for percent in range(1, 100, 3):
        reading = tally.read(tmp_path / "cut", content[: len(content) * percent // 100])
        # Of events what is read is whole; of text a last number may be cut.
        assert reading is None or kind in {"profile", "spectrum", "grd"}


@pytest.mark.parametrize("lie", [0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 1_000_000_000])
def test_every_word_of_a_container_may_lie(tally, tmp_path, written, authored, lie):
    content = written("itm", authored)
    for at in range(8, min(len(content), 3000), 27):
        changed = content[:at] + struct.pack("<I", lie) + content[at + 4 :]
        tally.read(tmp_path / "lie", changed, **FAST)
    assert tally.errors > 5
