"""The methods paragraph and the table: each statement from the document, numbers by their u."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import shutil

import pytest

import xrd
from peakwright.cli.main import main
from peakwright.methods import methods_of, paragraph_of, si_table, sources_of, table_of
from peakwright.methods.given import estimate
from references import load
from xps.example import example_path


def _printed(words):
    """The document that a command prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        main([*words, "--json"])
    return json.loads(printed.getvalue())


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("methods")


@pytest.fixture(scope="module")
def fitted(home):
    words = ["xps", "fit", example_path(), "--species", "PS4,Li2S,LiCl"]
    regions = ["--region", "P 2p", "--region", "S 2p", "--region", "Cl 2p"]
    more = ["--charge-reference", "C 1s:C-C", "--basis", "atomic", "--out", str(home / "fit")]
    assert main([*words, *regions, *more]) in {0, 1}
    return json.loads((home / "fit" / "result.json").read_text())


@pytest.fixture(scope="module")
def powder(home):
    file = home / "annealed.xy"
    file.write_text(xrd.xy_text(xrd.example("annealed")))
    words = ["xrd", "check", str(file), "--radiation", "Cu Ka", "--candidates", "LiCl,Li2S"]
    return _printed([*words, "--limit", "12"])


@pytest.fixture(scope="module")
def layer(home):
    import tofsims
    from tofsims.example import example

    file = tofsims.write_itm(home / "interlayer.itm", example())
    words = ["tofsims", "profile", str(file), "--ions", "Cl-,InCl-", "--margin", "4"]
    return _printed([*words, "--normalise", "total"])


BY_TOTAL = "counts a point normalised by total"
"""How the counts of ``layer`` are headed."""


def _without(document, name):
    """A document in which nothing is called so."""
    if isinstance(document, dict):
        return {key: _without(one, name) for key, one in document.items() if key != name}
    return [_without(one, name) for one in document] if isinstance(document, list) else document


# --- XPS ------------------------------------------------------------------------------------------


def test_software_library_and_file_are_named(fitted):
    told = paragraph_of(fitted)
    assert f"peakwright {fitted['version']}" in told
    assert f"library {fitted['registry']['version']}" in told
    assert fitted["registry"]["sha256"][:12] in told
    assert fitted["inputs"][0]["path"] in told


@pytest.mark.parametrize(
    ("statistic", "said"),
    [
        ("poisson", "Poisson likelihood was maximised"),
        ("sqrt_counts", "weighted by 1/counts"),
        ("unweighted", "unweighted squared residuals"),
    ],
)
def test_the_statistic_is_that_of_the_recipe(fitted, statistic, said):
    document = json.loads(json.dumps(fitted))
    for envelope in document["recipe"]["envelope"]:
        envelope["statistic"] = statistic
    assert said in paragraph_of(document)


def test_a_statistic_that_differs_is_told_with_its_regions(fitted):
    document = json.loads(json.dumps(fitted))
    document["recipe"]["envelope"][0]["statistic"] = "unweighted"
    region = document["recipe"]["envelope"][0]["region"]
    assert f"For {region} the unweighted squared residuals were minimised and for " in (
        paragraph_of(document)
    )


@pytest.mark.parametrize(
    ("background", "said"),
    [
        ({"kind": "tougaard", "mode": "active", "slope": False}, "an active Tougaard background,"),
        ({"kind": "linear", "mode": "active"}, "an active linear background,"),
        ({"kind": "shirley", "mode": "static", "end_points": 7}, "averaged over 7 channels"),
        ({}, "The background was not recorded"),
    ],
)
def test_the_background_is_that_of_the_recipe(fitted, background, said):
    document = json.loads(json.dumps(fitted))
    for envelope in document["recipe"]["envelope"]:
        envelope["background"] = background
    assert said in paragraph_of(document)


def test_constants_have_the_value_and_u_that_the_fit_used(fitted):
    told = paragraph_of(fitted)
    used = {
        given["source"]: (given["value"], given["u"])
        for row in fitted["fractions"]
        for given in row.get("contributions", [])
        if given["part"] == "constraints"
    }
    assert used["S 2p splitting"] == (1.18, 0.0173)
    assert "S 2p 1.180 ± 0.017 eV" in told
    assert "S 2p 0.511 ± 0.011" in told
    assert "Gaussian prior knowledge" in told


def test_held_and_free_constants_are_told_as_such(fitted):
    for knowledge, said in (("hard", "were held"), ("free", "width ratios were free")):
        document = json.loads(json.dumps(fitted))
        for envelope in document["recipe"]["envelope"]:
            envelope["knowledge"] = knowledge
        assert said in paragraph_of(document)


def test_a_constant_of_another_library_is_not_given_this_ones_sources(fitted):
    document = json.loads(json.dumps(fitted))
    document["registry"]["sha256"] = 64 * "0"
    told = paragraph_of(document)
    assert "S 2p 1.180 ± 0.017 eV" in told
    assert re.search(r"prior knowledge\.", told)


@pytest.mark.parametrize(
    ("tie", "said"),
    [
        ({"fwhm": "2.6 in 2.3 .. 4.5"}, "FWHM 2.6 within 2.3 to 4.5 eV"),
        ({"position": "160.85 +- 0.15"}, "position 160.85 ± 0.15 eV"),
        ({"position": "PS4 - 1.5"}, "position PS4 - 1.5 eV"),
        ({"position": "= PS4"}, "position = PS4;"),
        ({"fwhm": "PS4 * 1.1"}, "FWHM PS4 * 1.1;"),
        ({"area": "Ga 3s * 0.5"}, "area Ga 3s * 0.5;"),
    ],
)
def test_energies_of_ties_have_their_unit(fitted, tie, said):
    document = json.loads(json.dumps(fitted))
    document["recipe"]["envelope"][0]["components"][0] |= tie
    document["recipe"]["envelope"][1]["components"][0] |= {"position": "161.5 fixed"}
    assert said in paragraph_of(document)


def test_what_the_recipe_ties_is_told_as_it_is_written(fitted):
    document = json.loads(json.dumps(fitted))
    document["recipe"]["envelope"][0]["components"][0]["position"] = "132.0123456 fixed"
    assert "position 132.01 eV fixed" in paragraph_of(document)


def test_the_charge_reference_is_cited_and_its_u_is_common(fitted):
    told = paragraph_of(fitted)
    assert "referenced to C 1s C-C = 284.8 eV (shift 0.32 ± 0.12 eV" in told
    assert "thermo-xps" not in told
    assert any("Thermo" in source for source in sources_of(fitted))


@pytest.mark.parametrize(
    ("charge", "said"),
    [
        ({}, "no charge reference was declared"),
        ({"shift_eV": 0.5, "reference": "given shift of +0.500 eV"}, "uncertainty of which is unk"),
        ({"shift_eV": 0.5, "shift_u_eV": 0.1, "reference": "given shift"}, "0.50 ± 0.10 eV"),
    ],
)
def test_the_energy_scale_is_told_as_far_as_it_is_known(fitted, charge, said):
    document = json.loads(json.dumps(fitted))
    for fit in document["fits"]:
        fit["charge"] = charge
    assert said.casefold() in paragraph_of(document).casefold()


def test_atomic_fractions_tell_set_attenuation_and_transmission(fitted):
    told = paragraph_of(fitted)
    assert "set scofield_al (P 2p 1.192, S 2p 1.677 and Cl 2p 2.285; relative u 5 %)" in told
    assert "TPP-2M in Li6PS5Cl (relative u 10 %)" in told
    assert "a transmission assumed to be constant (relative u 10 %)" in told
    assert any("Scofield" in source for source in sources_of(fitted))


def test_without_contributions_the_factors_are_said_to_be_unknown(fitted):
    told = paragraph_of(_without(fitted, "contributions"))
    assert "The sensitivity factors are not recorded in the result." in told


def test_a_fit_that_did_not_converge_is_named(fitted):
    document = json.loads(json.dumps(fitted))
    document["fits"][0]["assessment"] = "at_bound"
    region = document["fits"][0]["region"]
    said = f"One fit was not settled: {region} (stopped at a bound); of it no"
    assert said in paragraph_of(document)


def test_one_region_and_many_are_told_in_their_number(fitted):
    document = json.loads(json.dumps(fitted))
    assert "The regions P 2p, S 2p and Cl 2p of" in paragraph_of(document)
    document["fits"] = document["fits"][:1]
    assert "The region P 2p of" in paragraph_of(document)
    assert "was fitted by envelopes" in paragraph_of(document)


def test_every_source_has_its_number_in_the_text(fitted):
    told = paragraph_of(fitted)
    groups = [group.split(", ") for group in re.findall(r"\[([\d, -]+)\]", told)]
    ends = [one.split("-") for group in groups for one in group]
    cited = {n for end in ends for n in range(int(end[0]), int(end[-1]) + 1)}
    sources = sources_of(fitted)
    assert cited == set(range(1, len(sources) + 1))
    known = {source.citation for source in load().sources}
    assert all(any(citation in source for citation in known) for source in sources)


def test_what_the_document_does_not_record_is_said(fitted):
    assert "pass energy and the spectrometer are not recorded" in paragraph_of(fitted)


def test_the_table_has_a_row_for_each_line(fitted):
    header, *rows = si_table(fitted)
    lines = [line for fit in fitted["fits"] for line in fit["components"]]
    assert [row[header.index("line")] for row in rows] == [line["line"] for line in lines]
    assert "energy / eV" in header
    assert "FWHM / eV" in header
    assert "area / (counts/s*eV)" in header
    assert "atomic, of P+S+Cl / %" in header


def test_a_row_has_its_numbers_by_their_u_and_what_held_it(fitted):
    header, *rows = si_table(fitted)
    minor = next(row for row in rows if row[header.index("line")] == "S 2p1/2")
    assert minor[header.index("constraint")] == (
        "splitting 1.180 ± 0.017 eV (prior), ratio 0.511 ± 0.011 (prior)"
    )
    line = next(c for f in fitted["fits"] for c in f["components"] if c["line"] == "S 2p1/2")
    told = estimate(line["estimates"]["position_eV"])
    value, u = minor[header.index("energy / eV")].split(" ± ")
    assert (float(value), float(u)) == pytest.approx((told.value, told.u), abs=0.5 * told.u)
    assert len(u.lstrip("0.")) == 2


def test_the_exact_table_has_the_documents_floats(fitted):
    header, *rows = table_of(fitted).exact()
    values = [row[header.index("energy / eV")] for row in rows]
    assert values == [c["position_eV"] for f in fitted["fits"] for c in f["components"]]
    shares = {row[header.index("share of the level")] for row in rows} - {None}
    known = {row["value"] for fit in fitted["fits"] for row in fit["fractions"]}
    assert shares <= known


def test_a_line_without_u_says_why(fitted):
    document = json.loads(json.dumps(fitted))
    line = document["fits"][0]["components"][0]
    low, _ = line["limits"]["fwhm_eV"]
    bare = {"u": None, "u_parts": {}, "low": None, "high": None, "level": None, "kind": "standard"}
    line["estimates"]["position_eV"] |= bare
    line["estimates"]["fwhm_eV"] |= bare | {"value": low}

    def told():
        header, row, *_ = si_table(document)
        return [row[header.index(title)] for title in ("energy / eV", "FWHM / eV")]

    position = line["estimates"]["position_eV"]["value"]
    assert told() == [
        f"{position:.5g} (not determined)",
        f"{low:.5g} (at its bound, not determined)",
    ]
    header, row, *_ = table_of(document).exact()
    assert row[header.index("kind(FWHM)")] == "at its bound, not determined"
    document["fits"][0]["assessment"] = "max_iter"
    assert told()[0] == f"{position:.5g} (no u: the fit is not settled)"


def test_what_is_fixed_has_no_u_and_says_so(fitted):
    document = json.loads(json.dumps(fitted))
    share = document["fits"][2]["fractions"][0]
    assert share["kind"] == "fixed"
    # A level of its own makes no interval of it.
    share |= {"u": 0.0, "low": 1.0, "high": 1.0, "level": 0.95}
    header, *rows = table_of(document).exact()
    at = header.index("share of the level")
    assert [1.0, None, None, "fixed"] in [row[at : at + 4] for row in rows]


# --- XRD and TOF-SIMS -----------------------------------------------------------------------------


def test_a_powders_radiation_candidates_and_limit_are_told(powder):
    told = paragraph_of(powder)
    assert "The radiation was Cu Ka [" in told
    assert "Two candidates were asked for beside it: LiCl and Li2S [" in told
    assert f"above {powder['threshold_sigma']:.2f} standard deviations" in told
    assert "more than 12 % of the mass" in told
    assert "The verdict was single phase: no other phase was seen" in told
    axis = powder["lattice"]["axes"][0]
    assert f"a = {axis['value']:.4f} ± {axis['u']:.4f} Angstrom" in told


def test_what_a_powders_document_does_not_record_is_said(powder):
    bare = {name: one for name, one in powder.items() if name not in {"recipe", "request"}}
    assert "The radiation had the wavelengths 1.540593 and 1.544427 Angstrom." in paragraph_of(bare)
    bare["profile"] = {}
    told = paragraph_of(bare)
    assert "The radiation is not recorded in the result." in told
    assert "a limit that is not recorded" in told


@pytest.mark.parametrize(
    "verdict", ["single_phase", "impurity", "unidentified", "wrong_phase", "undecidable"]
)
def test_every_verdict_has_a_meaning(powder, verdict):
    from xrd.verdict import Verdict

    assert verdict in set(Verdict)
    told = paragraph_of(powder | {"verdict": verdict})
    assert f"The verdict was {verdict.replace('_', ' ')}: " in told
    assert "its meaning is not recorded" not in told


def test_a_powders_table_has_fractions_and_limits(powder):
    header, *rows = si_table(powder)
    by_phase = {row[0]: row for row in rows}
    assert by_phase["LiCl"][header.index("mass fraction / %")].startswith("< ")
    exact = table_of(powder).exact()
    limit = exact[0].index("limit(mass fraction)")
    told = {one["phase"]: one["upper_limit"] for one in powder["phases"]}
    assert {row[0]: row[limit] for row in exact[1:]} == told


def test_limits_of_a_powder_are_rounded_up_as_on_the_page(powder):
    document = json.loads(json.dumps(powder))
    for one in document["phases"]:
        one["detection_limit"] = 0.0054056599854000855
    header, *rows = si_table(document)
    assert {row[header.index("detection limit / %")] for row in rows} == {"0.55"}
    header, *rows = table_of(document).exact()
    assert {row[header.index("detection limit")] for row in rows} == {0.0054056599854000855}


@pytest.mark.parametrize("u", [None, 0.0])
def test_a_phase_modelled_alone_is_fixed(powder, u):
    document = json.loads(json.dumps(powder))
    document["phases"][0]["u"] = u
    header, row, *_ = table_of(document).exact()
    assert row[0] == "Li6PS5Cl"
    at = header.index("mass fraction")
    assert row[at : at + 4] == [1.0, None, None, "fixed"]
    assert si_table(document)[1][2] == "100 (fixed)"


def test_a_lattice_is_value_and_u_in_columns_with_their_unit(powder):
    header, *rows = table_of(powder).exact()
    axis = powder["lattice"]["axes"][0]
    at = header.index("a / Angstrom")
    assert header[at + 1] == "u(a) / Angstrom"
    assert rows[0][at : at + 2] == [axis["value"], axis["u"]]
    assert all(row[at : at + 2] == [None, None] for row in rows[1:])


def test_a_profiles_ions_margin_and_normalisation_are_told(layer):
    told = paragraph_of(layer)
    assert "The signals of Cl- and InCl- (negative polarity) were followed" in told
    assert "lies within 4 %" in told
    assert "Intensities were divided by the total of all ions." in told
    assert "dead time of 65 ns, assumed" in told
    assert f"sf {layer['calibration']['sf']:.6g}" in told
    assert f"{layer['window'][0]:g} to {layer['window'][1]:g} s" in told


def test_a_profiles_table_has_counts_and_changes(layer):
    header, *rows = table_of(layer).exact()
    assert [row[0] for row in rows] == ["Cl-", "InCl-"]
    counts = [sum(one["counts"]) for one in layer["ions"]]
    assert [row[header.index("raw counts (whole profile)")] for row in rows] == counts
    changes = [one["slope_percent"] for one in layer["uniformity"]]
    window = f"{layer['window'][0]:g} to {layer['window'][1]:g} s"
    assert [row[header.index(f"change ({window}) / %")] for row in rows] == changes


def test_counts_a_point_say_of_which_part_of_the_profile(layer):
    header, *rows = table_of(layer).exact()
    window = f"{layer['window'][0]:g} to {layer['window'][1]:g} s"
    means = [one["mean"] for one in layer["uniformity"]]
    assert [row[header.index(f"{BY_TOTAL} ({window})")] for row in rows] == means


def test_counts_a_point_are_those_of_the_report_with_their_u(layer):
    from peakwright.agreement.documents import read_document
    from peakwright.agreement.tofsims import levels, within_window

    document = read_document(layer)
    whole, inside = levels(document), within_window(document)
    header, *rows = table_of(layer).exact()
    window = f"{layer['window'][0]:g} to {layer['window'][1]:g} s"
    for row in rows:
        for over, told in (
            ("whole profile", whole[row[0]].estimate()),
            (window, inside[row[0]]),
        ):
            at = header.index(f"{BY_TOTAL} ({over})")
            assert row[at : at + 2] == pytest.approx([told.value, told.u])


def test_counts_of_an_ion_that_is_not_seen_are_a_limit(layer):
    from peakwright.agreement.documents import read_document
    from peakwright.agreement.tofsims import levels

    document = json.loads(json.dumps(layer))
    ion = document["ions"][0]
    ion["corrected"], ion["u"] = [0.0 for _ in ion["counts"]], [0.0 for _ in ion["counts"]]
    limit = levels(read_document(document))[ion["ion"]].estimate().high
    header, row, *_ = table_of(document).exact()
    at = header.index(f"{BY_TOTAL} (whole profile)")
    assert row[at : at + 2] == [None, None]
    assert row[at + 2] == pytest.approx(limit, rel=1e-3)
    assert row[at + 3] == "upper_limit"


def test_ends_of_intervals_are_numbers_of_their_own(layer):
    header, *rows = table_of(layer).exact()
    for title, name in (("m/z window", "ions"), ("95 % interval", "uniformity")):
        key = "window_u" if name == "ions" else "interval_percent"
        unit = "" if name == "ions" else " / %"
        at = header.index(f"low({title}){unit}")
        assert header[at + 1] == f"high({title}){unit}"
        assert [row[at : at + 2] for row in rows] == [one[key] for one in layer[name]]


def test_a_mass_window_is_no_uncertainty(layer):
    header = si_table(layer)[0]
    assert "m/z window" in header
    assert not any(title.endswith("/ u") for title in header)


# --- two patterns, and many files -----------------------------------------------------------------


@pytest.fixture(scope="module")
def both(powder):
    """Of `xrd compare`: the same pattern twice, the second with another outcome."""
    found = [{**one, "presence": "present"} for one in powder["phases"][:2]]
    return {
        "schema": "peakwright.xrd.compare/1",
        "inputs": [{"path": "before.xy"}, {"path": "after.xy"}],
        "registry": powder["registry"],
        "a": powder | {"verdict": "impurity", "phases": found},
        "b": powder,
        "changes": [{"phase": powder["phases"][1]["phase"], "change": "not_seen"}],
        "lattice_stretch": 1e-4,
        "lattice_stretch_u": 7e-4,
    }


def test_thresholds_that_differ_are_told_with_their_patterns(both):
    assert "for before.xy" not in paragraph_of(both).partition("A candidate")[2].partition(". ")[0]
    told = paragraph_of(both | {"a": both["a"] | {"threshold_sigma": 3.5}})
    mine = f"{both['b']['threshold_sigma']:.2f} standard deviations for after.xy (B)"
    assert f"above 3.50 standard deviations for before.xy (A) and {mine}" in told


def test_two_patterns_are_told_by_their_files(both):
    told = paragraph_of(both)
    assert "The verdict on before.xy (A) was impurity: " in told
    assert "The verdict on after.xy (B) was single phase: " in told
    assert "From before.xy (A) to after.xy (B) the lattice changed by" in told


def test_what_holds_of_both_patterns_is_said_once(both):
    share = {"phase": "LiCl", "presence": "present", "u_parts": {"counting": 0.01}}
    alike = both["b"] | {"phases": [*both["b"]["phases"], share]}
    told = paragraph_of(both | {"a": alike, "b": alike})
    for once in ("verdict on before.xy (A) and after.xy (B) was", "uncertainties u of fractions"):
        assert told.count(once) == 1
    for once in ("lattice was refined to", "Detection limits are", "The verdict"):
        assert told.count(once) == 1


def test_no_raw_word_of_a_document_is_printed(both, fitted):
    printed = [cell for document in (both, fitted) for row in si_table(document) for cell in row]
    paragraphs = [paragraph_of(both), paragraph_of(fitted).replace("scofield_al", "")]
    files = {one["path"] for one in fitted["inputs"]}
    words = " ".join([*printed, *paragraphs])
    for name in files:
        words = words.replace(name, "")
    assert "not seen" in words
    assert "pseudo-Voigt" in words
    assert not re.findall(r"\b[a-z]+_[a-z_]+\b", words)


def batch(technique, recipe):
    """Of `batch`: one file that was evaluated, one that failed, one that nobody could read."""
    return {
        "schema": "peakwright.batch/1",
        "version": "0.1.0",
        "technique": technique,
        "outcomes": {"at_bound": 1},
        "inputs": [{"path": "good.vms"}, {"path": "broken.vms"}],
        "failures": [{"file": "broken.vms", "error": "DataFileError", "message": "cut off"}],
        "skipped": [{"file": "notes.txt", "reason": "no reader takes it"}],
        "recipe": recipe,
    }


def test_a_batch_names_as_measured_only_what_was(fitted):
    told = paragraph_of(batch("xps", fitted["recipe"]))
    assert told.startswith("The XPS data (file good.vms) were evaluated")
    assert "One further file (broken.vms) could not be evaluated and has no part" in told
    assert "One further file (notes.txt) could not be read" in told
    assert "The outcome of one spectrum was stopped at a bound (1)." in told
    assert "Poisson likelihood was maximised" in told


def test_many_files_are_told_by_their_number(fitted):
    document = batch("xps", fitted["recipe"])
    document["inputs"] += [{"path": f"{n}.vms"} for n in range(99)]
    assert "The XPS data (100 files) were evaluated" in paragraph_of(document)


@pytest.mark.parametrize(
    ("technique", "recipe", "said"),
    [
        ("xrd", {"phase": "Li6PS5Cl", "candidates": ["LiCl"]}, "The powder should be Li6PS5Cl"),
        ("tofsims", {"ions": ["Cl-"], "dead_time_ns": 50.0}, "The signal of Cl- was followed."),
        ("", {}, "One recipe was applied to one file"),
    ],
)
def test_a_batch_of_any_technique_tells_its_recipe(technique, recipe, said):
    assert said in paragraph_of(batch(technique, recipe))


BARE = {
    "envelope": [
        {
            "region": "S 2p",
            "components": [{"name": "PS4", "core_level": "S 2p", "species": "PS4"}],
        }
    ]
}
"""A recipe of XPS as a user writes it: what it leaves out is as it is by default."""


@pytest.mark.parametrize(
    ("charge", "said"),
    [
        ({}, "No charge reference was declared"),
        ({"shift": 0.32}, "Binding energies were shifted by +0.320 eV, the uncertainty of which"),
        ([{"shift": 0.32, "u": 0.12}], "Binding energies were shifted by 0.32 ± 0.12 eV"),
        ({"shift": 0.3, "reference": "Au 4f"}, "referenced to Au 4f (shift +0.300 eV"),
        ({"line": "C 1s:C-C"}, "Binding energies were referenced to C 1s C-C."),
        (
            [{"shift": 0.3}, {"shift": 0.5, "sample": "cell 2", "region": "S 2p"}],
            "For S 2p of cell 2 binding energies were shifted by +0.500 eV, the uncertainty of "
            "which is unknown, as the user gave it; for all others binding energies were shifted "
            "by +0.300 eV",
        ),
        ([{"shift": 0.5, "sample": "cell 2"}], "for all others no charge reference was declared"),
    ],
)
def test_a_batch_tells_the_charge_reference_of_its_recipe(charge, said):
    recipe = BARE | ({"charge": charge} if charge else {})
    told = paragraph_of(batch("xps", recipe))
    assert said in told
    assert ("No charge reference was declared" in told) == (not charge)
    # The same of a recipe that is told as it is written, for it has what no recipe has.
    assert said in paragraph_of(batch("xps", recipe | {"unknown": 1}))


def test_a_batch_of_xps_tells_its_model_as_a_fit_does():
    told = paragraph_of(batch("xps", BARE))
    for said in (
        "The region S 2p was fitted by envelopes of lines over a background",
        "the Poisson likelihood was maximised",
        "an active Shirley background with a free slope",
        "Lines were pseudo-Voigt (sum of areas) functions",
        "The fitted range was the whole spectrum",
        "The position of PS4 (S 2p) was given the library's binding energies",
        "shares of the area of their core level.",
    ):
        assert said in told
    assert "unrecorded" not in told
    assert "objective was not recorded" not in told


def test_a_batch_of_xps_tells_its_fractions():
    fractions = {"basis": "atomic", "denominator": ["P", "S"], "sensitivity_set": "scofield_al"}
    told = paragraph_of(batch("xps", BARE | {"fractions": fractions}))
    assert "Species fractions are given as shares of the atoms (P+S)." in told
    assert "sensitivity factors of the set scofield_al" in told


def test_a_batch_of_powders_names_its_candidates():
    from xrd.candidates import default_candidates

    library = load()
    document = batch("xrd", {"phase": "Li6PS5Cl"})
    document["registry"] = {"version": library.version, "sha256": library.sha256}
    document["inputs"][0]["document"] = "documents/good.xy.json"
    told = paragraph_of(document)
    tested, without = default_candidates(library, "Li6PS5Cl")
    assert f"The candidates asked for beside it were {tested[0].key}, " in told
    assert f"{len(without)} phases could not be tested" in told
    assert "maximum Poisson likelihood" in told
    assert "seen in 0.5 of 100 pure powders at most" in told
    assert "The verdict of one pattern was" in told
    assert "R_wp, goodness of fit, displacement and threshold are in its own document" in told
    assert "spectr" not in told


def test_without_the_library_candidates_have_no_names():
    told = paragraph_of(batch("xrd", {"phase": "Li6PS5Cl", "candidates": ["default", "LiF"]}))
    assert "beside it were those that the library has for this chemistry and LiF." in told


def test_a_batch_of_profiles_tells_how_they_were_judged():
    document = batch("tofsims", {"ions": ["Cl-", "S-"], "elements": ["S"]})
    document["findings"] = [{"rule": "dead_time_assumed", "number": 2, "files": 2}]
    told = paragraph_of(document)
    for said in (
        "The signals of Cl- and S- were followed.",
        "made by known ions of its own spectrum",
        "a dead time of 65 ns, assumed, of two files that do not state it",
        "The window judged was the whole of each profile but for points at its beginning",
        "95 % interval of its change (Student's) lies within 5 %",
        "fitted together",
        "Ions that interfere were looked for among those of S",
        "The verdict of one profile was",
    ):
        assert said in told
    assert "spectra" not in told


def test_a_batch_of_profiles_tells_what_its_recipe_decides():
    recipe = {"ions": ["Cl-"], "window_s": [90.0, 600.0], "calibrate": ["Cl-", "S-"]}
    more = {"margin_percent": 3.0, "background": "local", "normalise": "total", "lock": ["S-"]}
    told = paragraph_of(batch("tofsims", recipe | more))
    for said in (
        "made by Cl- and S-, and was followed by S-;",
        "The window judged was sputter times 90 to 600 s.",
        "lies within 3 %",
        "The background beneath each peak was taken off",
        "divided by the total of all ions",
        "The dead time that counts were corrected for is not recorded",
    ):
        assert said in told


@pytest.mark.parametrize(
    ("spectra", "said"),
    [
        ([1], "One spectrum of S 2p was fitted by one recipe."),
        ([4], "Four spectra of S 2p were fitted, each by itself, by one recipe a region."),
        ([1, 1], "One spectrum of S 2p and one spectrum of P 2p were fitted, each by itself"),
    ],
)
def test_spectra_of_a_series_are_told_in_their_number(spectra, said):
    series = [
        {"region": region, "spectra": n, "assessment": n * ["converged"]}
        for n, region in zip(spectra, ("S 2p", "P 2p"), strict=False)
    ]
    assert said in paragraph_of({"schema": "peakwright.xps.series/1", "series": series})


# --- any document ---------------------------------------------------------------------------------


def test_a_kind_without_a_paragraph_says_so():
    told = methods_of({"schema": "peakwright.xps.lint/1"})
    assert "there is no methods paragraph for this kind of result" in told


def test_a_report_names_the_results_that_have_methods():
    results = [{"place": "xps"}, {"place": "xrd"}]
    told = paragraph_of({"schema": "peakwright.report/1", "results": results})
    assert "tells the methods of each of its results: xps and xrd." in told
    assert "not recorded" not in told


NAMES = ["fits", "recipe", "registry", "inputs", "fractions", "estimates", "statistics", "charge"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("instead", [None, 3, "text", [], [3], {}, {"a": [None]}])
def test_a_damaged_document_is_told_as_far_as_it_goes(fitted, name, instead):
    def damaged(given):
        if isinstance(given, dict):
            return {key: instead if key == name else damaged(one) for key, one in given.items()}
        return [damaged(one) for one in given] if isinstance(given, list) else given

    document = damaged(fitted)
    assert "peakwright" in methods_of(document)
    assert isinstance(si_table(document), list)


@pytest.mark.parametrize("kind", ["powder", "layer"])
def test_a_document_stripped_of_anything_still_tells(kind, request):
    document = request.getfixturevalue(kind)
    for name in document:
        if name != "schema":
            assert methods_of({key: one for key, one in document.items() if key != name})


# --- the command ----------------------------------------------------------------------------------


def test_the_command_prints_paragraph_sources_and_table(fitted, home, capsys):
    assert main(["methods", str(home / "fit")]) == 0
    printed = capsys.readouterr().out
    assert paragraph_of(fitted) in printed
    assert "Sources" in printed
    assert "region  component  line" in printed


def test_csv_reads_back_bit_for_bit(fitted, home, capsys):
    assert main(["methods", str(home / "fit"), "--si", str(home / "si.csv")]) == 0
    capsys.readouterr()
    with (home / "si.csv").open(newline="") as stream:
        header, *rows = csv.reader(stream)
    areas = [c["estimates"]["area"] for f in fitted["fits"] for c in f["components"]]
    column = header.index("area / (counts/s*eV)")
    for row, area in zip(rows, areas, strict=True):
        limit = area["kind"] == "upper_limit"
        value, u, high = row[column : column + 3]
        assert (value == "") is limit
        assert float(high if limit else value) == area["high" if limit else "value"]
        assert limit or float(u) == area["u"]


def test_json_is_one_document_with_exact_numbers(fitted, home, capsys):
    assert main(["methods", str(home / "fit"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "peakwright.methods/1"
    assert told["paragraph"] == paragraph_of(fitted)
    header, *rows = table_of(fitted).exact()
    assert (told["table"]["columns"], told["table"]["rows"]) == (header, rows)


def test_the_result_is_not_written_over(home, fitted, capsys):
    assert main(["methods", str(home / "fit"), "--si", str(home / "fit" / "result.json")]) == 2
    assert "cannot be the table" in capsys.readouterr().err


def test_a_hostile_name_steers_no_terminal(fitted, home, tmp_path, capsys):
    document = json.loads(json.dumps(fitted))
    for fit in document["fits"]:
        fit["sample"] = "\x1b[2J=1+1"
    (tmp_path / "result.json").write_text(json.dumps(document))
    assert main(["methods", str(tmp_path), "--si", str(tmp_path / "si.csv")]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_hostile_name_is_no_formula_in_csv(fitted, tmp_path, capsys):
    document = json.loads(json.dumps(fitted))
    for i, fit in enumerate(document["fits"]):
        fit["sample"] = f"=HYPERLINK({i})"
        for line in fit["components"]:
            line["name"] = "@SUM(A1)"
    (tmp_path / "result.json").write_text(json.dumps(document))
    assert main(["methods", str(tmp_path), "--si", str(tmp_path / "si.csv")]) == 0
    capsys.readouterr()
    with (tmp_path / "si.csv").open(newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert any("=HYPERLINK(0)" in cell for cell in cells)
    assert not any(cell.startswith(("=", "@", "+")) for cell in cells)


def test_a_real_file_tells_its_own_methods(data_dir, tmp_path, capsys):
    source = data_dir / "xps" / "pynxtools-xps" / "FeO_analyzed.vms"
    file = shutil.copy(source, tmp_path / "FeO.vms")
    main(["xps", "fit", str(file), "--from-casaxps", "--out", str(tmp_path / "out")])
    capsys.readouterr()
    assert main(["methods", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "(file FeO.vms)" in printed
    assert "The region Fe 2p" in printed
    assert main(["rerun", str(tmp_path / "out")]) == 0
