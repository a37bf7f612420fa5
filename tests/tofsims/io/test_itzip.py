"""ITZIP: events in files side by side, told by their names, and the same as in other formats."""

from __future__ import annotations

import numpy as np
import pytest

import tofsims
from references import DataFileError
from tofsims.cube import Window, integrate

FILES = ("scans", "tofs", "shots", "coords")
SCALE = "Context.MassScale.SF\t72000\t72000.0\t\r\nContext.MassScale.K0\t-400\t-400.5\t\r\n"


@pytest.fixture
def export(tmp_path, authored):
    """A small export: its folder."""
    run = authored.events(scans=3, width=4, height=4, per=3.0)
    tofsims.write_itzip(tmp_path / "a", run)
    return tmp_path


def edited(folder, old, new):
    """Change the properties of an export."""
    path = folder / "a.properties.txt"
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new).encode())
    return folder / "a.itm.tofs"


def cube_of(run, authored):
    windows = [
        Window(ion=name, low=mz - 0.02, high=mz + 0.02) for name, mz in authored.MASSES.items()
    ]
    return integrate(run, windows, authored.SCALE, dead_window=0).cube["counts"].values


def test_grd_itzip_and_itm_of_the_same_events_give_the_same_cube(tmp_path, authored):
    run = authored.events(width=16, height=16)
    wanted = cube_of(run, authored)
    assert wanted.sum() > 5000
    for path in (
        tofsims.write_grd(tmp_path / "a.grd", run),
        tofsims.write_itm(tmp_path / "a.itm", run),
        tofsims.write_itzip(tmp_path / "a", run),
    ):
        (back,) = tofsims.read(path).runs
        np.testing.assert_array_equal(cube_of(back, authored), wanted)


@pytest.mark.parametrize("name", [*(f"a.itm.{end}" for end in FILES), "a.properties.txt", "."])
def test_any_of_the_files_or_their_folder_stands_for_all(export, authored, name):
    reading = tofsims.read(export / name)
    assert reading.format == "itzip"
    assert authored.same(authored.events(scans=3, width=4, height=4, per=3.0), reading.runs[0])
    assert reading.sha256 == tofsims.read(export / "a.itm.scans").sha256


def test_how_it_was_measured_is_read(export, authored):
    (run,) = tofsims.read(export).runs
    assert (run.raster.width, run.raster.height, run.raster.shots) == (4, 4, 1)
    assert run.raster.field_um == pytest.approx(100.0)
    assert (run.scale.sf, run.scale.k0) == (authored.SCALE.sf, authored.SCALE.k0)
    assert run.polarity == "negative"
    assert run.channel_ps == pytest.approx(50.0)
    np.testing.assert_allclose(run.sputter_time, [1, 2, 3])


def test_shots_are_not_assumed(export):
    path = edited(export, "Registration.Raster.ShotsPerPixel", "Other")
    assert tofsims.read(path).runs[0].raster.shots is None


@pytest.mark.parametrize("code", ["utf-16", "utf-8-sig", "latin-1"])
def test_properties_may_be_marked_and_set_with_blanks(export, code):
    text = "Registration.Raster.Resolution   4   4.0\r\n" + SCALE.replace("\t", "  ")
    (export / "a.properties.txt").write_bytes(text.encode(code))
    (run,) = tofsims.read(export).runs
    assert (run.raster.width, run.scale.sf, run.scale.k0) == (4, 72000.0, -400.5)
    assert (run.polarity, run.sputter_time) == ("", None)


@pytest.mark.parametrize("name", [*(f"a.itm.{end}" for end in FILES), "a.properties.txt"])
def test_a_missing_file_is_named(export, name):
    (export / name).unlink()
    with pytest.raises(DataFileError, match=rf"lacks {name}.*into one folder"):
        tofsims.read(export)


@pytest.mark.parametrize("end", FILES)
def test_files_of_different_lengths_are_named(export, end):
    path = export / f"a.itm.{end}"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(DataFileError, match=r"different numbers of ions \(scans \d"):
        tofsims.read(path)


def test_no_ion_is_named(export):
    for end in FILES:
        (export / f"a.itm.{end}").write_bytes(b"")
    with pytest.raises(DataFileError, match="holds no ion"):
        tofsims.read(export)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Registration.Raster.Resolution\t4\t4.0", "Registration.Raster.Resolution\t3\t3.0",
         "has an ion at x 3, y 3 or channel .* beyond a raster of 3 x 3"),
        ("Registration.Raster.Resolution", "Other", "should declare a raster of 1 to 8192 pixels"),
        ("Registration.Raster.Resolution\t4\t4.0", "Registration.Raster.Resolution\tx\tinf",
         r"and declares \[0, 0\]"),
    ],
)  # fmt: skip
def test_a_raster_that_cannot_be_is_named(export, old, new, message):
    with pytest.raises(DataFileError, match=message):
        tofsims.read(edited(export, old, new))


def test_no_scale_is_no_error_and_no_guess(export):
    reading = tofsims.read(edited(export, "MassScale.SF", "Other"))
    assert (reading.runs[0].scales, reading.notes) == ((), ())


@pytest.mark.parametrize("value", ["-1.0", "0", "nan", "inf", "x"])
def test_a_scale_that_cannot_be_is_left_out_and_said(export, authored, value):
    path = edited(export, f"MassScale.SF\t0\t{authored.SCALE.sf}", f"MassScale.SF\t0\t{value}")
    reading = tofsims.read(path)
    assert reading.runs[0].scales == ()
    assert [note.rule for note in reading.notes] == ["no_mass_scale"]


def test_a_folder_of_two_measurements_has_to_be_told_which(export, authored):
    tofsims.write_itzip(export / "b", authored.events(scans=1, width=4, height=4))
    with pytest.raises(DataFileError, match="holds the events of a, b; name one file"):
        tofsims.read(export)
    assert len(tofsims.read(export / "b.itm.coords").runs[0].scans) == 1


def test_a_name_that_is_none_of_its_files_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("hello")
    with pytest.raises(DataFileError, match="is no file of an ITZIP"):
        tofsims.read(path, format="itzip")


HOW = {"scans": "words", "tofs": "words", "coords": "words", "properties.txt": "numbers"}


def fuzzed(tally, fuzz, folder, end, number, seed):
    path = folder / (f"a.{end}" if "." in end else f"a.itm.{end}")
    few = f"Registration.Raster.Resolution\t4\t4.0\t\r\n{SCALE}".encode()
    content = few if "." in end else path.read_bytes()
    return fuzz(tally, path, content, number, seed, how=HOW[end])


@pytest.mark.parametrize("end", HOW)
def test_mutants_give_data_or_the_named_error(tally, export, fuzz, end):
    assert fuzzed(tally, fuzz, export, end, 60, 1).errors


@pytest.mark.slow
@pytest.mark.parametrize("end", HOW)
def test_twenty_thousand_mutants(tally, export, fuzz, record, end):
    record(fuzzed(tally, fuzz, export, end, 5_000, 2))
    assert tally.errors > 200
