"""Own files: what joins the library, what is refused and how; what the hash sees."""

from __future__ import annotations

import copy
import json

import pytest

from references import DataFileError, UnknownReferenceError, load, registry
from references.tables import fingerprint, join

OWN = """
[species.LiI]
label = "lithium iodide"
elements = ["Li", "I"]
group = "insulator"

[[line]]
core_level = "Li 1s"
line = "1s"
species = "LiI"
energies = [
    { value = 56.5, low = 56.2, high = 56.8, unit = "eV", scale = "C1s_284.8", status = "measured", source = ["ourlab"], preferred = true },
]

[[reaction]]
key = "LiI"
terms = { LiI = 1.0, Li0 = -1.0 }
status = "calculated"
source = ["ourlab"]

[source.ourlab]
kind = "report"
citation = "our own standard, 2026"
read_as = "paper"
retrieved = 2026-11-01
"""


def _loaded(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(text)
    return load(path)


def test_a_users_file_makes_a_new_registry(tmp_path):
    extended = _loaded(tmp_path, OWN)
    assert extended.line("Li 1s", "LiI").energy.value == 56.5
    assert extended.sha256 != load().sha256


def test_the_bundled_registry_stays_as_it_was(tmp_path):
    before = load().sha256
    _loaded(tmp_path, OWN)
    assert load().sha256 == before
    with pytest.raises(UnknownReferenceError):
        load().species("LiI")


def test_a_known_key_replaces_the_entry(tmp_path):
    text = OWN.replace('species = "LiI"', 'species = "LiCl"')
    extended = _loaded(tmp_path, text)
    assert extended.line("Li 1s", "LiCl").energy.value == 56.5
    assert len(extended.species_lines) == len(load().species_lines)


def test_two_files_extend_each_other(tmp_path):
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    parts = OWN.partition("[[reaction]]")
    source = OWN[OWN.index("[source") :]
    one.write_text(parts[0] + source)
    two.write_text(parts[1] + parts[2])
    assert load(one, two).reactions[-1].key == "LiI"


def test_a_date_of_toml_is_a_date(tmp_path):
    assert _loaded(tmp_path, OWN).source("ourlab").retrieved == "2026-11-01"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # no source
        ('source = ["ourlab"], ', "", "no source"),
        ('status = "calculated"\nsource = ["ourlab"]', 'status = "calculated"', "needs a source"),
        ('source = ["ourlab"]', "source = []", "needs a source"),
        ('source = ["ourlab"]', 'source = ["ourlap"]', "did you mean ourlab"),
        # a misspelt key
        ("value = 56.5", "valeu = 56.5", "'Li 1s LiI', energies: .*did you mean value"),
        ("label =", "lable =", "did you mean label"),
        ("terms =", "term =", "did you mean terms"),
        ("citation =", "citaton =", "did you mean citation"),
        ("[species.LiI]", "[spezies.LiI]", "did you mean species"),
        # a wrong type
        ("value = 56.5", 'value = "56.5"', "should be a number"),
        ("value = 56.5", "value = nan", "should be a number"),
        ("value = 56.5", "value = true", "should be a number"),
        ("value = 56.5", f"value = 1{'0' * 400}", "should be a number"),
        ('elements = ["Li", "I"]', 'elements = "LiI"', "as a list of texts"),
        ('label = "lithium iodide"', "label = 5", "needs label as text"),
        ('label = "lithium iodide"', 'label = ""', "needs label as text"),
        ("preferred = true", 'preferred = "yes"', "true or false"),
        ("terms = { LiI = 1.0, Li0 = -1.0 }", "terms = 3", "needs terms as a table"),
        ("LiI = 1.0, Li0", 'LiI = "one", Li0', "needs LiI as a number"),
        ("[species.LiI]", "[[species]]", r"write \[species"),
        ("[[line]]", "[line]", r"write \[\[line\]\]"),
        ("energies = [", "energies = [ 5,", "should be a table"),
        # a unit, a scale, a standing that is none
        ('unit = "eV"', 'unit = "meV"', "has unit 'meV'"),
        ('unit = "eV"', 'unit = "barn"', "has unit 'barn'"),
        ('scale = "C1s_284.8", ', "", "has no scale"),
        ('scale = "C1s_284.8"', 'scale = "C1s_284"', "did you mean C1s_284.8"),
        ('status = "measured"', 'status = "sure"', "has status 'sure'"),
        ('read_as = "paper"', 'read_as = "skimmed"', "has read_as 'skimmed'"),
        ('kind = "report"', 'kind = "reprot"', "did you mean report"),
        ('group = "insulator"', 'group = "isolator"', "did you mean insulator"),
        # a range
        ("low = 56.2", "low = 58.2", "above high"),
        ("low = 56.2, ", "", "only one end"),
        ("value = 56.5", "value = 56.5, u = 0.0", "u should be > 0"),
        ("value = 56.5", "value = 565.0", "outside 48 to 62 eV"),
        ("value = 56.5, low = 56.2, high = 56.8, ", "", "neither a value nor a range"),
        ("preferred = true", "preferred = false", "0 preferred energies"),
        # names that are not there
        ('core_level = "Li 1s"', 'core_level = "Li1s"', "did you mean Li 1s"),
        ('species = "LiI"', 'species = "LiJ"', "no species 'LiJ'"),
        ("LiI = 1.0, Li0", "LiJ = 1.0, Li0", "no species 'LiJ'"),
        ('line = "1s"', 'line = "2p1/2"', "the partner is derived"),
        # no library file
        ("[source.ourlab]", "[source.ourlab", "not TOML"),
        ("[[reaction]]", "[[line]]", "unknown key 'key'"),
    ],
    ids=lambda text: text[:20],
)
def test_a_wrong_entry_is_named(tmp_path, old, new, message):
    assert old in OWN
    with pytest.raises(DataFileError, match=message) as caught:
        _loaded(tmp_path, OWN.replace(old, new, 1))
    assert str(caught.value).startswith(str(tmp_path / "own.toml"))
    assert caught.value.action or "the partner" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no entries"),
        ("# only a comment\n", "holds no entries"),
        (OWN + '\n[species.LiI]\nlabel = "twice"\n', "not TOML"),
        ("x = " + "[" * 3000 + "]" * 3000, "nested too deeply"),
        ("x = " + "1" * 5000, "not TOML"),
        ("[[ions]]\nformula = 'Cl'\ncharge = 0x" + "f" * 5000, "not TOML"),
        ("species = 5", r"write \[species"),
        ("[species]\nLiI = 5", "should be a table of fields"),
        ("line = [5]", "should be a table of fields"),
        ("[phase.X]\nformula = 'X'\nspace_group = 231\n", "numbered 1 to 230"),
        ("[phase.X]\nformula = 'X'\nspace_group = 1.5\n", "whole number"),
        ("[imfp.X]\n", "has no density"),
        ("[beta.'S 2p']\nvalue = 1.0\n", "has no unit"),
        ("[radiation.X]\nquantity = 5\n", "should be a table"),
        ("[beyond.'X 1s']\nlow = 1\nhigh = 2\n", "has no hint"),
        ("[[ions]]\nformula = 'Cl'\ncharge = 0\n", "charge 0"),
        ("[[ions]]\nformula = 'Xx9('\ncharge = -1\n", "not elements and their numbers"),
        ("[[ions]]\nformula = 'Xx2'\ncharge = -1\n", "Xx is no element"),
        ("[[ions]]\nformula = 'C9999'\ncharge = -1\n", "more than 500 atoms"),
        ("[[separation]]\nspecis = 'LiCl'\n", "did you mean species"),
        ("[[shift_sign]]\ncore_level = 'Li 1s'\n", "has no species"),
        ("[[overlap]]\ncore_level = 'Li 1s'\nelement = 3\n", "needs element as text"),
        ("[sensitivity.X]\nphoton_eV = 1487.0\nrelative_u = 0.1\ngranularity = 'line'\n", "1253.6, 1486.6"),
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_a_wrong_file_is_refused_in_one_sentence(tmp_path, text, message):
    with pytest.raises(DataFileError, match=message) as caught:
        _loaded(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "own.toml"))
    assert caught.value.action
    assert "\n" not in str(caught.value)


def test_an_entry_may_not_stand_twice_in_a_list(tmp_path):
    lines = OWN[OWN.index("[[line]]") : OWN.index("[[reaction]]")]
    with pytest.raises(DataFileError, match="line 'Li 1s LiI': stands twice"):
        _loaded(tmp_path, OWN + lines)


@pytest.mark.parametrize("content", [b"\x89HDF\r\n\x1a\n\x00\xff", b"\xff\xfe[\x00s\x00"])
def test_a_binary_file_is_refused(tmp_path, content):
    path = tmp_path / "own.toml"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match="is not utf-8 text"):
        load(path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(DataFileError, match="is a folder"):
        load(tmp_path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    (tmp_path / "mine.toml").write_text(OWN)
    with pytest.raises(DataFileError, match=r"no such file; did you mean mine\.toml"):
        load(tmp_path / "mime.toml")


def test_a_second_energy_of_a_doublet_cannot_be_written_down(tmp_path):
    # The partner follows from the splitting; there is no field for an energy of its own.
    text = OWN.replace("value = 56.5", "value = 56.5, partner = 57.1")
    with pytest.raises(DataFileError, match="unknown key 'partner'"):
        _loaded(tmp_path, text)


def _places(content, path=()):
    """Every place in nested tables."""
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*path, key))


def test_no_mutant_of_the_library_gives_anything_but_data_or_a_named_error(rng):
    # Own files have the form of the library's: each place gets something else, or goes.
    tables = registry._read()
    bundled = ("version", "cross_section", "reported", "survey_line", "auger_group")
    own = {table: content for table, content in tables.items() if table not in bundled}
    # That a table is one is seen where the file is read.
    places = [place for place in _places(own) if len(place) > 1]
    others = [5, -1.5, "x", "", True, [], {}, ["x"], {"x": 1}, [[]], 10**400, float("inf"), None]
    for i in rng.choice(len(places), size=150, replace=False):
        mutant = _changed(own, places[i], others[rng.integers(len(others))])
        try:
            registry._build(join(tables, mutant, "own.toml", files := {}), files)
        except DataFileError as error:
            assert "\n" not in str(error)
            assert len(str(error)) < 1000


def _changed(tables, path, value):
    changed = copy.deepcopy(tables)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return changed


# --- the hash -------------------------------------------------------------------------------------


def _numbers(content, path=()):
    """Every place of a number in nested tables."""
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from _numbers(value, (*path, key))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield (*path, key)


def _edited(tables, path):
    found = tables
    for key in path:
        found = found[key]
    return _changed(tables, path, found + 1e-9)


def _shuffled(content, rng):
    """Rows in another order; a list of numbers keeps its own."""
    if isinstance(content, dict):
        keys = list(content)
        rng.shuffle(keys)
        return {key: _shuffled(content[key], rng) for key in keys}
    if isinstance(content, list) and content and isinstance(content[0], dict):
        rows = [_shuffled(row, rng) for row in content]
        rng.shuffle(rows)
        return rows
    return content


def test_the_hash_is_that_of_the_tables():
    assert fingerprint(registry._read()) == load().sha256


def test_the_hash_sees_any_edited_digit(rng):
    tables = registry._read()
    places = list(_numbers(tables))
    assert len(places) > 800
    hashes = {fingerprint(tables)}
    chosen = rng.choice(len(places), size=60, replace=False)
    for i in chosen:
        hashes.add(fingerprint(_edited(tables, places[i])))
    assert len(hashes) == 61


def test_the_hash_sees_a_digit_of_a_table_taken_whole():
    tables = registry._read()
    edited = copy.deepcopy(tables)
    edited["cross_section"][0]["sigma_barn"] = "13637.1"
    assert fingerprint(edited) != fingerprint(tables)


def test_the_hash_does_not_see_the_order_of_rows(rng):
    tables = registry._read()
    other = _shuffled(tables, rng)
    assert json.dumps(other, default=str) != json.dumps(tables, default=str)
    assert fingerprint(other) == fingerprint(tables)


def test_the_hash_sees_the_order_of_a_range():
    assert fingerprint({"window": [1.0, 2.0]}) != fingerprint({"window": [2.0, 1.0]})


def test_the_hash_does_not_see_a_comment(tmp_path):
    assert _loaded(tmp_path, "# a comment\n" + OWN).sha256 == _loaded(tmp_path, OWN).sha256


def test_the_hash_is_another_with_a_users_digit(tmp_path):
    assert _loaded(tmp_path, OWN.replace("56.5", "56.6")).sha256 != _loaded(tmp_path, OWN).sha256
