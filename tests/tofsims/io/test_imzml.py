"""imzML: where its spectra lie, what exporters get wrong, and images with missing pixels."""

from __future__ import annotations

import uuid
import warnings

import numpy as np
import pytest

import tofsims
from references import DataFileError
from tofsims.cube import CubeError, Window
from tofsims.io.imzml_head import read_head

FOLDER = "tofsims/imzml"
NUMBER = uuid.UUID("fc37f303-a9c0-4cd3-a28e-1d18e523c269")
ALL = [Window(ion="all", low=1.0, high=1e4)]
# x, y, m/z, intensity of each spectrum: two of 2 x 2 pixels are missing.
SPECTRA = [(1, 1, [10.0, 20.0, 30.0], [1.0, 2.5, 3.0]), (2, 2, [20.0, 25.0], [4.0, 5.0])]
KINDS = {"<f4": "MS:1000521", "<f8": "MS:1000523", "<i4": "IMS:1000141", "<i8": "MS:1000522"}
MICROMETRES = 'value="2" unitAccession="UO:0000017"'


def term(accession, value="", more=""):
    return f'<cvParam accession="{accession}" name="whatever" value="{value}" {more}/>'


def array_of(reference, offset, number, size):
    places = (("103", number), ("102", offset), ("104", size * number))
    return (
        f'<binaryDataArray><referenceableParamGroupRef ref="{reference}"/>'
        + "".join(term(f"IMS:1000{end}", value) for end, value in places)
        + "</binaryDataArray>"
    )


def texts(spectra=SPECTRA, *, z=None, is_continuous=False, kind="<f8"):
    """An .imzML and its .ibd."""
    ibd, listed, size = NUMBER.bytes, [], np.dtype(kind).itemsize
    shared = len(ibd)
    if is_continuous:
        ibd += np.array(spectra[0][2], kind).tobytes()
    for i, (x, y, mz, intensity) in enumerate(spectra):
        first = shared if is_continuous else len(ibd)
        if not is_continuous:
            ibd += np.array(mz, kind).tobytes()
        second = len(ibd)
        ibd += np.array(intensity, kind).tobytes()
        place = term("IMS:1000050", x) + term("IMS:1000051", y)
        place += "" if z is None else term("IMS:1000052", z[i])
        listed.append(
            f"<spectrum><scanList><scan>{place}</scan></scanList><binaryDataArrayList>"
            + array_of("mz", first, len(mz), size)
            + array_of("intensity", second, len(intensity), size)
            + "</binaryDataArrayList></spectrum>\n"
        )  # fmt: skip
    numbers = term("MS:1000576") + term(KINDS[kind])
    xml = (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<mzML xmlns="http://psi.hupo.org/ms/mzml">'
        f"<fileContent>{term('MS:1000129')}{term('IMS:1000080', f'{{{NUMBER}}}')}</fileContent>\n"
        f'<referenceableParamGroup id="mz">{term("MS:1000514")}{numbers}</referenceableParamGroup>\n'
        '<referenceableParamGroup id="intensity">'
        f"{term('MS:1000515')}{numbers}</referenceableParamGroup>\n"
        f"<scanSettings>{term('IMS:1000042', 2)}{term('IMS:1000043', 2)}\n"
        f'<cvParam accession="IMS:1000046" {MICROMETRES}/>\n'
        f'<cvParam accession="IMS:1000047" {MICROMETRES}/></scanSettings>\n'
        f"<run><spectrumList>{''.join(listed)}</spectrumList></run></mzML>\n"
    )
    return xml.encode("latin-1"), ibd


@pytest.fixture
def put(tmp_path):
    """A function that writes a pair of files, changed, and gives the .imzML."""

    def write(change=None, *, ibd=None, **more):
        xml, data = texts(**more)
        (tmp_path / "a.ibd").write_bytes(data if ibd is None else ibd(data))
        if change is not None:
            assert change[0] in xml
            xml = xml.replace(*change)
        (tmp_path / "a.imzML").write_bytes(xml)
        return tmp_path / "a.imzML"

    return write


# --- files that others made -----------------------------------------------------------------------


def test_sparse_pixels_and_a_contradicting_dimension(data_dir):
    path = data_dir / FOLDER / "iontof_sparse.imzML"
    reading = tofsims.read(path)
    head = read_head(path)
    places = [*zip(head.position["x"].tolist(), head.position["y"].tolist(), strict=True)]
    assert places == [(1, 1), (2, 1), (4, 2), (1, 3), (3, 3), (4, 4)]
    assert head.mz.number.tolist() == [5] * 6
    assert (head.width, head.height, head.pixel_um) == (4, 4, (4.40625, 4.40625))
    assert head.uuid == NUMBER.hex
    (spectrum,) = reading.spectra
    assert (spectrum["mz"].values[0], spectrum["intensity"].values[0]) == (100.0, 10.0)
    told = [note for note in reading.notes if note.rule == "dimension_differs"]
    assert [(note.reported, note.reference) for note in told] == [("15 um", "17.625 um")] * 2
    cube = tofsims.images_of(path, ALL)
    present = np.isfinite(cube["counts"].values[0, 0])
    assert np.argwhere(present).tolist() == [[y - 1, x - 1] for x, y in places]
    assert cube.attrs["polarity"] == "positive"


def test_a_pixel_size_in_nanometres(data_dir):
    path = data_dir / FOLDER / "unit_nanometre.imzML"
    assert read_head(path).pixel_um == (4.40625, 4.40625)
    assert "dimension_differs" not in {note.rule for note in tofsims.read(path).notes}
    np.testing.assert_allclose(tofsims.images_of(path, ALL)["x"], [2.203125, 6.609375])


@pytest.mark.parametrize("name", ["iontof_sparse", "unit_nanometre"])
def test_another_program_reads_the_same_spectra(data_dir, name):
    parser = pytest.importorskip("pyimzml.ImzMLParser")
    path = data_dir / FOLDER / f"{name}.imzML"
    cube = tofsims.images_of(path, [*ALL, Window(ion="one", low=99.5, high=100.5)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it minds the names of terms
        theirs = parser.ImzMLParser(str(path))
    with theirs:
        assert len(theirs.coordinates) == read_head(path).spectra
        for i, (x, y, _) in enumerate(theirs.coordinates):
            mz, intensity = theirs.getspectrum(i)
            ours = cube["counts"].values[:, 0, y - 1, x - 1]
            assert ours[0] == intensity.sum()
            assert ours[1] == intensity[np.abs(mz - 100.0) < 0.5].sum()


@pytest.mark.parametrize("mode", ["processed", "continuous"])
def test_what_another_program_writes_is_read(tmp_path, mode):
    writer = pytest.importorskip("pyimzml.ImzMLWriter")
    path = tmp_path / "a.imzML"
    with writer.ImzMLWriter(str(path), mode=mode, polarity="negative") as file:
        file.addSpectrum([10.0, 20.0], [1.0, 2.5], (1, 1, 1))
        file.addSpectrum([10.0, 20.0], [3.0, 4.0], (2, 2, 1))
    assert tofsims.read(path).spectra[0]["intensity"].values.tolist() == [4, 6.5]
    cube = tofsims.images_of(path, ALL)
    np.testing.assert_array_equal(cube["counts"][0, 0], [[3.5, np.nan], [np.nan, 7]])
    assert cube.attrs["polarity"] == "negative"


# --- what is read ---------------------------------------------------------------------------------


def test_the_spectrum_of_all_pixels_is_over_the_masses_of_any(put):
    (spectrum,) = tofsims.read(put()).spectra
    assert spectrum["mz"].values.tolist() == [10, 20, 25, 30]
    assert spectrum["intensity"].values.tolist() == [1, 6.5, 5, 3]


def test_it_is_the_same_however_many_are_added_at_once(put, monkeypatch):
    monkeypatch.setattr("tofsims.io.imzml.BATCH", 1)
    assert tofsims.read(put()).spectra[0]["intensity"].values.tolist() == [1, 6.5, 5, 3]


def test_images_have_what_is_in_a_window_and_miss_what_is_missing(put):
    windows = [Window(ion="a", low=20.0, high=30.0), Window(ion="b", low=40.0, high=50.0)]
    cube = tofsims.images_of(put(), windows)
    nan = np.nan
    np.testing.assert_array_equal(
        cube["counts"][:, 0], [[[2.5, nan], [nan, 9]], [[0, nan], [nan, 0]]]
    )
    assert cube["window_high"].values.tolist() == [30, 50]
    assert cube["x"].values.tolist() == [1, 3]
    assert cube.attrs["polarity"] == "negative"


def test_spectra_that_share_their_masses(put):
    spectra = [(1, 1, [10.0, 20.0], [1.0, 2.0]), (2, 1, [10.0, 20.0], [3.0, 4.0])]
    path = put(spectra=spectra, is_continuous=True)
    assert tofsims.read(path).spectra[0]["intensity"].values.tolist() == [4, 6]
    assert tofsims.images_of(path, ALL)["counts"].values[0, 0, 0].tolist() == [3, 7]


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_of_each_kind(put, kind):
    spectra = [(1, 1, [10.0, 20.0], [1.0, 2.0]), (2, 1, [20.0, 30.0], [3.0, 4.0])]
    (spectrum,) = tofsims.read(put(spectra=spectra, kind=kind)).spectra
    assert spectrum["intensity"].values.tolist() == [1, 5, 4]


def test_slices_are_scans(put):
    cube = tofsims.images_of(put(z=[3, 7]), ALL)
    assert cube["scan"].values.tolist() == [3, 7]
    assert cube["counts"].values[0, 0, 0, 0] == 6.5
    assert np.isnan(cube["counts"].values[0, 1, 0, 0])


@pytest.mark.parametrize(
    ("unit", "pixel"),
    [("UO:0000018", 0.002), ("UO:0000016", 2000.0), ("UO:0000008", 2e6), ("", 2.0)],
)
def test_units_are_told_by_accession(put, unit, pixel):
    path = put((MICROMETRES.encode(), f'value="2" unitAccession="{unit}"'.encode()))
    assert read_head(path).pixel_um == pytest.approx((pixel, pixel))


def test_a_unit_that_is_no_length_is_said(put):
    path = put((MICROMETRES.encode(), b'value="2" unitAccession="UO:0000010"'))
    assert np.isnan(read_head(path).pixel_um).all()
    assert {note.rule for note in tofsims.read(path).notes} >= {"unit_unknown"}


def test_its_number_may_be_stored_in_the_other_order(put):
    assert tofsims.read(put(ibd=lambda data: NUMBER.bytes_le + data[16:])).spectra


# --- files gone wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((NUMBER.bytes.hex()[:8].encode(), b"00000000"), "is of the .ibd 00000000.* beside it is fc37f303"),
        ((b"IMS:1000080", b"IMS:0"), "is of the .ibd without a number"),
        ((b'"IMS:1000102" name="whatever" value="16"', b'"IMS:1000102" name="whatever" value="116"'),
         "spectrum 1 at x 1, y 1: reaches to byte 140 of an .ibd of 96"),
        ((b'"IMS:1000103" name="whatever" value="3"', b'"IMS:1000103" name="whatever" value="30"'),
         "30 numbers of 8 bytes, and is said to be 24 bytes long"),
        ((b'"IMS:1000050" name="whatever" value="2"', b'"IMS:1000050" name="whatever" value="9"'),
         "declares 2 pixels along x.* has a spectrum at pixel 9"),
        ((b'"IMS:1000050" name="whatever" value="2"', b'"IMS:1000050" name="whatever" value="0"'),
         "should be at a pixel counted from 1, and is at x 0"),
        ((b'"IMS:1000050" name="whatever" value="2"', b'"IMS:1000050" name="whatever" value="-1"'),
         "should have a whole number for IMS:1000050, and has '-1'"),
        ((b"MS:1000576", b"MS:1000574"), "plain numbers of 4 or 8 bytes, without compression"),
        ((b"MS:1000515", b"MS:1000514"), "should have one m/z array, and has 2"),
        ((b'"IMS:1000042" name="whatever" value="2"', b'"IMS:1000042" name="whatever" value="99999"'),
         "declares 99999 pixels along x, of at most 8192"),
        ((b"</run>", b""), "is not well-formed XML"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(put, change, message):
    with pytest.raises(DataFileError, match=message):
        tofsims.read(put(change))


@pytest.mark.parametrize(
    ("spectra", "message"),
    [
        ([], "holds no spectrum"),
        ([(1, 1, [1.0], [1.0])], "holds 1 different m/z"),
        ([(1, 1, [1.0, 2.0], [1.0, -1.0])], "spectrum 1 at x 1, y 1: holds a negative m/z or intensity"),
        ([(1, 1, [1.0, np.nan], [1.0, 1.0])], "holds a number that is not finite"),
        ([(1, 1, [1.0, 2.0], [1.0])], "has 2 m/z for 1 intensities"),
        ([SPECTRA[0], SPECTRA[0]], "has several spectra of one pixel"),
    ],
)  # fmt: skip
def test_spectra_that_are_none_are_named(put, spectra, message):
    with pytest.raises(DataFileError, match=message):
        tofsims.read(put(spectra=spectra))


def test_without_its_other_half_it_is_named(put):
    path = put()
    path.with_suffix(".ibd").unlink()
    with pytest.raises(DataFileError, match=r"has no a\.ibd beside it"):
        tofsims.read(path)


def test_the_other_half_alone_is_named(put):
    with pytest.raises(DataFileError, match=r"one half of an imzML.*give the \.imzML beside it"):
        tofsims.read(put().with_suffix(".ibd"))


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        b'<!DOCTYPE m SYSTEM "file:///etc/hostname">',
        b'<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_xml_that_could_harm_is_refused(put, declared):
    with pytest.raises(DataFileError, match="is XML with a document type"):
        tofsims.read(put((b"\n<mzML", b"\n" + declared + b"<mzML")))


def test_too_many_elements_are_refused(put, monkeypatch):
    monkeypatch.setattr("tofsims.io.imzml_head.MAX_ELEMENTS", 20)
    with pytest.raises(DataFileError, match="is XML of more than 20 elements"):
        tofsims.read(put())


def test_a_cube_without_windows_or_too_large_is_refused(put, monkeypatch):
    path = put()
    with pytest.raises(CubeError, match="no window to integrate"):
        tofsims.images_of(path, [])
    monkeypatch.setattr("tofsims.io.imzml.LARGEST", 10)
    with pytest.raises(CubeError, match="a cube of 1 x 1 x 2 x 2 takes"):
        tofsims.images_of(path, ALL)


# The part whose mutants are read; the other one stays as it is.
HOW = {"imzML": "lines", "imzML, its numbers": "numbers", "ibd": "words"}


def fuzzed(tally, fuzz, path, kind, number, seed):
    """Mutants of one of the two files; errors name the .imzML in any case."""
    xml, data = texts()
    path.with_suffix(".ibd").write_bytes(data)

    def read(given):
        if kind == "ibd":
            given.with_suffix(".ibd").write_bytes(given.read_bytes())
            given.write_bytes(xml)
        reading = tofsims.read(given, format="imzml")
        counts = tofsims.images_of(given, ALL)["counts"].values
        assert np.all(np.isnan(counts) | (counts >= 0))
        return reading

    tally.reader = read
    return fuzz(tally, path, data if kind == "ibd" else xml, number, seed, how=HOW[kind])


@pytest.mark.parametrize("kind", HOW)
def test_mutants_give_data_or_the_named_error(tally, tmp_path, fuzz, kind):
    assert fuzzed(tally, fuzz, tmp_path / "a.imzML", kind, 50, 1).errors > 5


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOW)
def test_twenty_thousand_mutants(tally, tmp_path, fuzz, record, kind):
    record(fuzzed(tally, fuzz, tmp_path / "a.imzML", kind, 7_000, 2))
    assert tally.errors > 500
