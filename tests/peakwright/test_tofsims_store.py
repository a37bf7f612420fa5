"""``peakwright tofsims store``: its document says what was asked for, and of what."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("zarr")

import tofsims
from peakwright import __version__
from peakwright.cli.main import main
from references.files import sha256


@pytest.fixture(scope="module")
def grd(tmp_path_factory):
    run = tofsims.example(side=12, scans=8)
    return tofsims.write_grd(tmp_path_factory.mktemp("events") / "run.grd", run)


def _json(capsys, arguments):
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("more", "options"), [([], {}), (["--raster", "12x12"], {"raster": "12x12"})]
)
def test_the_document_of_a_store_has_its_request(capsys, tmp_path, grd, more, options):
    out = tmp_path / "events.zarr"
    code, document = _json(capsys, ["tofsims", "store", str(grd), "--out", str(out), *more])
    assert code == 0
    assert document["request"] == {"command": "tofsims store", "options": options}
    assert document["inputs"] == [{"path": "run.grd", "sha256": sha256(grd)}]
    assert document["version"] == __version__
    assert document["registry"]["sha256"]
    assert document["store"] == "events.zarr"


def test_a_profile_of_a_store_names_all_that_is_in_it(capsys, tmp_path, grd):
    store, ions = tmp_path / "events.zarr", ["--ions", "Cl-,S-"]
    main(["tofsims", "store", str(grd), "--out", str(store), "--raster", "12x12"])
    capsys.readouterr()
    _, document = _json(capsys, ["tofsims", "profile", str(store), *ions])
    assert document["inputs"] == [
        {"path": "events.zarr", "sha256": tofsims.read(store).sha256},
    ]
    result = tmp_path / "result.json"
    result.write_text(json.dumps(document))
    chunk = max(
        (one for one in store.rglob("c/*") if one.is_file()), key=lambda o: o.stat().st_size
    )
    chunk.write_bytes(chunk.read_bytes()[:-1])
    assert main(["rerun", str(result), "--inputs", str(tmp_path)]) == 2
    assert "SHA-256" in capsys.readouterr().err


def test_a_store_is_made_anew_and_is_the_same(capsys, tmp_path, grd):
    out = tmp_path / "events.zarr"
    main(["tofsims", "store", str(grd), "--out", str(out), "--raster", "12x12", "--json"])
    result = tmp_path / "result.json"
    result.write_text(capsys.readouterr().out)
    assert main(["rerun", str(result), "--inputs", str(grd.parent)]) == 0
    assert "identical, byte for byte" in capsys.readouterr().out
