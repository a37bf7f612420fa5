"""``peakwright xps export`` and ``recipe --from-casaxps``, as a user gives them."""

from __future__ import annotations

import hashlib
import json
import shutil
import tomllib

import h5py
import numpy as np
import pytest

import xps
from peakwright.cli.main import main
from xps.example import example_path


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The example, and a result in a folder beside it."""
    folder = tmp_path_factory.mktemp("measured")
    file = folder / "interphase.vms"
    shutil.copyfile(example_path(), file)
    code = main(
        ["xps", "fit", str(file), "--region", "S 2p", "--region", "Cl 2p", "--species",
         "PS4,Li2S,LiCl", "--charge-reference", "C 1s:C-C", "--out", str(folder / "result")]
    )  # fmt: skip
    assert code == 0
    return folder


@pytest.fixture
def own(measured, tmp_path):
    """A copy to damage."""
    shutil.copytree(measured, tmp_path / "own")
    return tmp_path / "own"


def _run(capsys, *arguments):
    code = main(["xps", "export", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_vamas_and_back(measured, tmp_path, capsys):
    out = tmp_path / "fit.vms"
    code, said, _ = _run(capsys, measured / "result", "--to", "vamas", "--out", out)
    assert code == 0
    assert "2 fits written to" in said
    assert "background_recomputed" in said
    document = json.loads((measured / "result/result.json").read_text(encoding="utf-8"))
    again = xps.read(out)
    for fit in document["fits"]:
        casa = again.casa[fit["number"]]
        assert casa.energy_shift == pytest.approx(fit["charge"]["shift_eV"], abs=1e-12)
        photon = float(again.spectra[fit["number"]]["photon_energy"])
        ours = sorted((c["position_eV"], c["fwhm_eV"], c["area"]) for c in fit["components"])
        theirs = sorted(
            (photon - c.position_ke.value, c.fwhm.value, c.area.value) for c in casa.components
        )
        assert np.allclose(theirs, ours, rtol=1e-12, atol=0)


def test_the_spectra_are_the_measured_ones(measured, tmp_path, capsys):
    out = tmp_path / "fit.vms"
    _run(capsys, measured / "result", "--to", "vamas", "--out", out)
    before, after = xps.read(measured / "interphase.vms"), xps.read(out)
    for one, other in zip(before.spectra, after.spectra, strict=True):
        assert np.array_equal(one["counts"].values, other["counts"].values)
    fitted = {fit["number"] for fit in _fits(measured)}
    assert {i for i, casa in enumerate(after.casa) if casa is not None} == fitted


def _fits(folder):
    return json.loads((folder / "result/result.json").read_text(encoding="utf-8"))["fits"]


def test_the_measured_file_is_not_changed(measured, capsys):
    before = hashlib.sha256((measured / "interphase.vms").read_bytes()).hexdigest()
    code, _, _ = _run(capsys, measured / "result", "--to", "vamas")
    assert code == 0
    assert (measured / "result/interphase-fit.vms").is_file()
    assert hashlib.sha256((measured / "interphase.vms").read_bytes()).hexdigest() == before


def test_an_export_of_an_export_changes_only_what_it_exports(measured, tmp_path, capsys):
    """Of a file with CasaXPS fits one is replaced, and the rest stays byte for byte."""
    both, one = tmp_path / "both.vms", tmp_path / "one.vms"
    _run(capsys, measured / "result", "--to", "vamas", "--out", both)
    _run(capsys, measured / "result", "--to", "vamas", "--region", "s2p", "--out", one)
    found = xps.read(one)
    (fit,) = (fit for fit in _fits(measured) if fit["region"] == "S 2p")
    assert [i for i, casa in enumerate(found.casa) if casa is not None] == [fit["number"]]
    assert xps.read(both).casa[fit["number"]] == found.casa[fit["number"]]


def test_the_exported_fit_can_be_refitted(measured, tmp_path, capsys):
    out = tmp_path / "fit.vms"
    _run(capsys, measured / "result", "--to", "vamas", "--out", out)
    capsys.readouterr()
    code = main(["xps", "fit", str(out), "--from-casaxps", "--region", "Cl 2p", "--json"])
    refitted = json.loads(capsys.readouterr().out)
    assert code in {0, 1}
    (fit,) = refitted["fits"]
    (given,) = (fit for fit in _fits(measured) if fit["region"] == "Cl 2p")
    for one, other in zip(fit["components"], given["components"], strict=True):
        assert one["position_eV"] == pytest.approx(other["position_eV"], abs=0.02)
        assert one["area"] == pytest.approx(other["area"], rel=0.1)


def test_nexus(measured, tmp_path, capsys):
    out = tmp_path / "fit.nxs"
    code, said, _ = _run(capsys, measured / "result", "--to", "nexus", "--out", out)
    assert code == 0
    assert "nexus_incomplete" in said
    with h5py.File(out) as root:
        names = list(root)
        assert len(names) == 2
        document = json.loads((measured / "result/result.json").read_text(encoding="utf-8"))
        for name, fit in zip(names, document["fits"], strict=True):
            held = root[name]["fit/peak_0/function/fit_parameters/area"][()]
            assert held == fit["components"][0]["area"]
            library = root[name]["provenance/library_sha256"].asstr()[()]
            assert library == document["registry"]["sha256"]


def test_nexus_with_an_instrument(measured, tmp_path, capsys):
    instrument = tmp_path / "instrument.toml"
    instrument.write_text(
        'start_time = "2026-01-01T10:00:00+00:00"\ncollection_scheme = "angular dispersive"\n'
        'dispersion_scheme = "hemispherical"\nwork_function_eV = 4.3\n'
        'energy_scan_mode = "fixed_analyzer_transmission"\n'
    )
    out = tmp_path / "fit.nxs"
    code, said, _ = _run(
        capsys, measured / "result", "--to", "nexus", "--out", out, "--instrument", instrument
    )
    assert code == 0
    assert "nexus_incomplete" not in said
    with h5py.File(out) as root:
        scheme = root["entry_0_S_2p/instrument/electronanalyzer/energydispersion/scheme"]
        assert scheme.asstr()[()] == "hemispherical"


@pytest.mark.parametrize("to", ["vamas", "nexus"])
def test_equal_results_give_equal_bytes(measured, tmp_path, capsys, to):
    one, other = tmp_path / "one", tmp_path / "other"
    for out in (one, other):
        _run(capsys, measured / "result/result.json", "--to", to, "--out", out)
    assert one.read_bytes() == other.read_bytes()


def test_as_json(measured, tmp_path, capsys):
    out = tmp_path / "fit.vms"
    code, said, _ = _run(capsys, measured / "result", "--to", "vamas", "--out", out, "--json")
    document = json.loads(said)
    assert code == 0
    assert document["schema"] == "peakwright.xps.export/1"
    assert document["written"]["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert [one["path"] for one in document["inputs"]] == ["result.json", "interphase.vms"]
    assert {"background_recomputed", "knowledge_held"} <= {f["rule"] for f in document["findings"]}


# --- what is refused ------------------------------------------------------------------------------


def _refused(capsys, *arguments):
    code, out, said = _run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert said.count("\n") == 1
    return said


def test_another_measured_file_is_refused(own, capsys):
    with (own / "interphase.vms").open("ab") as stream:
        stream.write(b"\n")
    given = ["--measured", own / "interphase.vms"]
    said = _refused(capsys, own / "result", "--to", "vamas", "--out", own / "x.vms", *given)
    assert "SHA-256" in said
    (own / "result/environment.json").unlink()
    assert "SHA-256" in _refused(capsys, own / "result", "--to", "nexus", "--out", own / "x.nxs")
    assert sorted(p.name for p in own.iterdir()) == ["interphase.vms", "result"]


def test_a_measured_file_is_found_where_it_was_fitted(measured, tmp_path, capsys):
    shutil.copytree(measured / "result", tmp_path / "a" / "b")
    code, _, _ = _run(capsys, tmp_path / "a" / "b", "--to", "nexus")
    assert code == 0


@pytest.mark.parametrize("text", ["", "[]", "{", '{"inputs": [1, "\\u0000"]}', "[" * 100_000])
def test_a_damaged_environment_is_none(own, capsys, text):
    (own / "result/environment.json").write_text(text)
    code, _, _ = _run(capsys, own / "result", "--to", "nexus", "--region", "S 2p")
    assert code == 0


@pytest.mark.parametrize("name", ["x" * 5000, "../../etc/passwd", "", "a\\u0000b"])
def test_a_name_that_is_no_file(own, capsys, name):
    """A damaged result leads nowhere: only a base name is looked for."""
    (own / "result/environment.json").unlink()
    path = own / "result/result.json"
    damaged = path.read_text(encoding="utf-8").replace(
        '"path": "interphase.vms"', f'"path": "{name}"'
    )
    path.write_text(damaged, encoding="utf-8")
    assert "--measured" in _refused(capsys, path, "--to", "nexus")


def test_a_measured_file_that_is_not_there(own, capsys):
    (own / "result/environment.json").unlink()
    (own / "interphase.vms").rename(own / "elsewhere.vms")
    assert "--measured" in _refused(capsys, own / "result", "--to", "nexus")
    code, _, _ = _run(capsys, own / "result", "--to", "nexus", "--measured", own / "elsewhere.vms")
    assert code == 0


REFUSED = {
    "no result": (["nowhere.json", "--to", "vamas"], "no such file"),
    "no target": (["result", "--to", "excel"], "'vamas', 'nexus'"),
    "a region": (["result", "--to", "vamas", "--region", "O 1s"], "it has"),
    "a sensitivity set": (["result", "--to", "vamas", "--sensitivity-set", "mine"], "'mine'"),
    "a photon energy": (["result", "--to", "nexus", "--photon-energy", "nan"], "--photon-energy"),
    "another photon energy": (["result", "--to", "nexus", "--photon-energy", "21"], "states"),
    "a folder": (["result", "--to", "nexus", "--out", "result"], "is a folder"),
    "an input": (["result", "--to", "vamas", "--out", "interphase.vms"], "not written over"),
    "the result": (["result", "--to", "vamas", "--out", "result/result.json"], "not written over"),
    "no instrument": (["result", "--to", "nexus", "--instrument", "result/rows.csv"], "TOML"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(own, capsys, monkeypatch, case):
    monkeypatch.chdir(own)
    arguments, named = REFUSED[case]
    assert named in _refused(capsys, *arguments)
    assert sorted(p.name for p in own.iterdir()) == ["interphase.vms", "result"]


# --- a measured file that is no VAMAS -------------------------------------------------------------


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Two columns, fitted: no photon energy, no counting time."""
    folder = tmp_path_factory.mktemp("table")
    spectrum = xps.example("P 2p")
    energy, counts = spectrum["binding_energy"].values, spectrum["counts"].values
    rows = "\n".join(f"{e:.3f},{n:.0f}" for e, n in zip(energy, counts, strict=True))
    (folder / "p2p.csv").write_text(f"Binding Energy (eV),Counts\n{rows}\n")
    code = main(
        ["xps", "fit", str(folder / "p2p.csv"), "--region", "P 2p", "--species", "PS4",
         "--charge-shift", "0", "--out", str(folder / "result")]
    )  # fmt: skip
    assert code in {0, 1}
    return folder


def test_a_new_vamas_file_needs_the_photon_energy(table, capsys):
    assert "--photon-energy" in _refused(capsys, table / "result", "--to", "vamas")


def test_a_new_vamas_file(table, tmp_path, capsys):
    out = tmp_path / "p2p.vms"
    code, said, _ = _run(
        capsys, table / "result", "--to", "vamas", "--photon-energy", "1486.6", "--out", out
    )
    assert code == 0
    assert "time_unknown" in said
    reading = xps.read(out)
    assert reading.spectra[0].attrs["region"] == "P 2p"
    (line, partner) = reading.casa[0].components
    assert (partner.area.link, partner.position_ke.link) == (0, 0)
    assert reading.spectra[0].sizes == xps.read(table / "p2p.csv").spectra[0].sizes
    assert line.tag == "P 2p"


def test_a_series_is_said_to_be_one(tmp_path, capsys):
    path = tmp_path / "result.json"
    path.write_text('{"schema": "peakwright.xps.series/1"}')
    assert "result of a series" in _refused(capsys, path, "--to", "vamas")


# --- CasaXPS's fit as a recipe --------------------------------------------------------------------


def test_a_casaxps_fit_as_a_recipe(measured, tmp_path, capsys):
    out = tmp_path / "fit.vms"
    _run(capsys, measured / "result", "--to", "vamas", "--out", out)
    assert main(["xps", "recipe", "--from-casaxps", str(out), "--region", "S 2p"]) == 0
    recipe = tomllib.loads(capsys.readouterr().out)
    (envelope,) = recipe["envelope"]
    texts = [component["position"] for component in envelope["components"]]
    assert sum(" + 1.1" in text for text in texts) == 2  # a partner hangs on its major line
    assert recipe["charge"]["shift"] == pytest.approx(_fits(measured)[0]["charge"]["shift_eV"])


def test_every_casaxps_fit_becomes_a_recipe_that_is_refitted(data_dir, tmp_path, capsys):
    file = data_dir / "xps/cheminfo-vamas/assigned.vms"
    assert main(["xps", "recipe", "--from-casaxps", str(file)]) == 0
    path = tmp_path / "casa.toml"
    path.write_text(capsys.readouterr().out)
    recipe = xps.read_recipe(path)
    assert len(recipe.envelopes) == 15
    assert len({charge.sample for charge in recipe.charge}) == 6
    code = main(["xps", "fit", str(file), "--recipe", str(path), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert code in {0, 1, 3}
    assert len(document["fits"]) == 15
    casa = [fit for fit in xps.read(file).casa if fit and fit.components]
    assert sum(len(fit["components"]) for fit in document["fits"]) == sum(
        len(fit.components) for fit in casa
    )


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "--from-casaxps"),
        (["--sample", "a", "--region", "S 2p"], "--sample belongs to --from-casaxps"),
        (["--from-casaxps", str(example_path())], "no CasaXPS fit"),
        (["--from-casaxps", str(example_path()), "--species", "PS4"], "not both"),
        (["--from-casaxps", "nowhere.vms"], "no such file"),
    ],
)
def test_a_recipe_that_cannot_be_made(capsys, arguments, named):
    assert main(["xps", "recipe", *arguments]) == 2
    assert named in capsys.readouterr().err
