"""A batch: every file accounted for, the same bytes whoever did it, nothing done twice."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import references.files
import xps
from peakwright.batch import BatchError, crew, merge, unit
from peakwright.batch import run as run_batch
from peakwright.batch.chunks import Chunks
from peakwright.batch.dealing import setting_of
from peakwright.batch.plan import read_plan
from peakwright.batch.unit import Piece
from peakwright.cli.main import main
from references.files import DataFileError, locked, sha256, write_atomic
from references.words import InputError
from xps.io.vamas.write import write_vamas
from xps.recipe import Charge, Recipe, to_toml

from .measured import RESULTS, contents, spectra, write_files, write_recipe


class Stopped(Exception):  # noqa: N818 - somebody stops it; nothing went wrong
    """Somebody stops the batch."""


def run(paths, recipe, out, **options):
    """Run a batch in this process, unless it is asked for otherwise."""
    return run_batch(paths, recipe, out, **({"jobs": 0} | options))


@pytest.fixture(autouse=True)
def drawn(request, monkeypatch):
    """Draw figures only where a test looks at them: they take longer than all the rest."""
    if "figures" not in request.fixturenames:
        monkeypatch.setattr("peakwright.batch.delivery._figures", lambda _entries: {})


@pytest.fixture
def figures():
    """Asked for by a test that looks at figures."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Eight files of one spectrum."""
    return write_files(tmp_path_factory.mktemp("files"), 8)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    return write_recipe(tmp_path_factory.mktemp("recipe") / "recipe.toml")


@pytest.fixture(scope="module")
def whole(files, recipe, tmp_path_factory):
    """What an uninterrupted batch over the files leaves."""
    out = tmp_path_factory.mktemp("whole") / "out"
    run([files], recipe, out)
    return without_figures(contents(out))


@pytest.fixture(scope="module")
def beside(files, recipe, tmp_path_factory):
    """The same, done in a process beside this one."""
    out = tmp_path_factory.mktemp("beside") / "out"
    run([files], recipe, out, jobs=1)
    return without_figures(contents(out))


def without_figures(found):
    return {name: content for name, content in found.items() if name[-4:] not in {".svg", ".png"}}


def _table(out, name):
    return list(csv.DictReader(io.StringIO((out / name).read_text(encoding="utf-8"))))


def _keys(out):
    """The keys of all records that are kept."""
    batch = json.loads((out / "batch.json").read_text(encoding="utf-8"))["batch"]
    records = [json.loads(line) for line in Chunks(out / "chunks", batch).read()]
    return [(record["file"], record["sha256"], record["block"]) for record in records]


# --- what it leaves -------------------------------------------------------------------------------


def test_a_batch_leaves_a_line_a_spectrum_and_a_document(files, recipe, tmp_path):
    done = run([files], recipe, tmp_path / "out")
    assert done.exit_code == 0
    assert {path.name for path in done.files} >= RESULTS
    document = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert document["schema"] == "peakwright.batch/1"
    assert document["outcomes"] == {"converged": 8}
    assert [one["path"] for one in document["inputs"]] == [f"{i:03d}.vms" for i in range(8)]
    lines = _table(tmp_path / "out", "summary.csv")
    assert [line["sample"] for line in lines] == [f"cell {i}" for i in range(8)]
    assert all(line["assessment"] == "converged" for line in lines)
    shares = [sum(float(line[f"{s} fraction of P 2p"]) for s in ("PS4", "Li3P")) for line in lines]
    assert shares == pytest.approx([1.0] * 8)
    rows = _table(tmp_path / "out", "rows.csv")
    fractions = [row for row in rows if row["quantity"] == "fraction"]
    assert len(fractions) == 16
    assert {row["basis"] for row in fractions} == {"within_level"}


def test_the_numbers_are_those_of_the_series(files, recipe, tmp_path):
    run([files], recipe, tmp_path / "out")
    one = xps.read(files / "003.vms").spectra[0].assign_coords(charge_shift=0.32)
    envelope = xps.envelope("P 2p", ["PS4", "Li3P"])
    fitted = xps.fit_series(xps.stack([one]), envelope, threads=1, independent=True)
    line = _table(tmp_path / "out", "summary.csv")[3]
    for species in ("PS4", "Li3P"):
        own = fitted.sel(species=species).isel(spectrum=0)
        for end, name in (("", ""), (" high", "_high")):
            shown = float(line[f"{species} fraction of P 2p{end}"])
            assert shown == float(own[f"fraction{name}"])


def test_gallium_under_sulfur_is_sized_by_the_careful_fit(tmp_path):
    sulfur = xps.envelope("S 2p", ["PS4", "Li2S"], elements=["S", "Ga"])
    gallium = xps.envelope("Ga 2p", ["Ga0", "GaCl3"])
    taken = []
    for number, envelopes in enumerate([(sulfur,), (gallium,), (sulfur, gallium)]):
        file = write_atomic(
            tmp_path / f"{number}.toml",
            to_toml(Recipe(charge=(Charge(shift=0.3),), envelopes=envelopes)),
        )
        taken.append(setting_of(file).engine)
    assert taken == ["series", "series", "fit"]


@pytest.mark.usefixtures("figures")
def test_trends_are_drawn_and_findings_counted(files, recipe, tmp_path):
    done = run([files], recipe, tmp_path / "out")
    assert (tmp_path / "out" / "P_2p_fraction_order.svg").read_bytes().startswith(b"<?xml")
    counted = sum(one["number"] for one in done.document["findings"])
    listed = tmp_path / "out" / "findings.csv"
    assert counted == (len(_table(tmp_path / "out", "findings.csv")) if listed.exists() else 0)


def test_a_long_file_is_divided_and_put_together(recipe, tmp_path):
    made = spectra(150)
    depths = np.linspace(0.0, 30.0, 150)
    made = [
        one.assign_coords(etch_time=((), time, {"units": "s"}))
        for one, time in zip(made, depths, strict=True)
    ]
    write_vamas(made, tmp_path / "long.vms")
    done = run([tmp_path / "long.vms"], recipe, tmp_path / "out")
    assert done.document["spectra"] == 150
    lines = _table(tmp_path / "out", "summary.csv")
    assert [line["P 2p spectrum"] for line in lines] == [str(i) for i in range(150)]
    assert [key[2] for key in _keys(tmp_path / "out")] == [0, 1, 2]


# --- whoever did it -------------------------------------------------------------------------------


def test_two_processes_give_the_same_bytes(files, recipe, tmp_path, beside):
    run([files], recipe, tmp_path / "out", jobs=2)
    assert contents(tmp_path / "out") == beside


def test_a_worker_that_dies_takes_nothing_along(files, recipe, tmp_path, beside):
    import multiprocessing

    killed = []

    def tell(_progress):
        if not killed:
            for worker in multiprocessing.active_children():
                worker.kill()
                killed.append(worker.pid)

    run([files], recipe, tmp_path / "out", jobs=2, tell=tell)
    assert killed
    assert contents(tmp_path / "out") == beside


def test_dask_gives_the_same_bytes(files, recipe, tmp_path, whole):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        run([files], recipe, tmp_path / "out", scheduler=client)
    assert contents(tmp_path / "out") == whole


def test_a_scheduler_that_is_not_there_is_one_sentence(
    files, recipe, tmp_path, capsys, monkeypatch
):
    pytest.importorskip("distributed")
    monkeypatch.setattr("peakwright.batch.crew.SCHEDULER_ANSWERS", 0.2)
    asked = ["batch", str(files), "--recipe", str(recipe), "--out", str(tmp_path / "out")]
    assert main([*asked, "--scheduler", "tcp://127.0.0.1:9"]) == 2
    said = capsys.readouterr().err
    assert "tcp://127.0.0.1:9: no scheduler answers there" in said
    assert "Traceback" not in said


class _Unknown:
    """What a worker with other packages cannot take out of its parcel."""

    def __reduce__(self):
        return _not_there, ()


def _not_there():
    raise ModuleNotFoundError("No module named 'peakwright.batch.newer'")


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_cannot_take_the_work_up_stops_the_batch(
    files, recipe, tmp_path, monkeypatch
):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("peakwright.batch.crew.PATIENCE", _Unknown())
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
        pytest.raises(BatchError, match=r"No module named .*install the same on all machines"),
    ):
        run([files], recipe, tmp_path / "out", scheduler=client)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (ModuleNotFoundError("No module named 'peakwright'"), "has no peakwright"),
        ("0.0.1", r"has peakwright 0\.0\.1, the batch"),
    ],
)
def test_a_worker_with_another_peakwright_is_given_nothing(files, recipe, tmp_path, version, said):
    class Client:
        status = "running"

        def nthreads(self):
            return {"tcp://w:1": 1}

        def run(self, _call, _name, *, workers, on_error):
            return dict.fromkeys(workers, version)

    with pytest.raises(BatchError, match=f"the worker at tcp://w:1 {said}"):
        run([files], recipe, tmp_path / "out", scheduler=Client())


def test_a_worker_of_another_library_stops_the_batch(files, recipe, tmp_path, monkeypatch):
    def other(*given, **named):
        return replace(setting_of(*given, **named), registry="0" * 64)

    monkeypatch.setattr("peakwright.batch.dealing.setting_of", other)
    with pytest.raises(BatchError, match="install the same on all machines"):
        run([files], recipe, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_three_shards_put_together_are_the_whole(files, recipe, tmp_path, whole):
    for number in (1, 2, 3):
        run([files], recipe, tmp_path / f"{number}", shard=(number, 3))
    shards = [str(tmp_path / f"{number}") for number in (3, 1, 2)]
    assert main(["merge", *shards, "--out", str(tmp_path / "out")]) == 0
    assert contents(tmp_path / "out") == whole


def test_a_missing_shard_is_said(files, recipe, tmp_path, capsys):
    for number in (1, 3):
        run([files], recipe, tmp_path / f"{number}", shard=(number, 3))
    shards = [str(tmp_path / f"{number}") for number in (1, 3)]
    assert main(["merge", *shards, "--out", str(tmp_path / "out")]) == 1
    assert "shard 2/3 is missing" in capsys.readouterr().out


def test_strangers_are_not_put_together(files, recipe, tmp_path):
    other = write_recipe(tmp_path / "other.toml", ("PS4",))
    run([files], recipe, tmp_path / "1", shard=(1, 2))
    run([files], other, tmp_path / "2", shard=(2, 2))
    run([files], recipe, tmp_path / "all")
    with pytest.raises(DataFileError, match="another recipe"):
        merge([tmp_path / "1", tmp_path / "2"], tmp_path / "out")
    with pytest.raises(DataFileError, match="no shard of one"):
        merge([tmp_path / "1", tmp_path / "all"], tmp_path / "out")
    with pytest.raises(DataFileError, match="give each shard once"):
        merge([tmp_path / "1", tmp_path / "1"], tmp_path / "out")
    with pytest.raises(DataFileError, match="is one of the shards"):
        merge([tmp_path / "1"], tmp_path / "1")
    assert not (tmp_path / "out").exists()


def test_shards_are_put_together_again_when_one_comes_late(files, recipe, tmp_path, whole):
    for number in (1, 2):
        run([files], recipe, tmp_path / f"{number}", shard=(number, 2))
    asked = ["--out", str(tmp_path / "out")]
    assert main(["merge", str(tmp_path / "1"), *asked]) == 1
    assert main(["merge", str(tmp_path / "1"), str(tmp_path / "2"), *asked]) == 0
    assert contents(tmp_path / "out") == whole


def test_nothing_else_is_overwritten_by_shards(files, recipe, tmp_path):
    for number in (1, 2):
        run([files], recipe, tmp_path / f"{number}", shard=(number, 2))
    shards = [tmp_path / "1", tmp_path / "2"]
    (tmp_path / "fit").mkdir()
    (tmp_path / "fit" / "result.json").write_text('{"schema": "peakwright.xps.fit/1"}')
    (tmp_path / "fit" / "rows.csv").write_text("precious")
    run([files], recipe, tmp_path / "batch")
    other = write_files(tmp_path / "others", 2)
    for number in (1, 2):
        run([other], recipe, tmp_path / f"other-{number}", shard=(number, 2))
    merge([tmp_path / "other-1", tmp_path / "other-2"], tmp_path / "merged")
    for name, why in (
        ("fit", "holds a result that is not of these shards"),
        ("batch", "holds a batch"),
        ("merged", "holds a result that is not of these shards"),
    ):
        before = {p: p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}
        with pytest.raises(DataFileError, match=why):
            merge(shards, tmp_path / name)
        assert before == {p: p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}


def test_shards_are_put_together_by_one_at_a_time(files, recipe, tmp_path):
    run([files], recipe, tmp_path / "1", shard=(1, 1))
    with (
        locked(tmp_path / "out" / ".lock"),
        pytest.raises(DataFileError, match="something is written there"),
    ):
        merge([tmp_path / "1"], tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]


def test_no_shards_are_one_sentence(tmp_path):
    with pytest.raises(InputError, match="give the folders of the shards"):
        merge([], tmp_path / "out")


# --- going on -------------------------------------------------------------------------------------


def test_what_is_kept_is_not_done_again(files, recipe, tmp_path, whole, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setattr("peakwright.batch.crew.PATIENCE", 0.0)
    kept = []

    def stop(progress):
        kept.append(progress.done)
        if progress.done >= 3:
            raise Stopped

    with pytest.raises(Stopped):
        run([files], recipe, out, tell=stop)
    before = _keys(out)
    assert len(before) == kept[-1]
    assert not (out / "result.json").exists()
    run([files], recipe, out)
    assert sorted(_keys(out)) == sorted(set(_keys(out)))
    assert _keys(out)[: len(before)] == before
    assert contents(out) == whole


def test_a_finished_batch_takes_on_new_files(files, recipe, tmp_path, whole):
    own = write_files(tmp_path / "files", 8)
    (own / "005.vms").rename(tmp_path / "later.vms")
    run([own], recipe, tmp_path / "out")
    before = _keys(tmp_path / "out")
    (tmp_path / "later.vms").rename(own / "005.vms")
    run([own], recipe, tmp_path / "out")
    assert _keys(tmp_path / "out")[:-1] == before
    assert contents(tmp_path / "out") == whole


def test_a_changed_file_is_done_again(recipe, tmp_path):
    own = write_files(tmp_path / "files", 2)
    run([own], recipe, tmp_path / "out")
    write_vamas(spectra(1, seed=9, sample="cell 0"), own / "000.vms")
    run([own], recipe, tmp_path / "out")
    run([own], recipe, tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_a_damaged_chunk_is_made_anew(files, recipe, tmp_path, whole):
    out = tmp_path / "out"
    run([files], recipe, out)
    path = next((out / "chunks").iterdir())
    damaged = bytearray(path.read_bytes())
    damaged[-9] ^= 1
    path.write_bytes(bytes(damaged))
    (out / "result.json").unlink()
    told: list[str] = []
    run([files], recipe, out, warn=told.append)
    assert len(told) == 1
    assert path.name in told[0]
    assert contents(out) == whole


def test_two_batches_do_not_write_to_one_folder(files, recipe, tmp_path):
    run([files], recipe, tmp_path / "out")
    with (
        locked(tmp_path / "out" / ".lock"),
        pytest.raises(DataFileError, match="a batch is at work there"),
    ):
        run([files], recipe, tmp_path / "out")


def test_a_folder_of_another_batch_is_refused(files, recipe, tmp_path):
    run([files], recipe, tmp_path / "out")
    before = contents(tmp_path / "out")
    other = write_recipe(tmp_path / "other.toml", ("PS4",))
    with pytest.raises(DataFileError, match="holds 8 results of another recipe"):
        run([files], other, tmp_path / "out")
    with pytest.raises(DataFileError, match="another engine"):
        run([files], recipe, tmp_path / "out", engine="fit")
    with pytest.raises(DataFileError, match="another shard"):
        run([files], recipe, tmp_path / "out", shard=(1, 2))
    assert contents(tmp_path / "out") == before


def test_what_another_batch_has_done_is_never_removed(files, recipe, tmp_path):
    run([files / "000.vms"], recipe, tmp_path / "out")
    for name in ("batch.json", "result.json"):
        (tmp_path / "out" / name).unlink()
    before = {p.name: p.read_bytes() for p in (tmp_path / "out" / "chunks").iterdir()}
    other = write_recipe(tmp_path / "other.toml", ("PS4",))
    with pytest.raises(DataFileError, match="holds results of another batch"):
        run([files / "000.vms"], other, tmp_path / "out")
    assert before == {p.name: p.read_bytes() for p in (tmp_path / "out" / "chunks").iterdir()}
    assert not (tmp_path / "out" / "batch.json").exists()
    assert run([files / "000.vms"], recipe, tmp_path / "out").exit_code == 0


def test_a_folder_with_another_result_is_refused(files, recipe, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "result.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataFileError, match="holds a result already"):
        run([files], recipe, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["result.json"]


# --- what a batch leaves that is refused ----------------------------------------------------------


@pytest.fixture(params=["missing", "empty", "full"])
def place(request, tmp_path):
    """Where a batch is to write: it is as before when the batch was refused."""
    out = tmp_path / "one" / "out"
    if request.param != "missing":
        out.mkdir(parents=True)
    if request.param == "full":
        (out / "notes.txt").write_text("mine", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    yield out
    assert sorted(path for path in tmp_path.rglob("*") if "given" not in path.parts) == before


def test_a_batch_without_its_scheduler_leaves_nothing(files, recipe, place):
    pytest.importorskip("distributed")
    with pytest.raises(DataFileError, match="no scheduler answers"):
        run([files], recipe, place, scheduler="tcp://127.0.0.1:1")


def test_a_batch_that_can_use_no_file_leaves_nothing(recipe, place, tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    write_vamas([xps.example("S 2p", calibrated=False)], given / "1.vms")
    with pytest.raises(InputError, match="the only file could not be used"):
        run([given], recipe, place)


def test_a_batch_that_is_stopped_before_it_did_anything_leaves_nothing(
    files, recipe, place, monkeypatch
):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("peakwright.batch.crew.do", stop)
    with pytest.raises(KeyboardInterrupt) as stopped:
        run([files], recipe, place)
    assert stopped.value.__notes__ == [
        "nothing was done yet: give the same command again, which goes on"
    ]


def test_shards_that_are_not_done_are_put_together_nowhere(files, recipe, place, tmp_path):
    given = tmp_path / "given"
    run([files], recipe, given, shard=(1, 2))
    (given / "shard.json").unlink()
    with pytest.raises(DataFileError, match="a shard that is not finished"):
        merge([given], place)


def test_a_full_disk_costs_a_figure_and_no_number(files, recipe, tmp_path, monkeypatch, whole):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(path, content, real=write_atomic):
        if Path(path).suffix == ".svg":
            try:
                raise full
            except OSError:
                raise DataFileError(path, f"cannot be written ({full})") from None
        return real(path, content)

    monkeypatch.setattr("peakwright.batch.delivery._figures", lambda _: {"x.svg": b"<svg/>"})
    monkeypatch.setattr("peakwright.batch.delivery.write_atomic", write)
    with pytest.raises(DataFileError, match=r"the numbers are whole in .*only figures are missing"):
        run([files], recipe, tmp_path / "out")
    assert contents(tmp_path / "out") == whole


def test_a_damaged_plan_is_said(files, recipe, tmp_path):
    run([files], recipe, tmp_path / "out")
    (tmp_path / "out" / "batch.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"batch\.json: is not as a batch wrote it"):
        run([files], recipe, tmp_path / "out")


# --- a disk that fails ----------------------------------------------------------------------------


class _Disk:
    """Fails at one of its operations, and from then on at each."""

    def __init__(self, monkeypatch, fails_at, code):
        self.done, self.fails_at, self.code = 0, fails_at, code
        for name in ("fsync", "replace"):
            monkeypatch.setattr(os, name, self._counted(getattr(os, name)))
        opened = os.fdopen
        monkeypatch.setattr(
            references.files.os, "fdopen", lambda *given: _Stream(opened(*given), self)
        )

    def step(self):
        self.done += 1
        if self.done >= self.fails_at:
            raise OSError(self.code, os.strerror(self.code))

    def _counted(self, call):
        def counted(*given, **named):
            self.step()
            return call(*given, **named)

        return counted


class _Stream:
    """A file on that disk: of what is written the first half arrives."""

    def __init__(self, stream, disk):
        self._stream, self._disk = stream, disk

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stream.close()

    def write(self, data):
        self._stream.write(data[: len(data) // 2])
        self._disk.step()
        self._stream.write(data[len(data) // 2 :])

    def __getattr__(self, name):
        return getattr(self._stream, name)


def _steps(files, recipe, out, monkeypatch):
    """How many operations of the disk a batch needs; the last is to sync a folder, and may fail."""
    with monkeypatch.context() as patched:
        disk = _Disk(patched, 10**9, errno.EIO)
        run([files], recipe, out)
    return disk.done - 1


def _fail_everywhere(files, recipe, tmp_path, monkeypatch, capsys, whole, places, code):
    asked = ["batch", str(files), "--recipe", str(recipe)]
    for place in places:
        out = tmp_path / f"{code}-{place}"
        with monkeypatch.context() as patched:
            _in_this_process(patched)
            _Disk(patched, place, code)
            assert main([*asked, "--out", str(out)]) == 4, place
        said = capsys.readouterr().err
        assert str(out) in said, said
        assert os.strerror(code) in said, said
        assert "give the same command again" in said or not (out / "chunks").exists(), said
        # What is there is whole, and nothing else is.
        there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
        assert not [name for name in there if name.endswith(".tmp")], there
        for name, content in contents(out).items():
            assert content == whole[name], (place, name)
        if (out / "batch.json").exists():
            _keys(out)
        run([files], recipe, out)
        assert contents(out) == whole


def _in_this_process(patched):
    """Let the command line work here, where the disk fails."""
    patched.setattr("peakwright.batch.dealing.processes", lambda setting, _: crew.alone(setting))


def test_a_full_disk_leaves_what_was_whole(files, recipe, tmp_path, monkeypatch, capsys, whole):
    monkeypatch.setattr("peakwright.batch.crew.PATIENCE", 0.0)  # a chunk a file, as often as asked
    steps = _steps(files, recipe, tmp_path / "all", monkeypatch)
    places = sorted({1, 2, 3, 4, steps // 2, steps})
    _fail_everywhere(files, recipe, tmp_path, monkeypatch, capsys, whole, places, errno.ENOSPC)


@pytest.mark.slow
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_anywhere_leaves_what_was_whole(
    recipe, tmp_path, monkeypatch, capsys, code
):
    monkeypatch.setattr("peakwright.batch.crew.PATIENCE", 0.0)
    files = write_files(tmp_path / "files", 24)
    run([files], recipe, tmp_path / "whole")
    steps = _steps(files, recipe, tmp_path / "all", monkeypatch)
    places = np.unique(np.linspace(1, steps, 100).astype(int)).tolist()
    assert len(places) > 80
    _fail_everywhere(
        files, recipe, tmp_path, monkeypatch, capsys, contents(tmp_path / "whole"), places, code
    )


def _before_reading(monkeypatch, name, happens):
    """Let something happen each time that the file of a name is about to be read."""
    read = xps.read

    def told(path):
        if Path(path).name == name:
            happens(Path(path))
        return read(path)

    monkeypatch.setattr(xps, "read", told)


def _goes_away(path):
    """Take a folder away, as a disk of the network may be."""
    path.parent.rename(path.parent.with_name("away"))


def test_a_disk_that_was_away_is_asked_again(recipe, tmp_path, monkeypatch):
    own = write_files(tmp_path / "files", 3)
    with monkeypatch.context() as patched:
        _before_reading(patched, "002.vms", _goes_away)
        done = run([own], recipe, tmp_path / "out")
    (tmp_path / "away").rename(own)
    (failure,) = done.document["failures"]
    assert failure["message"].startswith("002.vms: no such file; ")
    assert "run the batch again" in failure["message"]
    assert run([own], recipe, tmp_path / "out").exit_code == 0
    run([own], recipe, tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_a_disk_that_was_away_for_all_is_no_fault_of_the_files(recipe, tmp_path, monkeypatch):
    own = write_files(tmp_path / "files", 1)
    with monkeypatch.context() as patched:
        _before_reading(patched, "000.vms", _goes_away)
        with pytest.raises(BatchError, match=r"the only file could not be done; .* no such file"):
            run([own], recipe, tmp_path / "out")
    (tmp_path / "away").rename(own)
    assert run([own], recipe, tmp_path / "out").exit_code == 0


def test_a_disk_that_stumbles_once_is_asked_again(recipe, tmp_path, monkeypatch):
    own = write_files(tmp_path / "files", 2)
    read = references.files._capped
    with monkeypatch.context() as patched:

        def stumbling(stream, most):
            if stream.name.endswith("001.vms"):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return read(stream, most)

        patched.setattr(references.files, "_capped", stumbling)
        assert run([own], recipe, tmp_path / "out").document["failed"] == 1
    assert run([own], recipe, tmp_path / "out").document["failed"] == 0


def _cut(path):
    """Leave the first lines of a file, as a copy that is on its way has them."""
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:60]))


def test_a_file_that_is_broken_is_not_asked_again(recipe, tmp_path):
    own = write_files(tmp_path / "files", 2)
    _cut(own / "001.vms")
    first = run([own], recipe, tmp_path / "out").document["failures"]
    assert len(first) == 1
    before = _keys(tmp_path / "out")
    assert run([own], recipe, tmp_path / "out").document["failures"] == first
    assert _keys(tmp_path / "out") == before


def test_a_file_that_changes_while_it_is_read_is_done_again(recipe, tmp_path, monkeypatch):
    own = write_files(tmp_path / "files", 2)
    whole = (own / "001.vms").read_bytes()
    with monkeypatch.context() as patched:
        _before_reading(patched, "001.vms", _cut)
        (failure,) = run([own], recipe, tmp_path / "out").document["failures"]
    assert "was changed while the batch ran" in failure["message"]
    (own / "001.vms").write_bytes(whole)
    assert run([own], recipe, tmp_path / "out").exit_code == 0


def test_a_file_that_the_recipe_names_is_called_by_its_own_name(files, recipe, tmp_path):
    setting = setting_of(recipe)
    piece = Piece(file="000.vms", path=str(files / "000.vms"), sha256=sha256(files / "000.vms"))
    missing = DataFileError(tmp_path / "holder.xy", "holds no pattern")
    record = unit._refused(setting, piece, missing)
    assert record["failure"]["message"] == "holder.xy: holds no pattern"
    assert not record["failure"]["again"]
    beside = replace(setting, folder=str(tmp_path), beside=(("holder.xy", 64 * "0"),))
    assert unit._refused(beside, piece, missing)["failure"]["again"]


# --- bad input ------------------------------------------------------------------------------------


def test_a_failed_file_is_a_line_with_its_error(recipe, tmp_path, capsys):
    own = write_files(tmp_path / "files", 3)
    _cut(own / "001.vms")
    asked = ["batch", str(own), "--recipe", str(recipe), "--out", str(tmp_path / "out")]
    assert main([*asked, "--jobs", "1", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["files"], document["failed"], document["spectra"]) == (3, 1, 2)
    (failure,) = document["failures"]
    assert failure["file"] == "001.vms"
    assert failure["error"] == "DataFileError"
    assert failure["message"].startswith("001.vms, ")
    lines = _table(tmp_path / "out", "summary.csv")
    assert [line["assessment"] for line in lines] == ["converged", "error", "converged"]
    assert lines[1]["error"] == failure["message"]


def test_a_fit_that_does_not_converge_is_told(recipe, tmp_path):
    one = spectra(2)
    dead = one[1].assign(
        counts=one[1]["counts"].copy(data=np.zeros(one[1].sizes["binding_energy"]))
    )
    write_vamas([one[0], dead], tmp_path / "two.vms")
    write_vamas([dead], tmp_path / "dead.vms")
    assert run([tmp_path / "two.vms"], recipe, tmp_path / "some").exit_code == 1
    assert run([tmp_path / "dead.vms"], recipe, tmp_path / "none").exit_code == 3


def test_other_techniques_are_left_out_with_a_reason(recipe, tmp_path):
    own = write_files(tmp_path / "files", 1)
    (own / "powder.xye").write_text(
        "".join(f"{10 + 0.02 * i:.2f} {100 + i} 10\n" for i in range(50)), encoding="utf-8"
    )
    (own / "notes.txt").write_text("ground for an hour\n", encoding="utf-8")
    done = run([own], recipe, tmp_path / "out")
    assert done.exit_code == 0
    assert done.document["skipped"] == [
        {"file": "notes.txt", "reason": "no reader takes it"},
        {"file": "powder.xye", "reason": "a file of xrd, the recipe is of xps"},
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.txt", "ground for an hour\n", "holds no file that a reader takes"),
        (
            "a.xye",
            "".join(f"{10 + 0.02 * i:.2f} {100 + i} 10\n" for i in range(50)),
            "holds no file of xps, which the recipe is of; 1 is of another technique",
        ),
    ],
)
def test_a_folder_with_nothing_to_do_is_one_sentence(recipe, tmp_path, capsys, name, content, said):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / name).write_text(content, encoding="utf-8")
    asked = ["batch", str(tmp_path / "files"), "--recipe", str(recipe)]
    assert main([*asked, "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_recipe_that_fits_no_file_is_one_sentence(files, tmp_path):
    from xps.recipe import Recipe, to_toml

    other = tmp_path / "other.toml"
    made = Recipe(envelopes=(xps.envelope("In 3d", ["In0"]),))
    other.write_text(to_toml(made), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"none of 8 files could be used by this recipe; the first"
    ):
        run([files], other, tmp_path / "out")
    assert not (tmp_path / "out" / "result.json").exists()


def test_a_file_without_a_recipe_is_refused(files, tmp_path):
    (tmp_path / "r.toml").write_text('schema = "peakwright.xps.other/1"\n', encoding="utf-8")
    with pytest.raises(DataFileError, match="schema"):
        run([files], tmp_path / "r.toml", tmp_path / "out")


@pytest.mark.parametrize("shard", ["0/3", "4/3", "a/b", "3", "1/0", "-1/3"])
def test_a_shard_is_one_of_so_many(files, recipe, tmp_path, capsys, shard):
    asked = ["batch", str(files), "--recipe", str(recipe), "--out", str(tmp_path / "out")]
    assert main([*asked, f"--shard={shard}"]) == 2
    assert "should be i/n" in capsys.readouterr().err


def test_a_shard_in_python_is_one_of_so_many(files, recipe, tmp_path):
    for shard in ((0, 3), (4, 3), (-1, 3), (1, 0)):
        with pytest.raises(InputError, match="should be i/n"):
            run([files], recipe, tmp_path / "out", shard=shard)


def test_no_workers_are_one_sentence(files, recipe, tmp_path, capsys):
    asked = ["batch", str(files), "--recipe", str(recipe), "--out", str(tmp_path / "out")]
    assert main([*asked, "--jobs", "0"]) == 2
    said = capsys.readouterr().err
    assert "--jobs" in said
    assert len(said.splitlines()) == 1
    with pytest.raises(InputError, match="jobs is -1"):
        run([files], recipe, tmp_path / "out", jobs=-1)


def test_a_joint_recipe_is_one_sentence(files, tmp_path, capsys):
    (tmp_path / "r.toml").write_text('schema = "peakwright.xps.joint/1"\n', encoding="utf-8")
    asked = ["batch", str(files), "--recipe", str(tmp_path / "r.toml")]
    assert main([*asked, "--out", str(tmp_path / "out")]) == 2
    assert "give it to `peakwright xps joint`" in capsys.readouterr().err


def test_a_folder_that_may_not_be_written_is_told_before_anything_is_read(
    files, recipe, tmp_path, monkeypatch
):
    monkeypatch.setattr("peakwright.store.os.access", lambda *_: False)
    monkeypatch.setattr("peakwright.batch.dealing.listed", lambda *_, **__: pytest.fail("read"))
    with pytest.raises(DataFileError, match="may not be written"):
        run([files], recipe, tmp_path)


# --- shards of a mixed folder ---------------------------------------------------------------------


def _mixed(folder, number):
    """Data and other files by turns, as an instrument writes them."""
    write_files(folder, number)
    for i in range(number):
        (folder / f"{i:03d}.log").write_text("log of a machine\n", encoding="utf-8")
    return folder


def test_a_shard_without_data_is_put_together_with_the_others(recipe, tmp_path):
    own = _mixed(tmp_path / "files", 2)
    run([own], recipe, tmp_path / "whole")
    for number in (1, 2):
        run([own], recipe, tmp_path / f"{number}", shard=(number, 2))
    told = [json.loads((tmp_path / name / "result.json").read_text()) for name in ("1", "2")]
    assert [one["files"] for one in told] == [0, 2]
    shards = [str(tmp_path / name) for name in ("1", "2")]
    assert main(["merge", *shards, "--out", str(tmp_path / "out")]) == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_more_shards_than_files_are_put_together(recipe, tmp_path):
    own = write_files(tmp_path / "files", 2)
    run([own], recipe, tmp_path / "whole")
    for number in (1, 2, 3):
        run([own], recipe, tmp_path / f"{number}", shard=(number, 3))
    shards = [str(tmp_path / f"{number}") for number in (1, 2, 3)]
    assert main(["merge", *shards, "--out", str(tmp_path / "out")]) == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_shard_of_bad_files_is_put_together_with_the_others(recipe, tmp_path):
    own = write_files(tmp_path / "files", 2)
    _cut(own / "001.vms")
    run([own], recipe, tmp_path / "whole")
    codes = [
        run([own], recipe, tmp_path / f"{number}", shard=(number, 2)).exit_code for number in (1, 2)
    ]
    assert codes == [0, 1]
    shards = [str(tmp_path / f"{number}") for number in (1, 2)]
    assert main(["merge", *shards, "--out", str(tmp_path / "out")]) == 1
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_shards_of_a_folder_without_data_are_refused(recipe, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.log").write_text("log of a machine\n", encoding="utf-8")
    for number in (1, 2):
        with pytest.raises(DataFileError, match="holds no file that a reader takes"):
            run([tmp_path / "files"], recipe, tmp_path / "out", shard=(number, 2))
    assert not (tmp_path / "out").exists()


# --- results beside the data ----------------------------------------------------------------------


def test_results_beside_the_data_are_never_taken_for_data(recipe, tmp_path):
    own = write_files(tmp_path / "files", 3)
    told: list[str] = []
    asked = {"warn": told.append}
    run([own], recipe, own / "results", **asked)
    run([own], recipe, own / "results", **asked)
    assert told == []
    for number in (1, 2):
        run([own], recipe, own / f"shard-{number}", shard=(number, 2), **asked)
    assert all("files were left out that results of peakwright wrote" in one for one in told)
    run([own], recipe, tmp_path / "out", **asked)
    assert str(own / "shard-2") in told[-1]
    fresh = [p for p in own.iterdir() if p.suffix == ".vms"]
    run(sorted(fresh), recipe, tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_a_fit_beside_the_data_hides_them_not(recipe, tmp_path):
    own = write_files(tmp_path / "files", 2)
    assert (
        main(["xps", "fit", str(own / "000.vms"), "--recipe", str(recipe), "--out", str(own)]) == 0
    )
    done = run([own], recipe, tmp_path / "out")
    assert [one["path"] for one in done.document["inputs"]] == ["000.vms", "001.vms"]
    assert done.document["skipped"] == []


def test_a_folder_of_results_alone_is_one_sentence(files, recipe, tmp_path):
    run([files], recipe, tmp_path / "results")
    with pytest.raises(DataFileError, match=r"\d+ files were left out .* in .*results"):
        run([tmp_path / "results"], recipe, tmp_path / "out")


def test_results_are_not_mixed_with_the_files(recipe, tmp_path):
    own = write_files(tmp_path / "files", 1)
    with pytest.raises(DataFileError, match="is a folder of the files"):
        run([own], recipe, own)
    assert [path.name for path in own.iterdir()] == ["000.vms"]


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("figures")
def test_any_name_of_a_file_goes_through(recipe, tmp_path):
    names = ["a b.vms", "-x.vms", "é漢字 Ω.vms", "=1+1.vms", "a,b;'.vms", f"{'l' * 246}.vms"]
    (tmp_path / "files").mkdir()
    for i, (name, one) in enumerate(zip(names, spectra(len(names)), strict=True)):
        write_vamas([one.assign_attrs(sample=f"=cmd {i}")], tmp_path / "files" / "x.vms")
        (tmp_path / "files" / "x.vms").rename(tmp_path / "files" / name)
    done = run([tmp_path / "files"], recipe, tmp_path / "out")
    assert done.exit_code == 0
    told = [line["file"] for line in _table(tmp_path / "out", "summary.csv")]
    assert sorted(told) == sorted(f"'{n}" if n[0] in "=-" else n for n in names)
    assert all(line["sample"][0] == "'" for line in _table(tmp_path / "out", "rows.csv"))


def test_samples_of_one_name_are_told_apart_by_their_file(recipe, tmp_path):
    (tmp_path / "a").mkdir()
    for name, one in zip(("1.vms", "2.vms"), spectra(2, sample="cell"), strict=True):
        write_vamas([one], tmp_path / "a" / name)
    done = run([tmp_path / "a"], recipe, tmp_path / "out")
    note = next(note for note in done.document["notes"] if note["rule"] == "sample_name")
    assert "(1.vms, 2.vms)" in note["message"]
    assert [line["file"] for line in _table(tmp_path / "out", "summary.csv")] == ["1.vms", "2.vms"]


def test_files_that_are_the_same_share_their_result(recipe, tmp_path):
    own = write_files(tmp_path / "files" / "a", 1)
    (tmp_path / "files" / "b").mkdir()
    (tmp_path / "files" / "b" / "000.vms").write_bytes((own / "000.vms").read_bytes())
    done = run([tmp_path / "files"], recipe, tmp_path / "out")
    assert done.document["spectra"] == 2
    assert len(_keys(tmp_path / "out")) == 1
    first, second = _table(tmp_path / "out", "summary.csv")
    assert (first.pop("file"), second.pop("file")) == ("a/000.vms", "b/000.vms")
    assert first == second


# --- what else ------------------------------------------------------------------------------------


def test_parquet_has_the_summary(files, recipe, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    run([files], recipe, tmp_path / "out", parquet=True)
    table = parquet.read_table(tmp_path / "out" / "summary.parquet")
    lines = _table(tmp_path / "out", "summary.csv")
    assert table.num_rows == len(lines) == 8
    name = "PS4 fraction of P 2p"
    assert table[name].to_pylist() == [float(line[name]) for line in lines]


def test_the_careful_fit_leaves_whole_documents(files, recipe, tmp_path):
    done = run([files / "000.vms", files / "001.vms"], recipe, tmp_path / "out", engine="fit")
    assert done.document["engine"] == "fit"
    path = tmp_path / "out" / "documents" / "000.vms.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["schema"] == "peakwright.xps.fit/1"
    line = _table(tmp_path / "out", "summary.csv")[0]
    (share,) = [f for f in document["fits"][0]["fractions"] if f["subject"] == "PS4"]
    assert float(line["PS4 fraction of P 2p"]) == share["value"]


def test_each_file_has_a_document_of_its_own(tmp_path, data_dir):
    from tofsims.recipe import Recipe, to_toml

    (tmp_path / "r.toml").write_text(to_toml(Recipe(ions=("O-",))), encoding="utf-8")
    (tmp_path / "files").mkdir()
    measured = min((data_dir / "tofsims" / "surfacelab_profiles").glob("*neg*"))
    long = "Sample_" + 80 * "x"
    names = ["Cycle 1.txt", "Cycle_1.txt", "cycle 1.txt", f"{long}1.txt", f"{long}2.txt", "𠀀" * 60]
    for name in names:
        (tmp_path / "files" / name).write_bytes(measured.read_bytes())
    done = run([tmp_path / "files"], tmp_path / "r.toml", tmp_path / "out")
    told = {one["path"]: one["document"] for one in done.document["inputs"]}
    assert sorted(told) == sorted(names)
    assert len({name.casefold() for name in told.values()}) == len(names)
    for name in told.values():
        document = json.loads((tmp_path / "out" / name).read_text(encoding="utf-8"))
        assert document["schema"] == "peakwright.tofsims.profile/1"
    there = [path.name for path in (tmp_path / "out" / "documents").iterdir()]
    assert len(there) == len(names)


@pytest.mark.usefixtures("figures")
def test_a_batch_run_again_leaves_nothing_of_the_run_before(tmp_path, data_dir):
    from tofsims.recipe import Recipe, to_toml

    (tmp_path / "r.toml").write_text(to_toml(Recipe(ions=("O-",))), encoding="utf-8")
    own = tmp_path / "files"
    own.mkdir()
    measured = min((data_dir / "tofsims" / "surfacelab_profiles").glob("*neg*"))
    for name in ("a.txt", "b.txt"):
        (own / name).write_bytes(measured.read_bytes())
    run([own], tmp_path / "r.toml", tmp_path / "out")
    (tmp_path / "out" / "documents" / "mine.json").write_text("{}", encoding="utf-8")
    (tmp_path / "out" / "mine.svg").write_text("<svg/>", encoding="utf-8")
    (own / "b.txt").unlink()
    before = contents(tmp_path / "out")
    assert {"documents/b.txt.json", "change_over_the_window_order.svg"} <= set(before)
    run([own], tmp_path / "r.toml", tmp_path / "out")
    run([own], tmp_path / "r.toml", tmp_path / "fresh")
    there, fresh = contents(tmp_path / "out"), contents(tmp_path / "fresh")
    assert {name: there[name] for name in fresh} == fresh
    assert set(there) - set(fresh) == {"documents/mine.json", "mine.svg"}
    listed = json.loads((tmp_path / "out" / "environment.json").read_text(encoding="utf-8"))
    assert listed["files"] == sorted([*fresh, "environment.json"])


def test_a_folder_says_what_its_batch_is(files, recipe, tmp_path):
    run([files], recipe, tmp_path / "out")
    setting, share = read_plan(tmp_path / "out")
    assert share is None
    assert setting.recipe == recipe.read_text(encoding="utf-8")
    assert setting.engine == "series"


# --- the other techniques -------------------------------------------------------------------------


@pytest.mark.usefixtures("figures")
def test_depth_profiles_are_a_batch(tmp_path, data_dir):
    from tofsims.recipe import Recipe, to_toml

    (tmp_path / "r.toml").write_text(to_toml(Recipe(ions=("O-", "C2-"))), encoding="utf-8")
    done = run(
        [data_dir / "tofsims" / "surfacelab_profiles"], tmp_path / "r.toml", tmp_path / "out"
    )
    assert done.document["technique"] == "tofsims"
    assert done.exit_code == 1  # two profiles are of positive ions
    lines = _table(tmp_path / "out", "summary.csv")
    assert len(lines) == 4
    told = [line for line in lines if line["verdict"] != "error"]
    assert len(told) == 2
    for line in told:
        assert line["O- change over the window verdict"] in {"uniform", "drifting", "undecided"}
        (path,) = (tmp_path / "out" / "documents").glob(f"{line['file'][:8]}*.json")
        document = json.loads(path.read_text(encoding="utf-8"))
        (ion,) = [one for one in document["uniformity"] if one["ion"] == "O-"]
        change = line["O- change over the window / %"]
        assert float(change) == ion["slope_percent"]


@pytest.mark.slow
@pytest.mark.usefixtures("figures")
def test_powders_are_a_batch(tmp_path):
    import xrd
    from xrd.recipe import Recipe, to_toml

    names = ["unannealed", "annealed"]
    (tmp_path / "files").mkdir()
    for name in names:
        (tmp_path / "files" / f"{name}.xy").write_bytes(xrd.xy_text(xrd.example(name)).encode())
    recipe = Recipe(instrument=xrd.Instrument(radiation="Cu Ka"))
    (tmp_path / "r.toml").write_text(to_toml(recipe), encoding="utf-8")
    done = run([tmp_path / "files"], tmp_path / "r.toml", tmp_path / "out", jobs=2)
    lines = _table(tmp_path / "out", "summary.csv")
    assert [line["file"] for line in lines] == sorted(f"{name}.xy" for name in names)
    assert all(line["verdict"] for line in lines)
    of = "crystalline_mass_fraction of modelled crystalline phases"
    assert all(float(line[f"Li6PS5Cl {of}"]) > 0.5 for line in lines)
    assert done.exit_code in {0, 1}
    assert (tmp_path / "out" / "crystalline_mass_fraction_order.svg").exists()
