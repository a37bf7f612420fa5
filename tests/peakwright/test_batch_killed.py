"""A batch that is killed at any instant: what it said was kept is kept, and the end is the same."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from peakwright.batch.chunks import Chunks
from xps.io.vamas.write import write_vamas

from .measured import contents, spectra, write_files, write_recipe

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills by a signal")

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MAIN = "from peakwright.cli.main import main; raise SystemExit(main())"


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """500 spectra: 350 files of one, and one file of 150; and their recipe."""
    folder = tmp_path_factory.mktemp("measured")
    write_files(folder / "files", 350)
    write_vamas(spectra(150, seed=8, sample="profile"), folder / "files" / "profile.vms")
    write_recipe(folder / "recipe.toml")
    return folder


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Forty files of one spectrum and their recipe."""
    folder = tmp_path_factory.mktemp("few")
    write_files(folder / "files", 40)
    write_recipe(folder / "recipe.toml")
    return folder


class _Victim:
    """Runs batches over a folder's files and kills them."""

    def __init__(self, folder):
        names = [str(folder / name) for name in ("files", "recipe.toml", "warm")]
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "batch_victim.py"), *names],
            env=_environment(),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def _line(self):
        return self.process.stdout.readline().strip()

    def batch(self, out, *, killed_after=None):
        """Run a batch, killed after so many seconds; give how many files it said were kept."""
        self.process.stdin.write(f"{out}\n")
        self.process.stdin.flush()
        pid = int(self._line().removeprefix("pid "))
        if killed_after is not None:
            time.sleep(killed_after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        kept = 0
        while (line := self._line()) != "ended":
            # What was being said when it was killed may end in the middle.
            kept = int(line.removeprefix("kept ")) if line.startswith("kept ") else kept
        return kept

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(30) == 0
        self.process.stdout.close()


def _environment():
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "MKL", "OMP")}
    return os.environ | threads | {"PYTHONPATH": str(ROOT)}


def _kept(out):
    """The keys of the records that are kept; every chunk must be whole."""
    if not (out / "batch.json").exists():
        return []
    batch = json.loads((out / "batch.json").read_text(encoding="utf-8"))["batch"]
    records = [json.loads(line) for line in Chunks(out / "chunks", batch).read()]
    return [(record["file"], record["block"]) for record in records]


def _whole_files(keys, long):
    """How many files have all their records."""
    blocks = sum(file == "profile.vms" for file, _ in keys)
    single = sum(file != "profile.vms" for file, _ in keys)
    return single + (blocks == long)


def _kill_and_go_on(folder, tmp_path, kills, seed, *, long):
    """Kill batches until so many were killed at work; each must end as if nothing had been."""
    victim = _Victim(folder)
    begun = time.perf_counter()
    victim.batch(tmp_path / "whole")
    whole_time = time.perf_counter() - begun
    whole = contents(tmp_path / "whole")
    assert whole
    instants = np.random.default_rng(seed)
    killed, number = 0, 0
    while killed < kills:
        number += 1
        out = tmp_path / f"out{number}"
        told, before = 0, []
        for _ in range(12):
            told = max(told, victim.batch(out, killed_after=instants.uniform(0.0, whole_time / 3)))
            keys = _kept(out)
            assert len(keys) == len(set(keys)), "a result was made twice"
            assert keys[: len(before)] == before, "a result that was kept is lost"
            assert _whole_files(keys, long) >= told, "less is kept than was said"
            before = keys
            killed += 1
            if (out / "result.json").exists():
                break
        victim.batch(out)
        assert _kept(out)[: len(before)] == before
        assert contents(out) == whole
    victim.close()


def test_a_few_kills_lose_nothing(few, tmp_path):
    _kill_and_go_on(few, tmp_path, 6, 1, long=0)


@pytest.mark.slow
def test_200_kills_lose_nothing(measured, tmp_path):
    _kill_and_go_on(measured, tmp_path, 200, 2, long=3)


@pytest.mark.slow
def test_kills_of_a_command_with_two_workers_lose_nothing(measured, tmp_path):
    """The command is killed; its workers end by themselves, and what they held is done again."""
    command = [sys.executable, "-c", MAIN, "batch", str(measured / "files"), "--jobs", "2"]
    command += ["--recipe", str(measured / "recipe.toml"), "--out"]

    def begun(out):
        return subprocess.Popen(
            [*command, str(out)],
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    start = time.perf_counter()
    process = begun(tmp_path / "whole")
    process.communicate()
    seconds = time.perf_counter() - start
    assert process.returncode == 0
    whole = contents(tmp_path / "whole")
    instants = np.random.default_rng(3)
    for number in range(10):
        out = tmp_path / f"out{number}"
        process = begun(out)
        time.sleep(instants.uniform(0.3, 1.0) * seconds)
        process.kill()
        said = [line for line in process.stderr if line.rstrip().endswith(("left", "spectra/s"))]
        process.wait()
        process.stderr.close()
        told = int(said[-1].split(" of ")[0]) if said else 0
        keys = _kept(out)
        assert len(keys) == len(set(keys))
        assert _whole_files(keys, 3) >= told
        process = begun(out)
        process.communicate()
        assert process.returncode == 0
        assert _kept(out)[: len(keys)] == keys
        assert contents(out) == whole


@pytest.mark.parametrize(
    ("sent", "code", "how"),
    [
        (signal.SIGINT, 130, "from the keyboard"),
        (signal.SIGTERM, 143, "as the system or a queue asked"),
    ],
)
def test_a_batch_that_is_stopped_says_what_is_kept(few, tmp_path, sent, code, how):
    command = [sys.executable, "-c", MAIN, "batch", str(few / "files"), "--jobs", "2"]
    command += ["--recipe", str(few / "recipe.toml"), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        command,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    first = process.stderr.readline()
    assert " files kept" in first
    process.send_signal(sent)
    _, said = process.communicate(timeout=30)
    if process.returncode != 0:  # it may have been done by then
        assert process.returncode == code
        last = said.splitlines()[-1]
        assert last.startswith(f"peakwright: stopped {how}; what was done is kept in {tmp_path}")
        assert last.endswith(" of 40 files): give the same command again, which goes on")
        assert not (tmp_path / "out" / "result.json").exists()
    assert len(_kept(tmp_path / "out")) >= int(first.split(" of ")[0])
    assert _all_gone(process.pid)


def _all_gone(group):
    """Whether no process of a group is left, a moment after its first has ended."""
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
