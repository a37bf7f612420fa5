"""Volumes for other programs: read back by their own rules, they hold the same counts."""

from __future__ import annotations

import numpy as np
import pytest
from defusedxml import ElementTree

from references import DataFileError
from references.words import InputError
from tofsims import flat_start, ion_cube, reconstruct
from tofsims.io.volume_written import write_ngff, write_vti

SHAPE = (2, 5, 6, 8)


@pytest.fixture
def cube(rng):
    counts = rng.poisson(3.0, SHAPE).astype(np.uint16)
    times = 2.0 * np.arange(1.0, 6.0)
    return ion_cube(["GaCl-", "<Cl&->"], counts, sputter_time=times, pixel_um=(0.5, 0.25))


def vti(path):
    """The image of a .vti and its arrays, by the rules of VTK's appended raw data."""
    head, mark, rest = path.read_bytes().partition(b'<AppendedData encoding="raw">_')
    assert mark
    data = rest[: rest.rindex(b"\n</AppendedData>")]
    root = ElementTree.fromstring((head + b"</VTKFile>").decode())
    assert root.attrib["header_type"] == "UInt64"
    image = root.find("ImageData")
    kinds = {"UInt16": "<u2", "Float32": "<f4"}
    extent = [int(word) for word in image.attrib["WholeExtent"].split()]
    shape = [extent[i + 1] - extent[i] + 1 for i in (4, 2, 0)]
    arrays = {}
    for array in image.iter("DataArray"):
        if array.attrib["format"] == "appended":
            at = int(array.attrib["offset"])
            size = int.from_bytes(data[at : at + 8], "little")
            held = np.frombuffer(data[at + 8 : at + 8 + size], kinds[array.attrib["type"]])
            arrays[array.attrib["Name"]] = held.reshape(shape)
    return image, arrays


def numbers(image, name):
    return [float(word) for word in image.attrib[name].split()]


def test_a_vti_holds_each_ion(cube, tmp_path):
    image, arrays = vti(write_vti(tmp_path / "volume.vti", cube))
    assert list(arrays) == ["GaCl-", "<Cl&->"]
    for name, held in arrays.items():
        np.testing.assert_array_equal(held, cube["counts"].sel(ion=name).values)
    # Points in the middles of voxels.
    assert numbers(image, "Spacing") == [0.5, 0.25, 2.0]
    assert numbers(image, "Origin") == [0.25, 0.125, 2.0]
    said = image.find("FieldData/DataArray").text.split()
    assert bytes(int(word) for word in said[:-1]).decode() == (
        "x and y in um, z in s: depth, downwards"
    )


def test_depth_in_nanometres_is_written_in_micrometres(cube, tmp_path):
    placed = flat_start(cube, depth_nm=10.0 * np.arange(1.0, 6.0))
    deep = reconstruct(cube, placed)
    image, arrays = vti(write_vti(tmp_path / "volume.vti", deep))
    assert numbers(image, "Spacing") == pytest.approx([0.5, 0.25, 0.01])
    np.testing.assert_allclose(arrays["GaCl-"], deep["counts"].values[0], rtol=1e-6)


def test_uneven_scans_make_no_volume(cube, tmp_path):
    uneven = cube.assign_coords(sputter_time=("scan", [1.0, 2.0, 3.0, 4.0, 9.0]))
    with pytest.raises(InputError, match="scans are 1 to 5 s apart"):
        write_vti(tmp_path / "volume.vti", uneven)
    with pytest.raises(InputError, match="scans are 1 to 5 s apart"):
        write_ngff(tmp_path / "volume.zarr", uneven)
    assert list(tmp_path.iterdir()) == []


def test_a_vti_beyond_its_size_is_refused(tmp_path):
    da = pytest.importorskip("dask.array")
    large = ion_cube(["Cl-"], da.zeros((1, 600, 1024, 1024), dtype=np.uint16))
    with pytest.raises(DataFileError, match=r"would take 1\.3 GB"):
        write_vti(tmp_path / "volume.vti", large)


def test_ngff_holds_the_counts_at_every_size(rng, tmp_path):
    zarr = pytest.importorskip("zarr")
    counts = rng.poisson(2.0, (2, 40, 130, 258)).astype(np.uint16)
    cube = ion_cube(["Li-", "Cl-"], counts, pixel_um=(0.5, 0.5), sputter_time=np.arange(40.0))
    root = zarr.open_group(str(write_ngff(tmp_path / "volume.zarr", cube)), mode="r")
    told = root.attrs["ome"]
    (multiscale,) = told["multiscales"]
    assert told["version"] == "0.5"
    assert [axis["name"] for axis in multiscale["axes"]] == ["c", "z", "y", "x"]
    assert [axis.get("unit") for axis in multiscale["axes"]] == [
        None, None, "micrometer", "micrometer",
    ]  # fmt: skip
    assert [channel["label"] for channel in told["omero"]["channels"]] == ["Li-", "Cl-"]
    assert root.attrs["depth_units"] == "s"
    paths = [level["path"] for level in multiscale["datasets"]]
    assert paths == ["0", "1"]
    np.testing.assert_array_equal(root["0"][:], counts)
    assert root["1"].shape == (2, 40, 65, 129)
    expected = counts.reshape(2, 40, 65, 2, 129, 2).sum(axis=(3, 5))
    np.testing.assert_array_equal(root["1"][:], expected)
    scale, translation = multiscale["datasets"][1]["coordinateTransformations"]
    assert scale["scale"] == [1.0, 1.0, 1.0, 1.0]
    assert translation["translation"] == [0.0, 0.0, 0.5, 0.5]


def test_what_is_there_is_not_overwritten(cube, tmp_path):
    pytest.importorskip("zarr")
    write_ngff(tmp_path / "volume.zarr", cube)
    with pytest.raises(DataFileError, match="is there already"):
        write_ngff(tmp_path / "volume.zarr", cube)


def test_pixels_that_were_not_measured_are_no_zeros(cube, tmp_path):
    zarr = pytest.importorskip("zarr")
    measured = np.ones(SHAPE[2:], dtype=bool)
    measured[:, :3] = False
    region = cube.assign(measured=(("y", "x"), measured))
    _, arrays = vti(write_vti(tmp_path / "volume.vti", region))
    for one in arrays.values():
        np.testing.assert_array_equal(np.isnan(one), np.broadcast_to(~measured, one.shape))
    root = zarr.open_group(str(write_ngff(tmp_path / "volume.zarr", region)), mode="r")
    assert np.isnan(root["0"][:, :, :, :3]).all()
    top = [one["window"]["max"] for one in root.attrs["ome"]["omero"]["channels"]]
    assert top == cube["counts"].values[..., 3:].max(axis=(1, 2, 3)).tolist()
