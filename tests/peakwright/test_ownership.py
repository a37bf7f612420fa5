"""Another distribution that owns one of our import names is refused, cheaply."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from peakwright import ownership

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def rival(tmp_path):
    """A folder in which a distribution of the given name is installed."""

    def install(name):
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        return tmp_path

    return install


def _python(program, path, name="program"):
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{path}"}
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.argv[0] = {name!r}; {program}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_alone_all_is_well():
    ownership.check()
    assert ownership.rivals() == ()


@pytest.mark.parametrize("name", ["xps", "xrd", "XPS"])
def test_a_rival_is_found_by_its_metadata(rival, monkeypatch, name):
    monkeypatch.syspath_prepend(str(rival(name)))
    assert ownership.rivals() == (name.lower(),)
    with pytest.raises(ownership.OwnershipError, match=f"pip uninstall {name.lower()} "):
        ownership.check()


def test_both_rivals_are_named_at_once(rival, monkeypatch):
    rival("xps")
    monkeypatch.syspath_prepend(str(rival("xrd")))
    with pytest.raises(ownership.OwnershipError, match="pip uninstall xps xrd "):
        ownership.check()


def test_a_neighbour_of_another_name_is_welcome(rival, monkeypatch):
    monkeypatch.syspath_prepend(str(rival("xpsfitter")))
    assert ownership.rivals() == ()


def test_importing_beside_a_rival_is_refused(rival):
    done = _python("import peakwright", rival("xps"))
    assert done.returncode == 1
    assert "OwnershipError" in done.stderr


def test_the_command_refuses_without_a_traceback(rival):
    program = "from peakwright.cli.main import main; sys.exit(main(['--version']))"
    done = _python(program, rival("xps"), name="/usr/bin/peakwright")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("peakwright: another distribution")
    assert done.stderr.count("\n") == 1


def test_the_check_is_cheap():
    def seconds():
        start = time.process_time()
        ownership.check()
        return time.process_time() - start

    assert min(seconds() for _ in range(5)) < 0.005
