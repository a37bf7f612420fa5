"""One page for one sample: what is in it, what is not, and what it says of files that do not fit."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from peakwright.cli.main import main
from peakwright.report import document, html, make
from references.files import DataFileError
from references.words import Severity

from .sampled import (
    OTHER,
    SHA,
    fits,
    fraction,
    head,
    ion,
    pattern,
    phase,
    profile,
    region,
    survey,
    three,
    write,
)

VOID = {"meta", "br", "link", "img", "input", "hr", "col"}


class Page(HTMLParser):
    """The page as a browser sees it: tags with their attributes, and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another"

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return three(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def page(sample):
    return Page(html(make(sample)))


def notes(folder):
    return {note.rule: note for note in make(folder).notes}


def test_the_page_has_a_section_a_result_surface_first(sample):
    titles = [section.title for section in make(sample).sections]
    assert titles == ["XPS core levels of A", "TOF-SIMS depth profile of A", "XRD purity of A"]


def test_every_tag_is_closed_and_every_identifier_is_one(page):
    assert page.open == []
    identifiers = [a["id"] for _, a in page.tags if "id" in a]
    assert len(identifiers) == len(set(identifiers)) > 8


def test_every_link_leads_into_the_page(page):
    there = {a["id"] for _, a in page.tags if "id" in a}
    links = [a["href"] for _, a in page.tags if "href" in a]
    assert links
    assert {link.removeprefix("#") for link in links} <= there


def test_nothing_runs_and_nothing_is_fetched(page):
    assert not {"script", "link", "iframe", "object", "embed", "img"} & {t for t, _ in page.tags}
    assert not any(name.startswith("on") for _, a in page.tags for name in a)
    policy = next(a["content"] for a in page.named("meta") if "http-equiv" in a)
    assert "default-src 'none'" in policy


def test_tables_can_be_heard(page):
    assert all(a.get("scope") in {"col", "row", "rowgroup"} for a in page.named("th"))
    assert len(page.named("caption")) == len(page.named("table"))


def test_figures_can_be_heard_and_have_captions(page):
    drawn = page.named("svg")
    assert len(drawn) == 6  # the overview shows the same as the single regions
    assert all(a["role"] == "img" and a["aria-label"] for a in drawn)
    assert len(page.named("figcaption")) == 6


def test_a_caption_says_what_of_which_sample_by_which_model_and_statistic(page):
    assert (
        "XPS, S 2p of A: data (points), envelope (line) and its components PS4 and Li2S over an "
        "active Shirley background (dashed); below, residuals over their standard uncertainty u. "
        "Fitted by Poisson likelihood, reduced χ² 1.01 (300 points, 9 free parameters). Energy "
        "scale: C 1s C-C = 284.8 eV, shifted by 0.30 ± 0.10 eV."
    ) in page.text


def test_a_number_has_two_digits_of_its_uncertainty_and_its_basis(page):
    assert "90.0 ± 2.0 % of S 2p" in page.text
    assert "3.00 ± 0.20 wt%" in page.text
    assert "Species fractions, within the level" in page.text


def test_every_finding_of_every_result_is_there(tmp_path):
    loud = {"rule": "splitting", "severity": "warning", "subject": "S 2p", "message": "look at it"}
    one = region("S 2p", {"PS4": (1.0, 0.02)}) | {"findings": [loud]}
    write(tmp_path / "xps", fits(one))
    write(tmp_path / "xrd", pattern(phase("LiCl"), findings=[loud | {"rule": "impurity"}]))
    text = Page(html(make(tmp_path))).text
    assert "look at it. splitting" in text
    assert "look at it. impurity" in text


def finding(subject, severity="error", rule="impurity", message="look at it"):
    return {"rule": rule, "severity": severity, "subject": subject, "message": message}


def test_the_head_leads_to_every_error_and_warning(tmp_path):
    one = region("S 2p", {"PS4": (1.0, 0.02)}) | {"findings": [finding("S 2p", "warning", "x")]}
    write(tmp_path / "xps", fits(one))
    found = [finding("LiCl"), finding("Li2S"), finding("In", "info")]
    write(tmp_path / "xrd", pattern(phase("LiCl"), findings=found))
    write(tmp_path / "cut", {}).joinpath("result.json").write_text("{")
    made = make(tmp_path)
    text = html(made)
    links = re.findall(r'<a href="#([\w-]+-finding-\d+)">', text)
    assert len(links) == made.counts[Severity.ERROR] + made.counts[Severity.WARNING] == 4
    for link, subject in zip(links, ["cut", "LiCl", "Li2S", "S 2p"], strict=True):
        here = text.index(f'<li id="{link}"')
        assert f"<strong>{subject}</strong>" in text[here : here + 200]


def test_a_space_group_is_not_broken_at_its_hyphen(tmp_path):
    write(tmp_path, pattern(phase("LiCl"), sentence="single phase by the F-43m model"))
    text = html(make(tmp_path))
    assert text.count('<span class="whole">F-43m</span>') >= 2
    assert "by the F-43m model" in Page(text).text


def test_a_number_is_not_parted_from_its_uncertainty(page, sample):
    assert "90.0\u00a0±\u00a02.0\u00a0%" in html(make(sample))
    assert "the standard uncertainty, with two digits of it" in page.text


def states(folder):
    """One sample, of which the powder was measured before and after."""
    three(folder)
    both = head("peakwright.xrd.compare/1", "before.xy")
    both["inputs"].append({"path": "after.xy", "sha256": OTHER})
    gone = {"phases": [phase("LiCl", "not_detected")], "findings": [finding("all", "info")]}
    there = {"phases": [phase("LiCl")], "findings": [finding("LiCl"), finding("all", "info")]}
    write(folder / "xrd", both | {"a": there, "b": gone, "sentence": "gone: LiCl"})
    return folder


def test_measurements_of_two_states_are_told_apart(tmp_path):
    made = make(states(tmp_path))
    text = Page(html(made)).text
    assert "XRD has 2 measurements (before and after): each is compared" in text
    assert "XRD before and after" in text
    assert "3.00 ± 0.20 wt% in before" in text
    assert "< 0.10 wt% in after" in text
    subjects = [f.subject for f in made.sections[-1].findings]
    assert subjects == ["LiCl in before", "all"]


def test_counts_say_what_of_the_profile_they_are_of(tmp_path):
    changing = ion("S-", 100.0)
    changing["corrected"][:3] = [40.0] * 3
    trend = {
        "ion": "S-",
        "slope_percent": 1.0,
        "slope_u_percent": 2.0,
        "interval_percent": [-2.92, 4.92],
        "verdict": "uniform",
    }
    write(tmp_path, profile(changing, uniformity=[trend]))
    text = Page(html(make(tmp_path))).text
    assert "91.0 ± 2.2 counts a point, whole profile" in text
    assert "1.0 ± 2.0 % change from 20 to 100 s, uniform" in text
    assert "counts, whole profile counts, 20 to 100 s" in text
    # The first three of 20 points lie before the window: 91 in all, 100 in it.
    assert "S- 35.0000 91.0 ± 2.2 100.0 ± 2.4 1.0 ± 2.0 -2.9 .. 4.9 uniform" in text


def test_words_of_documents_are_written_in_english(tmp_path):
    lost = region("S 2p", {"PS4": (1.0, 0.02)}) | {"assessment": "at_bound"}
    write(tmp_path, fits(lost))
    text = Page(html(make(tmp_path))).text
    assert "S 2p: stopped at a bound; it has no intervals." in text
    assert "pseudo-Voigt" in text
    assert not {"at_bound", "pseudo_voigt"} & set(text.replace(".", " ").split())


def test_a_finding_of_one_of_several_samples_names_it(tmp_path):
    both = [region("S 2p", {"PS4": (1.0, 0.02)}, sample=name) for name in "AB"]
    both[1]["findings"] = [finding("S 2p PS4")]
    write(tmp_path, fits(*both))
    assert [f.subject for f in make(tmp_path).sections[0].findings] == ["S 2p PS4 of B"]


def test_the_provenance_is_there(page, sample):
    assert page.text.count(SHA) >= 3
    assert make(sample).registry.sha256 in page.text


def test_the_recipe_is_there_in_full(tmp_path):
    folder = write(tmp_path / "xps", fits(region("S 2p", {"PS4": (1.0, 0.02)})))
    (folder / "recipe.toml").write_text('schema = "peakwright.xps.recipe/1"\n# <mine>\n')
    page = Page(html(make(tmp_path)))
    assert 'schema = "peakwright.xps.recipe/1" # <mine>' in page.text


def test_a_methods_paragraph_stands_in_each_section(page):
    assert page.text.count("Methods The ") == 3


def test_the_same_results_give_the_same_bytes_wherever_they_lie(tmp_path):
    pages = [html(make(three(tmp_path / name))) for name in ("here", "there/deeper")]
    assert pages[0] == pages[1]
    assert str(tmp_path) not in pages[0]


def test_a_result_in_the_folder_itself_is_found(tmp_path):
    write(tmp_path, pattern(phase("LiCl")))
    assert make(tmp_path).results[0].place == "."


def test_two_results_of_one_sample_are_told_apart(tmp_path):
    for name, share in (("one", 0.9), ("two", 0.8)):
        write(tmp_path / name, fits(region("S 2p", {"PS4": (share, 0.02), "S8": (0.1, 0.02)})))
    made = make(tmp_path)
    assert [section.title for section in made.sections] == [
        "XPS core levels of A (one)", "XPS core levels of A (two)",
    ]  # fmt: skip
    text = Page(html(made)).text
    assert "90.0 ± 2.0 % of S 2p in one" in text
    assert "80.0 ± 2.0 % of S 2p in two" in text


def test_a_short_text_says_of_a_share_what_the_table_says(tmp_path):
    rows = [
        fraction("Li2S (S 2p) beyond the lattice", "P+S+Cl", 0.0, None, basis="atomic", high=0.032),
        fraction("LiCl (Cl 2p) beyond the lattice", "P+S+Cl", 0.216, 0.049, basis="atomic"),
    ]
    sulfur = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)})
    chlorine = region("Cl 2p", {"LiCl": (1.0, None)})
    chlorine["fractions"][0]["kind"] = "fixed"
    write(tmp_path, fits(sulfur, chlorine, fractions=rows))
    lead = make(tmp_path).sections[0].lead[-1]
    assert (
        "Li2S 10.0 ± 2.0 % (all of it may be the lattice's: < 3.2 % of P+S+Cl beyond the lattice)"
    ) in lead
    assert "LiCl 100 % (fixed; 21.6 ± 4.9 % of P+S+Cl beyond the lattice)" in lead


def test_a_caption_says_that_a_lone_species_is_no_measurement(tmp_path):
    one = region("Cl 2p", {"LiCl": (1.0, None)})
    one["fractions"][0]["kind"] = "fixed"
    write(tmp_path, fits(one), Cl_2p="")
    caption = make(tmp_path).sections[0].figures[0].caption
    assert "100 % of LiCl is fixed: the only species of the model, no measurement." in caption


def test_a_fixed_phase_is_told_so(tmp_path):
    alone = phase("LiCl", crystalline_mass_fraction=1.0, u=0.0, u_parts={}, kind="fixed")
    write(tmp_path, pattern(alone))
    made = make(tmp_path)
    assert made.sections[0].tables[0].rows[0][2] == "100 (fixed)"
    assert "no measurement" in made.sections[0].tables[0].note


def test_a_report_of_several_names_is_headed_by_them(tmp_path):
    for name in ("cell 6", "cell 7", "cell 8"):
        write(tmp_path / name, fits(region("S 2p", {"PS4": (1.0, 0.02)}, sample=name)))
    assert make(tmp_path).sample == "cell 6, cell 7 and 1 more"


def test_measurements_are_counted_by_results_where_names_come_twice(tmp_path):
    for folder, name in (("a", "A"), ("b", "A"), ("c", "B")):
        write(
            tmp_path / folder, fits(region("S 2p", {"PS4": (0.9, 0.02)}, sample=name), name=folder)
        )
    text = Page(html(make(tmp_path))).text
    assert "XPS has 3 measurements (A in a, A in b and B)" in text


def test_a_warning_of_one_technique_is_no_contradiction_of_several(tmp_path):
    three(tmp_path)
    rows = [
        fraction("PS4 (S 2p)", "P+S+Cl", 0.48, 0.04, basis="atomic"),
        fraction("Li2S (S 2p)", "P+S+Cl", 0.02, 0.01, basis="atomic"),
        fraction("Li2S (S 2p) beyond the lattice", "P+S+Cl", 0.0, None, basis="atomic"),
    ]
    shares = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)})
    write(tmp_path / "xps", fits(shares, fractions=rows))
    assert "1 finding to look into: S-free of Li6PS5Cl" in Page(html(make(tmp_path))).text


def test_hidden_folders_are_left_alone(tmp_path):
    write(tmp_path / "xrd", pattern(phase("LiCl")))
    write(tmp_path / ".old", pattern(phase("Li2S")))
    assert len(make(tmp_path).results) == 1


# Text from files


NAMES = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=HYPERLINK(1)",
    "{{ 7*7 }}",
    "`<b>F-43m</b>` 3 ± 2 % <= 5",
    '=HYPERLINK("http://x","a < 3")',
    "long" * 2500,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_text_wherever_it_stands(tmp_path, name):
    one = region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)}, sample=name)
    loud = {"rule": name, "severity": "error", "subject": name, "message": name, "reported": name}
    one["findings"] = [loud]
    one["charge"]["reference"] = name
    write(tmp_path / "xps", fits(one, name=f"{name}.vms"), S_2p="")
    write(tmp_path / "tof", profile(ion("Cl-", 900.0), sample=name, sentence=name), profile="")
    write(tmp_path / "xrd", pattern(phase(name), phase("LiCl"), name=f"{name}.xy"), pattern="")
    folder = tmp_path / "xps"
    (folder / "recipe.toml").write_text(name)
    text = html(make(tmp_path))
    page = Page(text)
    assert name in page.text
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert not any(key.startswith("on") for _, a in page.tags for key in a)


# What does not fit


@pytest.mark.parametrize(
    ("make_it", "sentence"),
    [
        (lambda folder: None, "holds no result.json"),
        (lambda folder: (folder / "a.txt").write_text("x"), "holds no result.json"),
        (lambda folder: (folder / "recipe.toml").write_text("x"), "give it with --recipe"),
        (lambda folder: (folder / "result.json").write_text("{"), "is cut off"),
        (lambda folder: (folder / "result.json").write_text('{"a": "b'), "is cut off"),
        (lambda folder: (folder / "result.json").write_text("{a}"), "is not JSON"),
        (lambda folder: (folder / "result.json").write_text("[1]"), "a table is expected"),
        (lambda folder: (folder / "result.json").write_text("[" * 100_000), "is not JSON"),
        (lambda folder: (folder / "result.json").write_text('{"schema": NaN}'), "is not JSON"),
        (lambda folder: (folder / "result.json").write_text("{}"), "no schema is no schema"),
        (lambda folder: (folder / "result.json").mkdir(), "holds no result.json"),
        (
            lambda folder: write(folder, {"schema": "peakwright.xrd.check/1"}),
            "phases: it is missing",
        ),
        (
            lambda folder: write(folder, {"schema": "peakwright.batch/1"}),
            "the folder itself: 'peakwright.batch/1' is not of a kind that a report shows",
        ),
        (
            lambda folder: [write(folder / n, {"schema": "a"}) for n in "abc"],
            "nor can 2 more be",
        ),
    ],
)
def test_a_folder_without_a_result_is_one_sentence(tmp_path, make_it, sentence):
    make_it(tmp_path)
    with pytest.raises(DataFileError, match=sentence) as caught:
        make(tmp_path)
    assert "\n" not in str(caught.value)


def test_no_folder_is_one_sentence(tmp_path):
    with pytest.raises(DataFileError, match="no such folder"):
        make(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFileError, match="is no folder"):
        make(tmp_path / "file")


def test_a_broken_result_beside_a_good_one_is_an_error_finding(tmp_path):
    write(tmp_path / "good", pattern(phase("LiCl")))
    write(tmp_path / "bad", pattern() | {"phases": [{"presence": "main"}]})
    note = notes(tmp_path)["unreadable_result"]
    assert (note.severity, note.subject) == ("error", "bad")
    assert "phases[0].phase: it is missing" in note.message


@pytest.mark.parametrize(
    ("schema", "severity"),
    [
        ("peakwright.xrd.check/2", "error"),
        ("peakwright.xps.lint/1", "info"),
        ("somebody.else/1", "warning"),
    ],
)
def test_an_unknown_schema_is_said(tmp_path, schema, severity):
    write(tmp_path / "good", pattern(phase("LiCl")))
    write(tmp_path / "other", head(schema, "a"))
    assert notes(tmp_path)["unknown_schema"].severity == severity


def test_an_input_that_changed_is_said(tmp_path):
    folder = write(tmp_path / "xrd", pattern(phase("LiCl"), name="a.xy"))
    assert "input_changed" not in notes(tmp_path)
    (folder / "a.xy").write_text("1 2\n")
    assert notes(tmp_path)["input_changed"].subject == "xrd: a.xy"


def test_an_input_is_sought_where_the_environment_says(tmp_path):
    away = tmp_path / "data" / "a.xy"
    away.parent.mkdir()
    away.write_text("1 2\n")
    folder = write(tmp_path / "sample", pattern(phase("LiCl"), name="a.xy"))
    (folder / "environment.json").write_text(json.dumps({"inputs": [str(away)]}))
    assert "input_changed" in notes(folder)


@pytest.mark.parametrize(
    "place", ["/etc/passwd", "//server/share/a.xy", "\\\\server\\a.xy", "a\0.xy"]
)
def test_no_other_file_is_looked_at(tmp_path, place):
    folder = write(tmp_path, pattern(phase("LiCl"), name="a.xy"))
    (folder / "environment.json").write_text(json.dumps({"inputs": [place, 7]}))
    assert "input_changed" not in notes(folder)


def test_two_samples_of_one_technique_are_said(tmp_path):
    for name in "AB":
        one = region("S 2p", {"PS4": (1.0, 0.02)}, sample=name)
        write(tmp_path / name, fits(one, name=f"{name}.vms"))
    note = notes(tmp_path)["several_samples"]
    assert (note.severity, note.subject, note.reported) == ("warning", "XPS", "A and B")
    assert "each is compared with the other techniques by itself" in note.message


def test_two_samples_with_one_name_are_said(tmp_path):
    for name, sha256 in (("a", SHA), ("b", OTHER)):
        one = region("S 2p", {"PS4": (1.0, 0.02)})
        write(tmp_path / name, fits(one, name="x.vms", sha256=sha256))
    note = notes(tmp_path)["same_name"]
    assert (note.severity, note.subject, note.reported) == ("warning", "XPS: A", "a and b")


def test_two_regions_of_two_files_are_one_sample(tmp_path):
    for level, species, sha256 in (("S 2p", "PS4", SHA), ("Cl 2p", "LiCl", OTHER)):
        write(tmp_path / species, fits(region(level, {species: (1.0, 0.02)}), sha256=sha256))
    assert "same_name" not in notes(tmp_path)


def test_files_of_other_names_are_one_sample_by_the_folder(tmp_path):
    three(tmp_path)
    write(tmp_path / "xrd", pattern(phase("LiCl"), name="powder.xy"))
    note = notes(tmp_path)["sample_names"]
    assert (note.severity, note.reported) == ("info", "XPS: A, TOF-SIMS: A, XRD: powder")


def test_the_same_result_in_two_folders_is_shown_once(tmp_path):
    for name in "ab":
        write(tmp_path / name, pattern(phase("LiCl")))
    made = make(tmp_path)
    assert [result.place for result in made.results] == ["a"]
    assert [note.rule for note in made.notes if note.subject == "b"] == ["same_result_twice"]


def test_results_of_two_libraries_are_said(tmp_path):
    three(tmp_path)
    other = {"registry": {"version": "2", "sha256": OTHER}}
    write(tmp_path / "xrd", pattern(phase("LiCl")) | other)
    assert notes(tmp_path)["libraries_differ"].severity == "warning"


def _mutant(rng, given):
    """A document with one value gone or turned into something else."""
    made = json.loads(json.dumps(given))
    places = []

    def walk(value):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in list(pairs):
            places.append((value, key))
            if isinstance(inner, (dict, list)):
                walk(inner)

    walk(made)
    parent, key = places[rng.integers(len(places))]
    values = [None, True, -1, 0, 1e308, "", "<b>", [], {}, [None], {"a": 1}, 1.5, 10**400]
    if isinstance(parent, dict) and rng.random() < 0.3:
        parent.pop(key)
    else:
        parent[key] = values[rng.integers(len(values))]
    return made


@pytest.mark.parametrize("number", [60, pytest.param(3000, marks=pytest.mark.slow)])
def test_a_damaged_document_is_shown_or_refused(tmp_path, rng, number):
    three(tmp_path)
    places = [path.parent for path in tmp_path.rglob("result.json")]
    whole = {place: json.loads((place / "result.json").read_text()) for place in places}
    for _ in range(number):
        place = places[rng.integers(len(places))]
        write(place, _mutant(rng, whole[place]))
        made = make(tmp_path)
        Page(html(made))
        json.dumps(document(made), allow_nan=False)
        write(place, whole[place])


# All that can stand in a report


SERIES = head("peakwright.xps.series/1", "a.vms") | {
    "series": [
        {
            "sample": "A",
            "region": "S 2p",
            "spectra": 3,
            "assessment": ["converged", "converged", "failed"],
            "species": [
                {
                    "name": "Li2S",
                    "denominator": "S 2p",
                    "fraction": [0.1, 0.2, None],
                    "kind": ["standard", "standard", "none"],
                }
            ],
        }
    ]
}
DIFFERENCE = {
    "subject": "Li2S",
    "basis": "within_level",
    "denominator": "S 2p",
    "a": {"value": 0.1, "u": 0.01},
    "b": {"value": 0.05, "u": 0.01},
    "difference": {"value": -0.05, "u": 0.014},
    "p_two_sided": 0.0003,
}
TIME = {"value": 50.0, "u": 0.5, "u_parts": {"counting": 0.5}}
OTHERS = {
    "peakwright.xps.series/1": (SERIES, "2 of 3 10 20"),
    "peakwright.xps.survey/1": (survey(("S",), {"Ga": 0.002}), "Ga absent < 0.20"),
    "peakwright.xps.compare/1": (
        head("peakwright.xps.compare/1", "a.vms") | {"differences": [DIFFERENCE]},
        "-5.0 ± 1.4",
    ),
    "peakwright.xrd.quantify/1": (
        head("peakwright.xrd.quantify/1", "a.xy")
        | {"assessment": "converged", "phases": [phase("LiCl")]},
        "crystalline phases only: LiCl 3.00 ± 0.20 wt%.",
    ),
    "peakwright.tofsims.compare/1": (
        head("peakwright.tofsims.compare/1", "a.itm")
        | {
            "ions": [{"ion": "Cl-", "ratio_percent": 5.0, "u_percent": 1.0, "verdict": "different"}]
        },
        "5.0 ± 1.0 different",
    ),
    "peakwright.tofsims.depth/1": (
        head("peakwright.tofsims.depth/1", "a.itm")
        | {"interfaces": [{"ion": "Cl-", "edge": "falling", "unit": "s", "t50": TIME}]},
        "Cl- falling 50.00 ± 0.50",
    ),
}


@pytest.mark.parametrize("schema", OTHERS)
def test_every_kind_of_result_has_its_table(tmp_path, schema):
    given, told = OTHERS[schema]
    write(tmp_path, given)
    assert told in Page(html(make(tmp_path))).text


# The command


def test_the_command_writes_the_page_and_says_where(sample, capsys, tmp_path):
    out = tmp_path / "page.html"
    assert main(["report", str(sample), "--out", str(out)]) == 0
    assert f"written to {out}" in capsys.readouterr().out
    assert out.read_text() == html(make(sample))


def test_without_a_name_the_page_is_in_the_folder(tmp_path, capsys):
    three(tmp_path)
    assert main(["report", str(tmp_path)]) == 0
    assert (tmp_path / "report.html").is_file()
    assert "report.html" in capsys.readouterr().out


def test_the_document_holds_the_table(sample, capsys):
    assert main(["report", str(sample), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "peakwright.report/1"
    assert [result["place"] for result in told["results"]] == ["xps", "tof", "xrd"]
    species = {one["species"]: one for one in told["agreement"]["species"]}
    assert {s["technique"] for s in species["LiCl"]["statements"]} == {"xps", "tofsims", "xrd"}
    assert not (sample / "report.html").exists()


def test_the_document_is_that_of_python(sample, capsys):
    main(["report", str(sample), "--json"])
    told = json.loads(capsys.readouterr().out)
    told.pop("request", None)
    assert told == json.loads(json.dumps(document(make(sample))))


def test_an_error_finding_is_exit_code_one(tmp_path, capsys):
    loud = {"rule": "impurity", "severity": "error", "subject": "LiCl", "message": "look"}
    write(tmp_path, pattern(phase("LiCl"), findings=[loud]))
    assert main(["report", str(tmp_path), "--json"]) == 1
    capsys.readouterr()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["nowhere"], "no such folder"),
        ([".", "--out", "page.pdf"], "end it with .html"),
        (["."], "holds no result.json"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path, monkeypatch, capsys, args, sentence):
    monkeypatch.chdir(tmp_path)
    assert main(["report", *args]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
