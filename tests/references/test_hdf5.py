"""HDF5: what leads out of the file, and what asks for too much, is refused by name."""

from __future__ import annotations

import struct
import time
import zlib

import h5py
import numpy as np
import pytest

from references import hdf5, hdf5_array
from references.files import DataFileError
from references.hdf5 import Hdf5
from references.hdf5_sequences import Sequences
from references.words import InputError


@pytest.fixture
def made(tmp_path):
    """A function that fills a file and opens it."""

    def make(fill, name="a.h5", **how):
        path = tmp_path / name
        with h5py.File(path, "w", **how) as root:
            fill(root)
        return Hdf5(path)

    return make


def test_numbers_and_texts_are_given(made):
    def fill(root):
        root["a/b"] = np.arange(12).reshape(4, 3)
        root["a"].attrs["text"] = "Pos"
        root["a"].attrs["bytes"] = np.bytes_("Neg")
        root["a"].attrs["texts"] = ["one", "two"]
        root["a"].attrs["number"] = np.array([2.5])
        root["a"].attrs["shape"] = np.array([3, 4], dtype="u4")

    file = made(fill)
    held = file.array("a/b")
    assert (held.shape, len(held)) == ((4, 3), 4)
    assert held.read(1, 3).tolist() == [[3, 4, 5], [6, 7, 8]]
    assert [file.text("a", name) for name in ("text", "bytes", "texts", "none")] == [
        "Pos", "Neg", "one", "",
    ]  # fmt: skip
    assert (file.number("a", "number"), file.number("a", "shape"), file.number("b", "c")) == (
        2.5, None, None,
    )  # fmt: skip
    assert file.numbers("a", "shape").tolist() == [3, 4]
    assert file.names("a") == ["b"]
    assert file.names("a/b") == []
    assert (file.has("a/b"), file.has("a/c"), file.has("a/b/c")) == (True, False, False)


def test_a_soft_link_is_followed_within_the_file(made):
    def fill(root):
        root["a/b"] = [1, 2]
        root["c"] = h5py.SoftLink("/a")
        root["a/d"] = h5py.SoftLink("b")
        root["nowhere"] = h5py.SoftLink("/x/y")

    file = made(fill)
    assert file.array("c/d").read().tolist() == [1, 2]
    assert not file.has("nowhere")


def test_links_in_a_circle_are_refused(made):
    def fill(root):
        root["a"] = h5py.SoftLink("/b")
        root["b"] = h5py.SoftLink("/a")

    with pytest.raises(DataFileError, match="a: is behind links that lead in a circle"):
        made(fill).has("a")


def test_a_link_to_another_file_is_not_followed(made):
    made(lambda root: root.create_dataset("secret", data=[1]), name="other.h5")

    def fill(root):
        root["a"] = h5py.ExternalLink("other.h5", "/secret")

    with pytest.raises(DataFileError, match="a: is a link out of the file, which is not followed"):
        made(fill).array("a")


def test_data_in_another_file_are_not_read(made, tmp_path):
    (tmp_path / "raw").write_bytes(bytes(range(8)))

    def fill(root):
        root.create_dataset("a", (8,), dtype="u1", external=[(str(tmp_path / "raw"), 0, 8)])

    with pytest.raises(DataFileError, match="a: lies in another file, which is not opened"):
        made(fill).array("a")


def test_a_virtual_dataset_is_not_read(made):
    made(lambda root: root.create_dataset("a", data=[1, 2]), name="other.h5")

    def fill(root):
        layout = h5py.VirtualLayout(shape=(2,), dtype="i8")
        layout[:] = h5py.VirtualSource("other.h5", "a", shape=(2,))
        root.create_virtual_dataset("a", layout)

    with pytest.raises(DataFileError, match="a: is put together from other datasets"):
        made(fill).array("a")


def test_what_is_declared_and_never_stored_is_refused(made):
    def fill(root):
        root.create_dataset("a", (1 << 40,), dtype="u1", chunks=(1024,))

    with pytest.raises(DataFileError, match="a: declares 1099511627776 bytes and stores 0"):
        made(fill).array("a")


def test_a_piece_that_would_unpack_to_more_is_refused(made):
    def fill(root):
        held = root.create_dataset("a", (1024,), dtype="u1", chunks=(1024,), compression="gzip")
        held.id.write_direct_chunk((0,), zlib.compress(bytes(32 * 2**20), 9))

    with pytest.raises(DataFileError, match="bytes for a piece of 1024"):
        made(fill).array("a").read()


@pytest.mark.parametrize(
    ("chunk", "message"),
    [((1 << 20, 512), "in pieces of 536870912"), ((1, 1), "in more pieces than are read at once")],
)
def test_pieces_have_a_size_and_a_number(made, chunk, message):
    def fill(root):
        root.create_dataset("a", (1 << 21, 512), dtype="u1", chunks=chunk)

    with pytest.raises(DataFileError, match=message):
        made(fill).array("a", packed=np.inf).read()


def test_more_than_a_gigabyte_is_not_read_at_once(made):
    def fill(root):
        root.create_dataset("a", (1 << 31,), dtype="u1", chunks=(1 << 20,))

    with pytest.raises(DataFileError, match="would take 2147483648 bytes at once"):
        made(fill).array("a", packed=np.inf).read()


def test_a_group_of_too_many_objects_is_refused(made, monkeypatch):
    monkeypatch.setattr(hdf5, "MAX_CHILDREN", 3)
    file = made(lambda root: [root.create_group(f"g/{i}") for i in range(4)])
    with pytest.raises(DataFileError, match="g: holds 4 objects, more than 3"):
        file.names("g")


def test_a_filter_that_is_not_known_is_named(made):
    file = made(lambda root: root.create_dataset("a", data=np.zeros(999), compression="lzf"))
    with pytest.raises(DataFileError, match="a: is packed by filter 32000, which is not known"):
        file.array("a")


def test_a_filter_that_is_not_installed_says_what_to_install(made, monkeypatch):
    plugin = pytest.importorskip("hdf5plugin")
    file = made(lambda root: root.create_dataset("a", data=np.zeros(999), **plugin.Blosc2()))
    assert file.array("a").read().sum() == 0

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(hdf5_array, "import_module", missing)
    monkeypatch.setattr(h5py.h5z, "filter_avail", lambda number: number < 32000)
    with pytest.raises(InputError, match=r"packed by Blosc2, .* pip install 'peakwright\[cubes\]'"):
        file.array("a")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "does not begin as HDF5"), (b"\x89HDF\r\n\x1a\n" + bytes(99), "is broken or cut off")],
)
def test_what_is_no_file_of_hdf5_is_named(tmp_path, content, message):
    path = tmp_path / "a.h5"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=message):
        Hdf5(path)


def test_what_is_no_dataset_of_numbers_is_named(made):
    def fill(root):
        root["group/text"] = "text"
        root["group/one"] = 1.0

    file = made(fill)
    for path, message in {
        "none": "none: is not there",
        "group": "group: is no dataset",
        "group/text": "should hold numbers",
        "group/one": "should hold numbers",
    }.items():
        with pytest.raises(DataFileError, match=message):
            file.array(path)


def test_a_stretch_outside_is_refused(made):
    held = made(lambda root: root.create_dataset("a", data=[1, 2])).array("a")
    with pytest.raises(DataFileError, match="has no places 1 to 3 of 2"):
        held.read(1, 3)


def test_a_text_that_lies_about_its_length_takes_no_time(made, tmp_path):
    made(lambda root: root.attrs.update({"polarity": "Positive"})).close()
    content = bytearray((tmp_path / "a.h5").read_bytes())
    at = content.find(struct.pack("<IQ", 8, content.find(b"GCOL")))
    assert at > 0
    content[at : at + 4] = struct.pack("<I", 0xFFFFFFFF)
    (tmp_path / "a.h5").write_bytes(content)
    began = time.process_time()
    with pytest.raises(DataFileError, match="/ @polarity: is broken or cut off"):
        Hdf5(tmp_path / "a.h5").text("/", "polarity")
    assert time.process_time() - began < 2


@pytest.mark.parametrize("length", [0, 1 << 40, 0xFFFFFFFFFFFFFFF8])
@pytest.mark.parametrize("index", [0, 1])
def test_a_heap_that_does_not_go_on_is_refused(made, tmp_path, index, length):
    made(lambda root: root.attrs.update({"polarity": "Positive"})).close()
    content = bytearray((tmp_path / "a.h5").read_bytes())
    # The library goes over a heap for ever in which an item takes no room.
    at = content.find(b"GCOL") + 16
    content[at : at + 2] = struct.pack("<H", index)
    content[at + 8 : at + 16] = struct.pack("<Q", length)
    (tmp_path / "a.h5").write_bytes(content)
    file = Hdf5(tmp_path / "a.h5")
    with pytest.raises(DataFileError, match="is broken or cut off"):
        file.text("/", "polarity")


# --- sequences of variable length -------------------------------------------------------------------

LAYOUTS = {
    "together": {},
    "in chunks": {"chunks": (1, 3, 4)},
    "packed": {"chunks": (2, 3, 3), "compression": "gzip"},
    "shuffled": {"chunks": (2, 4, 5), "compression": "gzip", "shuffle": True},
}


def sequences(root, rng, **how):
    held = root.create_dataset("e", (4, 4, 5), dtype=h5py.vlen_dtype("u2"), **how)
    truth = {}
    # The last row is never written.
    for at in np.ndindex(3, 4, 5):
        truth[at] = rng.integers(0, 60_000, rng.integers(0, 6)).astype("u2")
        held[at] = truth[at]
    return truth


@pytest.mark.parametrize("version", ["earliest", "latest"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_sequences_are_those_that_were_written(made, rng, layout, version):
    truth = {}
    file = made(lambda root: truth.update(sequences(root, rng, **LAYOUTS[layout])), libver=version)
    held = Sequences(file, "e")
    for i in range(4):
        lengths, values = held.read(i)
        wanted = [truth.get((i, *at), np.zeros(0, "u2")) for at in np.ndindex(4, 5)]
        assert lengths.tolist() == [len(one) for one in wanted]
        np.testing.assert_array_equal(values, np.concatenate(wanted))


@pytest.mark.parametrize(
    ("offset", "kind", "value", "message"),
    [
        (0, "<I", 0x7FFFFFFF, "declares [0-9]+ numbers"),
        (0, "<I", 4, "declares 4 numbers where 6 bytes lie"),
        (4, "<Q", 1 << 40, "should have its numbers in a heap at byte 1099511627776"),
        (4, "<Q", 0, "should have its numbers in a heap at byte 0"),
        (12, "<I", 77, "declares 3 numbers where 0 bytes lie"),
    ],
)
def test_a_sequence_that_lies_is_named(made, tmp_path, offset, kind, value, message):
    def fill(root):
        held = root.create_dataset("e", (1, 2), dtype=h5py.vlen_dtype("u2"))
        held[0, 1] = np.array([1, 2, 3], dtype="u2")

    made(fill).close()
    content = bytearray((tmp_path / "a.h5").read_bytes())
    at = content.find(struct.pack("<IQ", 3, content.find(b"GCOL"))) + offset
    content[at : at + struct.calcsize(kind)] = struct.pack(kind, value)
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(DataFileError, match=message):
        Sequences(Hdf5(tmp_path / "a.h5"), "e").read(0)


def test_numbers_are_no_sequences(made):
    file = made(lambda root: root.create_dataset("e", data=[[1, 2]]))
    with pytest.raises(DataFileError, match="e: should hold sequences of numbers"):
        Sequences(file, "e")


# --- broken files -----------------------------------------------------------------------------------


def test_a_file_that_is_cut_off_is_named_wherever(made, tmp_path, rng):
    made(lambda root: sequences(root, rng, **LAYOUTS["packed"])).close()
    content = (tmp_path / "a.h5").read_bytes()
    for percent in range(0, 100, 4):
        (tmp_path / "cut").write_bytes(content[: len(content) * percent // 100])
        with pytest.raises(DataFileError):
            Sequences(Hdf5(tmp_path / "cut"), "e").read(0)
