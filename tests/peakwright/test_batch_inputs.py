"""Which files a batch is over, in which order, and what they are called."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from peakwright.batch.inputs import checksum_of, listed, share_of
from references.files import DataFileError, sha256


def _touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode("utf-8", "surrogateescape"))


def _names(*paths, **options):
    return [one.name for one in listed(paths, **options)]


def test_folders_are_gone_through_in_the_order_of_names(tmp_path):
    _touch(*(tmp_path / name for name in ("b.vms", "A.vms", "a/2.vms", "a/10.vms", "c/d/e.vms")))
    assert _names(tmp_path) == ["a/10.vms", "a/2.vms", "A.vms", "b.vms", "c/d/e.vms"]
    assert [one.place for one in listed([tmp_path])] == [0, 1, 2, 3, 4]


def _result(folder, *names, schema="peakwright.environment/1"):
    """Write a result of so many files, as its folder tells it."""
    _touch(*(folder / name for name in names))
    told = {"schema": schema, "files": [*names, "environment.json"]}
    (folder / "environment.json").write_text(json.dumps(told), encoding="utf-8")


def test_hidden_files_and_results_are_left_out(tmp_path):
    _touch(tmp_path / "a.vms", tmp_path / ".hidden.vms", tmp_path / ".git" / "b.vms")
    _result(tmp_path / "old", "rows.csv", "result.json", "documents/b.json")
    _touch(tmp_path / "batch" / "chunks" / "0.chunk", tmp_path / "batch" / "shard.json")
    plan = {"schema": "peakwright.batch.plan/1"}
    (tmp_path / "batch" / "batch.json").write_text(json.dumps(plan), encoding="utf-8")
    _touch(tmp_path / "out" / "rows.csv")
    assert _names(tmp_path, out=tmp_path / "out") == ["a.vms"]


def test_data_beside_a_result_are_listed_and_the_result_is_not(tmp_path):
    data = tmp_path / "data"
    _touch(data / "a.vms", data / "documents" / "mine.vms", data / "more" / "b.vms")
    _result(data, "rows.csv", "documents/a.json")
    expected = ["a.vms", "documents/mine.vms", "more/b.vms"]
    assert _names(data) == expected
    ours: list = []
    assert len(listed([tmp_path], ours=ours)) == 3
    there = {"environment.json", "rows.csv", "documents/a.json"}
    assert {path.relative_to(data).as_posix() for path in ours} == there


def test_an_environment_of_another_program_hides_nothing(tmp_path):
    _touch(tmp_path / "a.vms")
    _result(tmp_path, "b.vms", schema="another program's")
    assert _names(tmp_path) == ["a.vms", "b.vms", "environment.json"]
    (tmp_path / "environment.json").write_text("[" * 100_000, encoding="utf-8")
    assert _names(tmp_path) == ["a.vms", "b.vms", "environment.json"]


def test_a_result_hides_no_files_of_other_folders(tmp_path):
    _touch(tmp_path / "x" / "a.vms")
    _result(tmp_path / "y", "b.csv", "../x/a.vms")
    assert _names(tmp_path) == ["x/a.vms"]


def test_a_file_is_listed_once_however_it_was_given(tmp_path):
    _touch(tmp_path / "a.vms", tmp_path / "b.vms")
    assert _names(tmp_path / "b.vms", tmp_path, tmp_path / "." / "a.vms") == ["b.vms", "a.vms"]


def test_names_that_come_twice_are_told_apart(tmp_path):
    _touch(tmp_path / "x" / "a.vms", tmp_path / "y" / "a.vms", tmp_path / "z" / "x" / "a.vms")
    assert _names(tmp_path / "x", tmp_path / "y") == ["x/a.vms", "y/a.vms"]
    assert _names(tmp_path / "x", tmp_path / "z" / "x") == ["x/a.vms", "x/a.vms (2)"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs the right to make links")
def test_a_folder_that_leads_to_itself_ends(tmp_path):
    _touch(tmp_path / "a.vms")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert _names(tmp_path) == ["a.vms"]


def test_a_folder_that_may_not_be_read_is_named_itself(tmp_path, monkeypatch):
    closed = tmp_path / "in" / "closed"
    closed.mkdir(parents=True)

    def refusing(call):
        def refused(path, *given):
            if path in (closed, closed / "zarr.json"):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return call(path, *given)

        return refused

    for name in ("iterdir", "is_file"):
        monkeypatch.setattr(Path, name, refusing(getattr(Path, name)))
    with pytest.raises(DataFileError, match=r"closed: may not be read; check its permissions"):
        listed([tmp_path / "in"])


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(DataFileError, match="no such file or folder"):
        listed([tmp_path / "none"])


def test_shards_are_all_files_once(tmp_path):
    _touch(*(tmp_path / f"{i}.vms" for i in range(7)))
    every = listed([tmp_path])
    shards = [share_of(every, number, 3) for number in (1, 2, 3)]
    assert [len(shard) for shard in shards] == [3, 2, 2]
    assert sorted(one.place for shard in shards for one in shard) == list(range(7))


def test_an_export_of_several_files_is_one_input(tmp_path):
    _touch(*(tmp_path / f"run.itm.{end}" for end in ("coords", "scans", "shots", "tofs")))
    _touch(tmp_path / "run.properties.txt", tmp_path / "b.txt")
    assert _names(tmp_path) == ["b.txt", "run.itm.coords"]
    before = checksum_of(tmp_path / "run.itm.coords")
    (tmp_path / "run.itm.tofs").write_bytes(b"others")
    assert checksum_of(tmp_path / "run.itm.coords") != before


def test_a_checksum_is_that_of_the_file(tmp_path):
    _touch(tmp_path / "a.vms")
    assert checksum_of(tmp_path / "a.vms") == sha256(tmp_path / "a.vms")


def test_the_checksum_of_an_imzml_has_its_spectra(tmp_path, data_dir):
    import tofsims

    for end in ("imzML", "ibd"):
        shutil.copy(data_dir / "tofsims" / "imzml" / f"iontof_sparse.{end}", tmp_path)
    path = tmp_path / "iontof_sparse.imzML"
    before = checksum_of(path)
    assert before == tofsims.read(path).sha256
    spectra = bytearray(path.with_suffix(".ibd").read_bytes())
    spectra[-40] ^= 1
    path.with_suffix(".ibd").write_bytes(bytes(spectra))
    assert checksum_of(path) not in {before, sha256(path)}
    path.with_suffix(".ibd").rename(tmp_path / "other.ibd")
    assert checksum_of(path) == sha256(path)


def test_the_checksum_of_a_store_has_all_its_files(tmp_path):
    store = tmp_path / "cube.zarr"
    _touch(store / "zarr.json", store / "counts" / "zarr.json", store / "counts" / "c" / "0" / "1")
    before = checksum_of(store)
    shutil.copytree(store, tmp_path / "copied.zarr")
    _touch(tmp_path / "copied.zarr" / ".DS_Store")
    assert checksum_of(tmp_path / "copied.zarr") == before
    (store / "counts" / "c" / "0" / "1").rename(store / "counts" / "c" / "0" / "2")
    moved = checksum_of(store)
    (store / "counts" / "c" / "0" / "2").write_bytes(b"others")
    assert len({before, moved, checksum_of(store)}) == 3
