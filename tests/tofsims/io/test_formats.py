"""The checksum of a cube and of a store: that of all in it, made when it is asked for."""

from __future__ import annotations

import os
import shutil

import pytest

pytest.importorskip("zarr")

import tofsims
from references import DataFileError
from references.ion import ion
from tofsims.io import formats


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("folders")
    run = tofsims.example(side=16, scans=12)
    ions = [ion("Cl-"), ion("S-")]
    tofsims.write_cube(folder / "cube.zarr", run, ions, anchors=ions)
    tofsims.write_events(folder / "events.zarr", run, source="0" * 64)
    return folder


@pytest.fixture(params=["cube.zarr", "events.zarr"])
def folder(made, tmp_path, request):
    return shutil.copytree(made / request.param, tmp_path / request.param)


def _largest(folder):
    files = (one for one in folder.rglob("*") if one.is_file() and one.name != "zarr.json")
    return max(files, key=lambda one: one.stat().st_size)


def test_changed_counts_are_another_checksum(folder):
    before = tofsims.read(folder).sha256
    assert len(before) == 64
    chunk = _largest(folder)
    content = bytearray(chunk.read_bytes())
    content[-1] ^= 1
    chunk.write_bytes(content)
    assert tofsims.read(folder).sha256 != before


def test_counts_that_are_exchanged_between_files_are_another_checksum(folder):
    before = tofsims.read(folder).sha256
    chunk = _largest(folder)
    chunk.rename(chunk.with_name("9999"))
    assert tofsims.read(folder).sha256 != before


def test_the_checksum_is_that_of_the_content_alone(folder, tmp_path):
    before = tofsims.read(folder).sha256
    elsewhere = shutil.copytree(folder, tmp_path / "elsewhere" / "other.zarr")
    for one in elsewhere.rglob("*"):
        os.utime(one, (0, 0))
    _largest(elsewhere).with_name(".DS_Store").write_bytes(b"what a file manager leaves")
    assert tofsims.read(elsewhere).sha256 == before


def test_a_batch_has_the_same_checksum(folder):
    from peakwright.batch.inputs import checksum_of

    assert tofsims.read(folder).sha256 == checksum_of(folder)


def test_who_only_opens_a_folder_waits_for_no_checksum(folder, monkeypatch):
    def never(path):
        raise AssertionError(path)

    monkeypatch.setattr(formats, "sha256", never)
    reading = tofsims.read(folder)
    assert reading.runs or reading.cubes[0].sizes["scan"] == 12
    assert str(folder) in repr(reading)
    with pytest.raises(AssertionError):
        _ = reading.sha256


def test_what_changes_after_a_folder_was_opened_is_in_its_checksum(folder):
    reading = tofsims.read(folder)
    before = reading.sha256
    _largest(folder).write_bytes(b"")
    assert reading.sha256 != before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes")
def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(folder):
    reading = tofsims.read(folder)
    os.mkfifo(_largest(folder).with_name("pipe"))
    with pytest.raises(DataFileError, match="is no file"):
        _ = reading.sha256


def test_a_link_back_into_a_folder_is_no_endless_way(folder):
    try:
        (folder / "again").symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("the system has no links")
    assert len(tofsims.read(folder).sha256) == 64
