"""What is saved, and where: as the command would, beside the file, and never half of it."""

from __future__ import annotations

import json
import shutil

import pytest

import references
import tofsims
import xps
import xrd
from peakwright.app.page import Desk
from peakwright.app.saving import folder_of
from peakwright.app.xps.fitting import saved
from peakwright.cli.main import main
from peakwright.cli.serve import app as serve_app
from references.words import InputError

CANDIDATES = ("LiCl", "Li2S", "Li3P")
LIBRARY = """
[source."own-2026"]
kind = "report"
citation = "Own measurement, 2026"
read_as = "record"

[species."GeS4"]
label = "thiogermanate GeS4 4-"
elements = ["Ge", "S"]
group = "insulator"
formula = "Li4GeS4"

[[line]]
core_level = "S 2p"
line = "2p3/2"
species = "GeS4"

[[line.energies]]
value = 160.4
low = 160.2
high = 160.6
unit = "eV"
scale = "C1s_284.8"
status = "measured"
source = ["own-2026"]
preferred = true
"""


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(LIBRARY)
    return path


@pytest.fixture
def spectra(tmp_path):
    path = tmp_path / "ex.vms"
    shutil.copy(xps.example_path(), path)
    return path


def quietly(_step):
    pass


def recipe_of(*levels, shift=0.32):
    return xps.Recipe(
        charge=(xps.Charge(shift=shift),),
        envelopes=tuple(xps.envelope(level, [species]) for level, species in levels),
    )


def result_in(folder, name):
    folder.mkdir()
    (folder / "result.json").write_text(json.dumps({"inputs": [{"path": name, "sha256": "00"}]}))


@pytest.mark.parametrize("technique", ["xps", "xrd", "tofsims"])
def test_files_of_one_stem_have_folders_of_their_own(tmp_path, technique):
    first, second = tmp_path / "S2p.vms", tmp_path / "S2p.csv"
    assert folder_of(first, technique).name == f"S2p_{technique}"
    result_in(folder_of(first, technique), first.name)
    assert folder_of(first, technique).name == f"S2p_{technique}"
    assert folder_of(second, technique).name == f"S2p.csv_{technique}"
    result_in(folder_of(second, technique), second.name)
    assert folder_of(second, technique).name == f"S2p.csv_{technique}"


def test_names_that_are_cut_alike_are_numbered(tmp_path):
    files = [tmp_path / f"{'a' * 90}{i}.vms" for i in range(4)]
    for one in files:
        result_in(folder_of(one, "xps"), one.name)
    assert len({folder_of(one, "xps") for one in files}) == len(files)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"inputs": []}', "[" * 5000, "no JSON"])
def test_what_is_no_result_of_ours_is_left_alone(tmp_path, text):
    folder = tmp_path / "S2p_xps"
    folder.mkdir()
    (folder / "result.json").write_text(text)
    assert folder_of(tmp_path / "S2p.vms", "xps").name == "S2p.vms_xps"


def test_a_save_that_fails_leaves_the_old_result_as_it_was(spectra):
    registry = references.load()
    folder = saved(spectra, recipe_of(("P 2p", "PS4")), registry, quietly)
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    wrong = recipe_of(("P 2p", "PS4"), ("O 1s", "Li2O"), shift=0.9)
    with pytest.raises(InputError):
        saved(spectra, wrong, registry, quietly)
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before


def test_nothing_is_written_before_all_is_fitted(spectra):
    there = []

    def begin(_step):
        there.append(sorted(one.name for one in spectra.parent.iterdir()))

    saved(spectra, recipe_of(("P 2p", "PS4")), references.load(), begin)
    assert there
    assert all(names == ["ex.vms"] for names in there)


class AtOnce:
    """A worker that does at once what it is given."""

    def __init__(self, given):
        self.kept = {"given": given}

    def another(self):
        return self

    def submit(self, work, deliver, *, lane="", failed=None):
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - as the real one
            failed(error)
        else:
            deliver(result)

    def drop(self, lane=""):
        pass


def save_in_page(technique, path, library, given):
    """Open a file in a view of a desk with a library, and save its result."""
    from importlib import import_module

    from bokeh.document import Document
    from bokeh.events import ButtonClick

    view = import_module(f"peakwright.app.{technique}.view")
    doc = Document()
    doc.add_root(view.build(path, references.load(library), AtOnce(given), doc, (library,)))
    (button,) = (m for m in doc.models if getattr(m, "label", None) == "Save result")
    button._trigger_event(ButtonClick(button))
    return folder_of(path, technique)


def assert_same(folder, out):
    for one in sorted(out.iterdir()):
        if one.name != "environment.json":
            assert (folder / one.name).read_bytes() == one.read_bytes(), one.name
    options = json.loads((folder / "result.json").read_text())["request"]["options"]
    assert [entry["path"] for entry in options["library"]] == ["mine.toml"]


def test_a_saved_fit_names_the_library_as_the_command_does(spectra, library, tmp_path):
    recipe = recipe_of(("P 2p", "PS4"))
    folder = saved(spectra, recipe, references.load(library), quietly, (library,))
    out, given = tmp_path / "out", folder / "recipe.toml"
    options = ["--recipe", str(given), "--library", str(library), "--out", str(out), "--json"]
    main(["xps", "fit", str(spectra), *options])
    assert_same(folder, out)


def test_a_saved_check_names_the_library_as_the_command_does(library, tmp_path):
    pytest.importorskip("bokeh")
    from xrd.recipe import Recipe

    path, out = tmp_path / "pattern.xy", tmp_path / "out"
    path.write_text(xrd.xy_text(xrd.example("unannealed")))
    seen = xrd.Instrument(radiation="Cu Ka")
    folder = save_in_page("xrd", path, library, Recipe(candidates=CANDIDATES, instrument=seen))
    candidates = ["--candidates", ",".join(CANDIDATES)]
    options = ["--radiation", "Cu Ka", *candidates, "--library", str(library)]
    main(["xrd", "check", str(path), *options, "--out", str(out), "--json"])
    assert_same(folder, out)


def test_a_saved_profile_names_the_library_as_the_command_does(library, tmp_path):
    pytest.importorskip("bokeh")
    from tofsims.recipe import Recipe

    path, out = tmp_path / "layer.itm", tmp_path / "out"
    tofsims.write_itm(path, tofsims.example(side=16, scans=24))
    folder = save_in_page("tofsims", path, library, Recipe(ions=("Cl-", "O-")))
    options = ["--ions", "Cl-,O-", "--library", str(library)]
    main(["tofsims", "profile", str(path), *options, "--out", str(out), "--json"])
    assert_same(folder, out)


def desk_of(monkeypatch, *arguments):
    """What the command puts on the desk."""
    from typer.testing import CliRunner

    desks = []

    def started(desk, *, port):
        desks.append(desk)
        raise InputError("enough")

    monkeypatch.setattr("peakwright.app.server.start", started)
    done = CliRunner().invoke(serve_app, [*map(str, arguments), "--no-browser"])
    return desks[0] if desks else done.exception


def test_the_command_puts_its_libraries_on_the_desk(spectra, library, monkeypatch):
    desk = desk_of(monkeypatch, spectra, "--library", library)
    assert isinstance(desk, Desk)
    assert desk.libraries == (library,)


def test_the_command_begins_with_a_recipe_of_each_technique(spectra, tmp_path, monkeypatch):
    import tofsims
    import xrd
    from tofsims import recipe as runs
    from xrd import recipe as patterns

    pattern = tmp_path / "powder.xy"
    pattern.write_text(xrd.xy_text(xrd.example("unannealed")))
    run = tofsims.write_itm(tmp_path / "run.itm", tofsims.example(side=8, scans=4))

    recipes = {
        "xps": (recipe_of(("P 2p", "PS4")), xps.to_toml),
        "xrd": (patterns.Recipe(candidates=("LiCl",)), patterns.to_toml),
        "tofsims": (runs.Recipe(ions=("Cl-",), dead_time_ns=40.0), runs.to_toml),
    }
    given = []
    for technique, (recipe, written) in recipes.items():
        path = tmp_path / f"{technique}.toml"
        path.write_text(written(recipe))
        given += ["--recipe", path]
    desk = desk_of(monkeypatch, spectra, pattern, run, *given)
    assert desk.given == {technique: recipe for technique, (recipe, _) in recipes.items()}
    twice = desk_of(monkeypatch, spectra, pattern, run, *given, *given[:2])
    assert "one of each technique" in str(twice)
    assert "open a file that it is for" in str(desk_of(monkeypatch, spectra, *given))


def test_a_page_hands_its_libraries_to_its_views(spectra, library, monkeypatch):
    pytest.importorskip("bokeh")
    from bokeh.document import Document
    from bokeh.models import Div

    from peakwright.app.opened import opened
    from peakwright.app.page import build_page

    given = []

    def build(path, registry, worker, doc, libraries):
        given.append(libraries)
        return Div()

    monkeypatch.setattr("peakwright.app.xps.view.build", build)
    desk = Desk(files=opened([spectra]), registry=references.load(), libraries=(library,))
    build_page(Document(), desk)
    assert given == [(library,)]
