"""A command that is stopped from outside ends as after Ctrl+C: one sentence, a known exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import xps

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")

ROOT = Path(__file__).resolve().parents[2]
LISTENING = """
import signal
# A shell that puts the tests into its background has them ignore some of these.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""
WAITING = """
import sys, time, types, typer
import peakwright.cli.main as m

app = typer.Typer()

@app.callback()
def _group():
    pass

@app.command("wait")
def wait():
    print("waits", flush=True)
    time.sleep(60)

m.import_module = lambda *_: types.SimpleNamespace(app=app)
sys.argv = ["peakwright", "xps", "wait"]
sys.exit(m.main())
"""


def _begun(program, *args):
    return subprocess.Popen(
        [sys.executable, "-c", LISTENING + program, *args],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("sent", "code", "how"),
    [
        (signal.SIGINT, 130, "from the keyboard"),
        (signal.SIGTERM, 143, "as the system or a queue asked"),
        (signal.SIGHUP, 129, "as the terminal was closed"),
    ],
)
def test_each_way_of_stopping_is_one_sentence_and_its_code(sent, code, how):
    process = _begun(WAITING)
    assert process.stdout.readline() == "waits\n"
    process.send_signal(sent)
    _, said = process.communicate(timeout=20)
    assert process.returncode == code
    assert said == f"peakwright: stopped {how}; files already written are whole\n"


def test_what_is_not_to_hang_up_goes_on():
    ignored = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"  # as nohup does
    process = _begun(ignored + WAITING)
    assert process.stdout.readline() == "waits\n"
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_the_server_ends_when_it_is_asked_to(sent):
    pytest.importorskip("bokeh")
    program = "import sys; from peakwright.cli.main import main; sys.exit(main())"
    process = _begun(program, "serve", str(xps.example_path()), "--no-browser")
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    process.send_signal(sent)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said.splitlines()[-1] == "peakwright: ended; what was saved is kept"
