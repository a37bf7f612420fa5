"""The command line: every failure is one sentence and an exit code, never a traceback."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from peakwright import __version__, ownership
from peakwright.cli import main as command_line
from peakwright.cli.console import ExitCode, emit_json, progress, say_error
from references.files import DataFileError, write_atomic
from references.registry import UnknownReferenceError
from references.words import InputError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run ``peakwright xps act`` where act does what the test says; logs go to tmp_path."""
    monkeypatch.setattr(command_line.tempfile, "tempdir", str(tmp_path))

    def run_with(act, *args):
        app = typer.Typer()

        @app.command("act")
        def _act() -> None:
            act()

        @app.command("other")
        def _other() -> None:
            pass

        monkeypatch.setattr(command_line, "import_module", lambda *_: SimpleNamespace(app=app))
        code = command_line.main(["xps", "act", *args])
        return code, *capsys.readouterr()

    return run_with


def _raising(error):
    def act():
        raise error

    return act


def _one_sentence(err):
    lines = err.splitlines()
    assert len(lines) == 1, err
    assert lines[0].startswith("peakwright: ")
    assert "Traceback" not in err
    return lines[0]


def test_what_succeeds_is_silent_on_stderr(run):
    assert run(lambda: typer.echo("done")) == (0, "done\n", "")


@pytest.mark.parametrize("code", list(ExitCode))
def test_a_command_gives_its_exit_code(run, code):
    assert run(_raising(typer.Exit(code)))[0] == code


@pytest.mark.parametrize(
    "error",
    [
        DataFileError("a.vms", "is empty", action="export it again"),
        InputError("give --species or --recipe"),
        UnknownReferenceError("species", "Li2s", near=["Li2S"]),
        typer.BadParameter("expected a number"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence_and_2(run, error, tmp_path):
    code, out, err = run(_raising(error))
    assert (code, out) == (2, "")
    assert str(error) in _one_sentence(err) or "expected a number" in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("lost the thread"),
        MemoryError("Unable to allocate 8.00 TiB"),
        OSError(errno.ENOSPC, "No space left on device"),
        ValueError("Out of range float values are not JSON compliant"),
        RecursionError("too deep"),
        AssertionError(),
    ],
)
def test_what_the_user_cannot_mend_is_one_sentence_a_log_and_4(run, error):
    code, out, err = run(_raising(error))
    assert (code, out) == (4, "")
    log = Path(re.search(r"the log is (\S+)", _one_sentence(err)).group(1))
    assert "Traceback" in log.read_text()
    assert type(error).__name__ in log.read_text()


def test_memory_says_how_much_was_asked_for(run):
    assert "8.00 TiB" in run(_raising(MemoryError("Unable to allocate 8.00 TiB")))[2]


def test_a_full_disk_is_4_and_the_sentence_names_the_file(run, monkeypatch, tmp_path):
    full = _raising(OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr("references.files.os.fsync", lambda _: full())
    code, _, err = run(lambda: write_atomic(tmp_path / "out" / "result.json", "a"))
    assert code == 4
    assert "result.json" in _one_sentence(err)
    assert not list((tmp_path / "out").iterdir())


def test_what_cannot_be_printed_is_said(run):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    code, _, err = run(_raising(full))
    assert code == 4
    said = _one_sentence(err)
    assert "what is printed could not be written (No space left on device)" in said


def test_a_folder_that_may_not_be_written_is_2(run, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = run(lambda: write_atomic(tmp_path / "file" / "result.json", "a"))
    assert code == 2
    assert "result.json" in _one_sentence(err)


def test_no_log_is_no_second_failure(run, monkeypatch):
    def full(*_):
        raise DataFileError("error.log", "cannot be written")

    monkeypatch.setattr(command_line, "write_atomic", full)
    code, _, err = run(_raising(RuntimeError("lost")))
    assert code == 4
    assert "no log could be written" in _one_sentence(err)


def test_the_keyboard_stops_with_130(run):
    code, _, err = run(_raising(KeyboardInterrupt()))
    assert code == 130
    assert "stopped" in _one_sentence(err)


def test_a_reader_that_has_gone_is_no_fault(run, monkeypatch):
    monkeypatch.setattr(command_line, "_silence_stdout", lambda: None)
    assert run(_raising(BrokenPipeError())) == (141, "", "")


@pytest.mark.skipif(os.name != "posix", reason="pipes are closed in another way there")
@pytest.mark.parametrize("how", ["out_console.print", "typer.echo"])
def test_a_closed_pipe_ends_quietly(how):
    program = (
        "import sys, typer\n"
        "import peakwright.cli.main as m\n"
        "from peakwright.cli.console import out_console\n"
        "app = typer.Typer()\n"
        "@app.callback()\n"
        "def group():\n"
        "    pass\n"
        "@app.command()\n"
        "def act():\n"
        f"    for _ in range(20000): {how}('a line')\n"
        "m.import_module = lambda *_: type('module', (), {'app': app})\n"
        "sys.exit(m.main(['xps', 'act']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.readline()
    process.stdout.close()
    with process.stderr as stream:
        assert stream.read() == b""
    assert process.wait(timeout=30) == 141


def test_warnings_meant_for_programmers_stay_off_stderr():
    program = (
        "import logging, sys, typer, warnings\n"
        "import peakwright.cli.main as m\n"
        "app = typer.Typer()\n"
        "@app.callback()\n"
        "def group():\n"
        "    pass\n"
        "@app.command()\n"
        "def act():\n"
        "    warnings.warn('a warning')\n"
        "    logging.getLogger('matplotlib').warning('another')\n"
        "m.import_module = lambda *_: type('module', (), {'app': app})\n"
        "sys.argv = ['peakwright', 'xps', 'act']\n"
        "sys.exit(m.main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    "args", [["xpz"], ["demo", "--nope"], ["demo", "--out"], ["demo", "extra"]]
)
def test_bad_usage_is_one_sentence_that_names_the_help(args, capsys):
    assert command_line.main(args) == 2
    assert "--help`" in _one_sentence(capsys.readouterr().err)


def test_a_misspelt_command_gets_the_near_one(capsys):
    command_line.main(["xpz"])
    assert "'xps'" in capsys.readouterr().err


def _options_of_one_value(command, path=()):
    below = getattr(command, "commands", {})
    for name, one in below.items():
        yield from _options_of_one_value(one, (*path, name))
    if not below:
        for option in command.params:
            if option.param_type_name == "option" and not option.multiple and not option.is_flag:
                yield (*path, option.opts[-1], *["1"] * option.nargs)


def _every_option():
    for name in command_line.SUB_COMMANDS:
        module = import_module(f"peakwright.cli.{name}")
        for found in _options_of_one_value(typer.main.get_command(module.app)):
            yield (name, *found)
    yield ("demo", "--out", "1")


def test_an_option_of_one_value_that_is_given_twice_is_refused_everywhere(capsys):
    every = list(_every_option())
    assert {("xps", "fit", "--recipe", "1"), ("batch", "--recipe", "1")} <= set(every)
    for given in every:
        option = next(i for i, word in enumerate(given) if word.startswith("--"))
        assert command_line.main([*given, *given[option:]]) == 2
        said = _one_sentence(capsys.readouterr().err)
        assert f"{given[option]} is given twice; give it once" in said


def test_who_gives_a_list_in_parts_is_told_how_it_is_given(capsys):
    asked = ["xps", "recipe", "--region", "S 2p", "--region", "P 2p"]
    assert command_line.main([*asked, "--species", "PS4", "--species", "Li2S"]) == 2
    assert "separated by commas: --species A,B" in capsys.readouterr().err
    assert command_line.main([*asked, "--json", "--json"]) == 0


def test_no_arguments_print_the_help(capsys):
    assert command_line.main([]) == 2
    said = capsys.readouterr()
    assert "demo" in said.out + said.err


def test_the_version_is_said(capsys):
    assert command_line.main(["--version"]) == 0
    assert capsys.readouterr().out == f"peakwright {__version__}\n"


def test_the_help_names_every_command(capsys):
    assert command_line.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in (*command_line.SUB_COMMANDS, "demo"))


def test_a_rival_distribution_is_refused_before_anything_runs(monkeypatch, capsys):
    monkeypatch.setattr(ownership, "rivals", lambda: ("xps",))
    assert command_line.main(["--version"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "pip uninstall xps" in _one_sentence(said.err)


def _help_seconds():
    """CPU and wall time of ``peakwright --help`` in a process of its own."""
    program = "import sys; from peakwright.cli.main import main; sys.exit(main(['--help']))"
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    wall, after = time.perf_counter() - start, os.times()
    assert b"demo" in done.stdout
    cpu = sum(after[2:4]) - sum(before[2:4])
    return min(cpu, wall) if os.name == "posix" else wall


def test_the_help_comes_at_once():
    # CPU time, best of three: other work on the machine does not count.
    assert min(_help_seconds() for _ in range(3)) < 0.4


# --- the console ----------------------------------------------------------------------------------


def test_json_is_one_document_and_floats_survive(capsys):
    emit_json({"value": 0.1 + 0.2, "name": "µ\udcff"})
    assert json.loads(capsys.readouterr().out)["value"] == 0.1 + 0.2


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_has_no_word_for_what_is_not_finite(value, capsys):
    with pytest.raises(ValueError, match="JSON"):
        emit_json({"value": value})
    assert capsys.readouterr().out == ""


def test_a_hostile_name_cannot_steer_the_terminal(capsys):
    say_error("a\x1b[2J\nb\udcff[red]: no such file")
    assert capsys.readouterr().err == "peakwright: a\\x1b[2J b\\udcff[red]: no such file\n"


def test_short_work_shows_nothing(capsys):
    with progress("fitting", total=1) as begin:
        begin("S 2p")
    assert capsys.readouterr() == ("", "")


def test_long_work_is_said_on_stderr_only(capsys):
    with progress("fitting a.vms", total=1, patience=0.0) as begin:
        begin("S 2p")
        time.sleep(0.2)
    said = capsys.readouterr()
    assert said.out == ""
    assert "fitting a.vms" in said.err


def test_progress_lets_a_failure_through():
    with pytest.raises(InputError), progress("fitting", patience=0.0):
        raise InputError("no")
