"""IONTOF's containers without events: spectra, images, profiles, and which reader a file gets."""

from __future__ import annotations

import pickle
import struct

import numpy as np
import pytest

import tofsims
from references import DataFileError
from tofsims.io import imagestack
from tofsims.io.container_written import Directory, Leaf, container

STACK = "filterdata/TofCorrection/ImageStack/Reduced Data/ImageStackScans"
ADDED = f"{STACK}Added"
IMAGE_FOLDER = "filterdata/TofCorrection/ImageStack/Reduced Data/Images"
SPECTRUM = "filterdata/TofCorrection/Spectrum/Reduced Data/IITFSpecArray"
SCALE = "filterdata/TofCorrection/Spectrum/Reduced Data/IMassScaleSFK0"
VIEW = "CommonDataObjects/DataViewCollection/view"
PEAKS = [  # id, serial number, assignment, description, lower, middle, upper m/z
    (0, "sn-0", "", "total", 0.0, 0.0, 0.0),
    (2, "sn-2", "Cl-", "", 34.9, 34.97, 35.0),
    (3, "sn-3", "^37Cl-", "", 36.9, 36.97, 37.0),
    (4, "sn-4", "", "", 103.8, 103.895, 104.0),
]
IMAGES = np.arange(4 * 3 * 2 * 5, dtype="<u4").reshape(4, 3, 2, 5)  # peaks, scans, rows, columns


def utf16(text):
    return text.encode("utf-16-le")


def property_(name, whole=0, real=0.0, text=""):
    key, said = utf16(name), utf16(text)
    head = bytes(16) + struct.pack("<I", len(key)) + key
    return head + struct.pack("<2xqdI", whole, real, len(said)) + said


def put_peaks(folder, peaks=PEAKS):
    for at, (number, serial, assign, desc, *masses) in enumerate(peaks):
        peak = Directory()
        peak.put("id", struct.pack("<I", number))
        for name, text in (("SN", serial), ("assign", assign), ("desc", desc)):
            peak.put(name, utf16(text))
        for name, mass in zip(("lmass", "cmass", "umass"), masses, strict=True):
            peak.put(name, struct.pack("<d", mass))
        folder.add("mi", peak, at)


def put_images(stack, images=IMAGES, *, peaks=PEAKS, first=0):
    stack.put("Image.YSize", struct.pack("<I", images.shape[2]))
    stack.put("Image.XSize", struct.pack("<I", images.shape[3]))
    stack.put("Image.NumberOfImages", struct.pack("<I", max(peak[0] for peak in peaks) + 1))
    for (number, *_), scans in zip(peaks, images, strict=True):
        image = Directory()
        for scan, one in enumerate(scans):
            image.add("ImageArray.Long", Leaf(one.tobytes(), 6), scan + first)
        stack.add("Image", image, number)


def put_spectra(root):
    data = np.arange(200, dtype="<f4")
    root.within(SPECTRUM).add("CorrectedData", Leaf((data * 1.5).astype("<f4").tobytes(), 6))
    root.within(SPECTRUM).add("Data", Leaf(data.tobytes(), 6))
    for place, k0 in ((SCALE, -400.0), ("MassScale", -401.0)):
        root.put(f"{place}/sf", struct.pack("<d", 72000.0))
        root.put(f"{place}/k0", struct.pack("<d", k0))


def ita(*, images=IMAGES, first=0, with_images=True, with_spectra=True):
    """The tree of an .ita."""
    root = Directory()
    for name, value in {
        "Registration.Raster.Resolution": property_("Registration.Raster.Resolution", 5),
        "Registration.Raster.FieldOfView": property_("Registration.Raster.FieldOfView", 0, 1e-4),
        "Registration.Raster.ShotsPerPixel": property_("Registration.Raster.ShotsPerPixel", 2),
        "Measurement.ScanNumber": property_("Measurement.ScanNumber", 3, 3.0),
        "Analysis.SputterTime": property_("Analysis.SputterTime", 0, 6.0),
        "Instrument.Analyzer_Polarity_Switch": property_(
            "Instrument.Analyzer_Polarity_Switch", text="Negative"
        ),
    }.items():
        root.within("propend").add(name, value)
    put_peaks(root.within("MassIntervalList"))
    if with_images:
        put_images(root.within(STACK), images, first=first)
    if with_spectra:
        put_spectra(root)
    return root


def itax(*, packed=True, options=b"", spectrum=None):
    """The tree of an .itax."""
    root = Directory()
    root.put("CommonDataObjects/MeasurementOptions/one/pickle", options)
    put_peaks(root.within("CommonDataObjects/MeasurementOptions/one/massintervals"))
    for name, value in (("SF", 72000.0), ("K0", -400.0)):
        key = f"Context.MassScale.{name}"
        root.put(f"{VIEW}/properties/{key}", property_(key, 0, value))
    cache = root.within(f"{VIEW}/dataSource/simsDataCache")
    held = np.arange(50.0).tobytes() if spectrum is None else spectrum
    cache.within("spectrum").add("correctedData", held)
    for number in (2, 3):
        values = (number * np.arange(4.0)).tobytes()
        profile = Leaf(values, 6) if packed else Leaf(values)
        cache.within(f"sn-{number}").add("profile", profile)
    return root


def read(tmp_path, root, **more):
    path = tmp_path / "a.dat"  # names tell nothing
    path.write_bytes(container(root))
    return tofsims.read(path, **more)


# --- .ita -------------------------------------------------------------------------------------------


def test_images_are_a_cube_of_named_peaks(tmp_path):
    reading = read(tmp_path, ita())
    (cube,) = reading.cubes
    assert reading.format == "ita"
    np.testing.assert_array_equal(cube["counts"], IMAGES)
    assert cube["counts"].dtype == np.uint32
    assert cube["ion"].values.tolist() == ["total", "Cl-", "[37Cl]-", "m/z 103.8950"]
    assert cube["window_low"].values.tolist() == [0, 34.9, 36.9, 103.8]
    assert cube["window_high"].values.tolist() == [0, 35, 37, 104]
    assert cube["mz"].values.tolist() == [0, 34.97, 36.97, 103.895]
    assert cube["scan"].values.tolist() == [0, 1, 2]
    assert cube["sputter_time"].values.tolist() == [2, 4, 6]
    assert cube["x"].values[0] == pytest.approx(10.0)
    assert float(cube["shots"]) == 2
    assert cube.attrs["polarity"] == "negative"


def test_spectra_are_as_counted_and_corrected_on_the_adjusted_scale(tmp_path):
    reading = read(tmp_path, ita(with_images=False))
    corrected, counted = reading.spectra
    np.testing.assert_array_equal(corrected["intensity"], 1.5 * np.arange(200))
    np.testing.assert_array_equal(counted["counts"], np.arange(200))
    np.testing.assert_array_equal(corrected["channel"], 2 * np.arange(200))
    np.testing.assert_allclose(corrected["mz"], ((2 * np.arange(200) + 400.0) / 72000.0) ** 2)
    assert [note.rule for note in reading.notes] == ["two_mass_scales"]


def test_scans_may_be_numbered_from_anywhere(tmp_path):
    (cube,) = read(tmp_path, ita(first=7)).cubes
    assert cube["scan"].values.tolist() == [7, 8, 9]
    np.testing.assert_array_equal(cube["counts"], IMAGES)


@pytest.mark.parametrize("code", ["utf-16-le", "utf-8"])
def test_an_image_belongs_to_the_peak_whose_serial_number_it_has(tmp_path, code):
    root = ita()
    images = [child for name, _, child in root.within(STACK).children if name == "Image"]
    images[1].put("Image.MassIntervalSN", "sn-4".encode(code))
    images[2].put("Image.MassIntervalSN", "nowhere".encode(code))
    (cube,) = read(tmp_path, root).cubes
    assert cube["ion"].values.tolist()[1:3] == ["m/z 103.8950", "image 3"]
    assert np.isnan(cube["window_low"].values[2])


def test_many_images_are_read_when_they_are_asked_for(tmp_path, monkeypatch):
    import dask.array as da

    monkeypatch.setattr(imagestack, "IN_MEMORY", 100)
    monkeypatch.setattr(imagestack, "CHUNK", 2 * 4 * 10)
    counts = read(tmp_path, ita()).cubes[0]["counts"]
    assert isinstance(counts.data, da.Array)
    assert counts.chunks == ((1, 1, 1, 1), (2, 1), (2,), (5,))
    # A worker elsewhere gets what it has to do as bytes, and opens the file itself.
    sent = pickle.loads(pickle.dumps(counts.data))
    np.testing.assert_array_equal(sent, IMAGES)
    np.testing.assert_array_equal(counts, IMAGES)


def test_a_broken_image_among_many_is_named_when_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(imagestack, "IN_MEMORY", 100)
    root = ita()
    image = next(child for name, _, child in root.within(STACK).children if name == "Image")
    image.children[1] = ("ImageArray.Long", 1, Leaf(b"1234", 6))
    (cube,) = read(tmp_path, root).cubes
    with pytest.raises(DataFileError, match="an image should hold 5 x 2 numbers of 4 bytes"):
        cube["counts"].values  # noqa: B018


def test_a_raster_that_is_no_images_is_named_before_any_is_asked_for(tmp_path):
    root = ita()
    stack = root.within(STACK)
    for name in ("Image.XSize", "Image.YSize"):
        at = next(i for i, child in enumerate(stack.children) if child[0] == name)
        stack.children[at] = (name, 0, Leaf(struct.pack("<I", 8192)))
    with pytest.raises(DataFileError, match="an image should hold 8192 x 8192 numbers"):
        read(tmp_path, root)


def test_a_peak_without_an_image_of_each_scan_is_passed_over_and_said(tmp_path):
    root = ita()
    image = next(child for name, _, child in root.within(STACK).children if name == "Image")
    image.children.pop()
    reading = read(tmp_path, root)
    assert reading.cubes[0]["ion"].values.tolist() == ["Cl-", "[37Cl]-", "m/z 103.8950"]
    assert reading.skipped == ("total: images of 2 scans, not of the same 3 as others",)


def test_images_of_all_scans_together_are_no_depth_profile(tmp_path):
    root = ita(with_images=False)
    put_images(root.within(ADDED), IMAGES.sum(axis=1, keepdims=True).astype("<u4"))
    reading = read(tmp_path, root)
    (cube,) = reading.cubes
    np.testing.assert_array_equal(cube["counts"][:, 0], IMAGES.sum(axis=1))
    assert "scans_added" in {note.rule for note in reading.notes}
    assert "sputter_time" not in cube.coords
    assert np.isnan(cube["shots"])


def by_serial(images=IMAGES):
    """The tree of a newer .ita: images named by serial numbers, scans by their number."""
    root = ita(with_images=False)
    for name, side in (("res_x", images.shape[3]), ("res_y", images.shape[2])):
        root.put(f"Meta/SI Image/{name}", struct.pack("<I", side))
    for (_, serial, *_), scans in zip(PEAKS, images, strict=True):
        folder = root.within(f"{IMAGE_FOLDER}/{serial}/ScanData/EDROff")
        for scan, one in enumerate(scans):
            folder.add(str(scan), Leaf(one.tobytes(), 6))
    return root


def test_images_may_be_named_by_serial_numbers(tmp_path):
    (cube,) = read(tmp_path, by_serial()).cubes
    np.testing.assert_array_equal(cube["counts"], IMAGES)
    assert cube["ion"].values.tolist() == ["total", "Cl-", "[37Cl]-", "m/z 103.8950"]
    assert cube["scan"].values.tolist() == [0, 1, 2]


def broken(change):
    root = ita()
    change(root)
    return root


def first_image(root):
    return next(child for name, _, child in root.within(STACK).children if name == "Image")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda root: first_image(root).children.__setitem__(0, ("ImageArray.Long", 0, Leaf(b"12", 6))),
         "an image should hold 5 x 2 numbers of 4 bytes, and holds 2 bytes"),
        (lambda root: [image.children.append(("ImageArray.Long", 0, Leaf(b"12", 6))) for name, _, image in root.within(STACK).children if name == "Image"],
         "two images of one scan"),
        (lambda root: root.within(STACK).children.__setitem__(0, ("Image.YSize", 0, Leaf(b"\xff" * 4))),
         "should declare a raster of 1 to 8192 pixels a side"),
        (lambda root: root.within(SPECTRUM).children.__setitem__(0, ("CorrectedData", 0, Leaf(b"12345", 6))),
         "'CorrectedData' should hold numbers of 4 bytes, and holds 5 bytes"),
        (lambda root: root.within(SPECTRUM).children.__setitem__(0, ("CorrectedData", 0, Leaf(struct.pack("<2f", 1, -1), 6))),
         "'CorrectedData' is no spectrum: counts should be finite and not negative"),
    ],
    ids=["image", "twice", "raster", "length", "negative"],
)  # fmt: skip
def test_a_broken_file_is_named(tmp_path, change, message):
    root = broken(change)
    with pytest.raises(DataFileError, match=message):
        read(tmp_path, root)


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("tofsims.io.container.MAX_VALUE", 20_000)
    root = ita()
    first_image(root).children[0] = ("ImageArray.Long", 0, Leaf(bytes(30_000), 9))
    with pytest.raises(DataFileError, match="unpacks to more than 20000 bytes"):
        read(tmp_path, root)


# --- which reader ------------------------------------------------------------------------------------


def test_events_come_before_images_unless_images_are_asked_for(tmp_path, authored):
    root = ita()
    raw = root.within("rawdata")
    raw.add("   6", struct.pack("<I", 0))
    words = np.array([0xC0000000, 0xD0000000, 0x40000000, 77], "<u4")
    raw.add("  14", Leaf(words.tobytes(), 6))
    reading = read(tmp_path, root)
    assert reading.format == "itm"
    assert reading.runs[0].scans[0].hits().channel.tolist() == [77]
    assert reading.skipped == ("images: the events they were made of are read",)
    assert read(tmp_path, root, format="ita").cubes


def test_rawdata_without_events_leaves_the_images(tmp_path):
    root = ita()
    root.within("rawdata").add("  20", property_("Instrument.LMIG.Emission_Current", 0, 1e-6))
    assert read(tmp_path, root).format == "ita"


def test_an_itmx_is_refused_by_name(tmp_path):
    root = Directory()
    root.put("CommonDataObjects/SIMSDataSet/SIMSData", b"12345678")
    with pytest.raises(DataFileError, match=r"is an \.itmx.*export it.*as GRD, ITZIP or text"):
        read(tmp_path, root)


def test_neither_spectrum_nor_images_is_named(tmp_path):
    root = Directory()
    root.put(f"{STACK}/Image.XSize", struct.pack("<I", 4))
    with pytest.raises(DataFileError, match="holds neither a spectrum nor images"):
        read(tmp_path, root)


# --- .itax -------------------------------------------------------------------------------------------


def test_spectrum_and_profiles_of_an_itax(tmp_path):
    reading = read(tmp_path, itax())
    assert reading.format == "itax"
    (spectrum,) = reading.spectra
    np.testing.assert_array_equal(spectrum["intensity"], np.arange(50))
    np.testing.assert_allclose(spectrum["mz"], ((2 * np.arange(50) + 400.0) / 72000.0) ** 2)
    (profile,) = reading.profiles
    assert profile["ion"].values.tolist() == ["Cl-", "[37Cl]-"]
    np.testing.assert_array_equal(profile["corrected"], [[0, 2, 4, 6], [0, 3, 6, 9]])
    assert np.isnan(profile["u"].values).all()
    assert "sputter_time" not in profile.coords
    assert {note.rule for note in reading.notes} == {"sputter_time_unknown", "correction_unknown"}


class Harmful:
    """What leaves a mark when it is unpickled."""

    opened = False

    def __reduce__(self):
        return (setattr, (Harmful, "opened", True))


def test_a_pickle_is_never_loaded(tmp_path):
    trap = pickle.dumps(Harmful())
    assert read(tmp_path, itax(options=trap)).spectra
    with pytest.raises(DataFileError, match="'correctedData' should hold numbers of 8 bytes"):
        read(tmp_path, itax(options=trap, spectrum=trap + bytes((1 - len(trap)) % 8)))
    assert not Harmful.opened


def test_a_profile_that_is_no_packed_numbers_is_passed_over(tmp_path):
    reading = read(tmp_path, itax(packed=False))
    assert not reading.profiles
    assert reading.skipped[0] == "Cl-: a profile that is not packed numbers"


def test_an_itax_without_anything_is_named(tmp_path):
    root = Directory()
    root.put(f"{VIEW}/sizeSpectrum", struct.pack("<I", 4))
    with pytest.raises(DataFileError, match="without a spectrum or profile; export the profiles"):
        read(tmp_path, root)


# --- files gone wrong --------------------------------------------------------------------------------

TREES = {"ita": ita, "by serial": by_serial, "itax": itax}


def small(kind):
    return container(TREES[kind]())


@pytest.mark.parametrize("kind", TREES)
def test_mutants_give_data_or_the_named_error(tally, tmp_path, fuzz, kind):
    fuzz(tally, tmp_path / "mutant", small(kind), 40, 1, how="words")
    assert tally.errors > 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", TREES)
def test_twenty_thousand_mutants(tally, tmp_path, fuzz, record, kind):
    record(fuzz(tally, tmp_path / "mutant", small(kind), 7_000, 2, how="words"))
    assert tally.errors > 1_000


@pytest.mark.slow
@pytest.mark.parametrize("kind", TREES)
@pytest.mark.parametrize("lie", [0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 1_000_000_000])
def test_every_word_of_a_container_may_lie(tally, tmp_path, kind, lie):
    content = small(kind)
    for at in range(8, len(content), 29):
        tally.read(tmp_path / "lie", content[:at] + struct.pack("<I", lie) + content[at + 4 :])
    assert tally.errors > 5


# --- against another program -------------------------------------------------------------------------


SQUARE = np.arange(4 * 3 * 5 * 5, dtype="<u4").reshape(4, 3, 5, 5)


def theirs_of(tmp_path, root):
    """What pySPM and we make of a file; it takes the raster to be square and has a total image."""
    pyspm = pytest.importorskip("pySPM")
    total = root.within("Meta/SI Image")
    for name in ("res_x", "res_y"):
        if name not in [child[0] for child in total.children]:
            total.add(name, struct.pack("<I", 5))
    total.add("fieldofview", struct.pack("<d", 1e-4))
    total.add("intensdata", Leaf(SQUARE.sum(axis=(0, 1)).astype("<f4").tobytes(), 6))
    path = tmp_path / "a.ita"
    path.write_bytes(container(root))
    return pyspm.ITA(str(path)), tofsims.read(path)


def test_another_program_reads_the_same(tmp_path):
    theirs, reading = theirs_of(tmp_path, ita(images=SQUARE))
    (cube,) = reading.cubes
    for i, (number, *_) in enumerate(PEAKS):
        for scan in range(3):
            np.testing.assert_array_equal(
                theirs.fast_get_image(number, [scan]), cube["counts"].values[i, scan]
            )
    assert theirs.get_channel_by_mass(34.97) == 2
    mz, intensity = theirs.get_spectrum()
    np.testing.assert_allclose(mz, reading.spectra[0]["mz"])
    np.testing.assert_allclose(intensity, reading.spectra[0]["intensity"])
    np.testing.assert_allclose(
        theirs.get_spectrum(uncorrected=True)[1], reading.spectra[1]["counts"]
    )


def test_another_program_reads_the_same_of_newer_files(tmp_path):
    theirs, reading = theirs_of(tmp_path, by_serial(SQUARE))
    (cube,) = reading.cubes
    for i, (_, serial, *_) in enumerate(PEAKS):
        for scan in range(3):
            np.testing.assert_array_equal(
                theirs.get_sum_image_by_sn(serial, [scan], raw=True),
                cube["counts"].values[i, scan],
            )
