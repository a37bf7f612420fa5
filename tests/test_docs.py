"""The documentation: links and anchors, commands, listings, and the examples of how to extend."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import types
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
import typer

import references
import tofsims.io.formats
import xps
import xps.io.formats
import xrd.io.formats
from peakwright.cli.main import app, main
from references import DataFileError
from xps import lint
from xps.claims_table import from_table
from xps.io.claims_table import parse_claims_table

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(p for p in DOCS.rglob("*.md") if "gallery" not in p.relative_to(DOCS).parts),
]
SCRIPTS = sorted(DOCS.glob("examples/*/*.py"))
TECHNIQUES = {
    "XPS": xps.io.formats,
    "XRD": xrd.io.formats,
    "TOF-SIMS": tofsims.io.formats,
}
PUBLIC = ("references", "xps", "xrd", "tofsims", "peakwright.jobs", "peakwright.batch",
          "peakwright.agreement", "peakwright.report", "peakwright.methods", "peakwright.rerun")  # fmt: skip


def _name(path):
    return path.relative_to(ROOT).as_posix()


def _prose(text):
    """A page without what stands in code."""
    without = re.sub(r"^(```+)[^\n]*\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]+`", "", without)


def _blocks(path, language):
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


# --- links ----------------------------------------------------------------------------------------


def _slug(heading):
    """The anchor that a git host gives a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def _anchors(path):
    fenced = re.sub(
        r"^(```+)[^\n]*\n.*?^\1$",
        "",
        path.read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    found: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6} (.+)$", fenced, flags=re.MULTILINE):
        slug = _slug(heading)
        found[slug] = found.get(slug, -1) + 1
        if found[slug]:
            found[f"{slug}-{found[slug]}"] = 0
    return set(found)


def _links(path):
    return re.findall(
        r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)", _prose(path.read_text("utf-8"))
    )


def _broken(path):
    """Links of a page that lead nowhere."""
    for target in _links(path):
        if urlsplit(target).scheme:
            continue
        where, _, anchor = target.partition("#")
        file = (path.parent / unquote(where)).resolve() if where else path
        if not file.exists() or (anchor and (file.suffix != ".md" or anchor not in _anchors(file))):
            yield target


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_relative_links_and_anchors_lead_somewhere(path):
    assert list(_broken(path)) == []


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("To CasaXPS, from CasaXPS, to NeXus", "to-casaxps-from-casaxps-to-nexus"),
        ("Linting: what is impossible in a fit, whoever made it",
         "linting-what-is-impossible-in-a-fit-whoever-made-it"),
        ("`level_name_vs_energy`", "level_name_vs_energy"),
        ("Is it uniform?", "is-it-uniform"),
    ],
)  # fmt: skip
def test_anchors_are_those_of_git_hosts(heading, anchor):
    assert _slug(heading) == anchor


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    (tmp_path / "b.md").write_text("# There\n\n## There\n\n```\n# no heading\n```\n")
    page = tmp_path / "a.md"
    page.write_text(
        "[1](b.md#there-1) [2](b.md#no-heading) [3](c.md) [4](#a) `[5](d.md)` ![6](e.png)\n"
    )
    assert list(_broken(page)) == ["b.md#no-heading", "c.md", "#a", "e.png"]


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_links_to_other_hosts_are_well_formed(path):
    written = path.read_text(encoding="utf-8")
    named = [target for target in _links(path) if urlsplit(target).scheme]
    for target in {*named, *re.findall(r"https?://[^\s)>\"`]+", _prose(written))}:
        parts = urlsplit(target)
        assert parts.scheme == "https", target
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.hostname or ""), target


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_dois_have_the_right_form(path):
    for doi in re.findall(
        r"(?:doi:\s*|doi\.org/)([^\s,;)\]\"`]+)", path.read_text(encoding="utf-8")
    ):
        assert re.fullmatch(r"10\.\d{4,9}/[\w.()/:-]*\w", doi.rstrip(".")), doi


# --- commands -------------------------------------------------------------------------------------


def _words(line):
    """The words of a line as a shell sees them, with its operators apart."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    return list(lexer)


def _commands(block):
    """What a shell block asks of peakwright: the arguments of each call."""
    for line in block.replace("\\\n", " ").splitlines():
        call: list[str] | None = None
        for word in [*_words(line), ";"]:
            if set(word) <= set("|&;<>"):
                if call is not None:
                    yield call
                call = None
            elif call is not None:
                call.append(word)
            elif word == "peakwright" or word.endswith("/peakwright"):
                call = []


def _parsed(words):
    """Parse a call without running it; the command line's own error is raised."""
    command, context = typer.main.get_command(app), None
    path = ["peakwright"]
    while hasattr(command, "commands"):
        context = command.context_class(command, info_name=path[-1], parent=context)
        name, command, words = command.resolve_command(context, list(words))
        path.append(name)
    return command.make_context(" ".join(path), list(words), parent=context)


CALLS = [
    (path, call) for path in PAGES for block in _blocks(path, "sh") for call in _commands(block)
]


@pytest.mark.parametrize(
    ("path", "call"), CALLS, ids=[f"{_name(p)}: {' '.join(c)[:60]}" for p, c in CALLS]
)
def test_commands_in_shell_blocks_are_understood(path, call):
    # The shell's own variables are numbers here: of a job, of its cores.
    _parsed([re.sub(r"\$[A-Z_]{2,}", "2", word) for word in call])


@pytest.mark.parametrize(
    "wrong",
    [
        ["xps", "fitt", "a.vms"],
        ["xps", "fit", "a.vms", "--regoin", "S 2p"],
        ["xrd", "check"],
        ["tofsims", "profile", "a.itm", "--ions", "Cl-", "--margin", "wide"],
    ],
    ids=" ".join,
)
def test_a_command_that_does_not_exist_is_found(wrong):
    with pytest.raises(typer.BadParameter.__mro__[2]):
        _parsed(wrong)


def test_commands_are_found_in_a_shell_block():
    block = (
        'FILE=$(x)  # peakwright no\na && .venv/bin/peakwright xps fit "$FILE" \\\n  --json > b\n'
    )
    assert list(_commands(block)) == [["xps", "fit", "$FILE", "--json"]]


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_commands_and_options_named_in_passing_exist(path):
    text = re.sub(
        r"^(```+)[^\n]*\n.*?^\1$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for told in re.findall(r"`peakwright ([^`]+)`", text):
        command, words = typer.main.get_command(app), _words(told)
        while words and hasattr(command, "commands") and re.fullmatch(r"[a-z]+", words[0]):
            _, command, words = command.resolve_command(command.context_class(command), words)
        known = {option for parameter in command.params for option in (*parameter.opts, "--help")}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known | {
            "--version"
        }, told


# --- listings -------------------------------------------------------------------------------------


def test_every_decision_is_listed_under_its_title():
    listed = dict(
        re.findall(
            r"^- \d{4} \[([^\]]+)\]\(([^)]+)\)", (DOCS / "adr/index.md").read_text(), re.MULTILINE
        )
    )
    decisions = [path for path in sorted((DOCS / "adr").glob("*.md")) if path.name != "index.md"]
    titles = {}
    for path in decisions:
        title = re.match(r"# (?:\d{4}|\d+\.) (.+)", path.read_text(encoding="utf-8"))
        assert title is not None, path.name
        titles[title[1]] = path.name
    assert listed == titles


def test_every_page_is_in_the_contents():
    """The build says so too; this says it in the default tests."""
    told = "\n".join(
        block
        for path in DOCS.rglob("index.md")
        for block in re.findall(r"```{toctree}\n(.*?)```", path.read_text(), re.DOTALL)
    )
    entries = {
        re.sub(r".*<(.+)>", r"\1", line.strip()).rpartition("/")[2] or line
        for line in told.splitlines()
    }
    for path in PAGES:
        if DOCS in path.parents and path.name != "index.md" and path.parent.name != "adr":
            assert path.stem in entries, f"put {path.name} into a toctree of an index.md"


def _rows(text):
    """Cells of the rows of the first table after a text's beginning."""
    table = re.search(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert table is not None
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]
    ]


def _format_rows(technique):
    rows = _rows((DOCS / "formats.md").read_text(encoding="utf-8"))
    return [row for row in rows if row[0] == technique]


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_every_reader_is_in_the_table_of_formats_and_no_other(technique):
    told = {name for row in _format_rows(technique) for name in re.findall(r"`([^`]+)`", row[2])}
    assert told == {known.name for known in TECHNIQUES[technique].FORMATS}


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_the_table_of_formats_says_up_to_which_size_a_file_is_read(technique):
    checked = 0
    for known in TECHNIQUES[technique].FORMATS:
        module = importlib.import_module(known.read.__module__)
        most = getattr(module, "MAX_BYTES", getattr(TECHNIQUES[technique], "MAX_BYTES", None))
        if most is None:
            continue
        said = f"{most // 1024**2} MiB" if most < 1024**3 else f"{most // 1024**3} GiB"
        (size,) = {row[5] for row in _format_rows(technique) if f"`{known.name}`" in row[2]}
        assert re.match(rf"{said}\b", size), known.name
        checked += 1
    assert checked >= 3


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_every_format_says_whether_it_was_tested_on_vendor_files(technique):
    for row in _format_rows(technique):
        assert re.search(r"vendor file|no vendor file|file of|files of|IUCr|SRM|exports", row[4]), (
            row[1]
        )


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_what_is_refused_by_name_is_told(technique):
    text = (DOCS / "formats.md").read_text(encoding="utf-8").partition("## Refused by name")[2]
    told = " ".join(row[1] for row in _rows(text) if row[0] == technique)
    suffixes = {s for one in TECHNIQUES[technique].FOREIGN for s in one.suffixes}
    # An old workbook and half an imzML are explained where they are met.
    assert {s for s in suffixes - {".xls", ".ibd"} if f"`{s}`" not in told} == set()


# --- the gallery ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCRIPTS, ids=_name)
def test_a_script_of_the_gallery_has_a_title_and_uses_public_names(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    title, rule, *_ = (ast.get_docstring(tree) or "").splitlines()
    assert title
    assert set(rule) == {"="}
    assert len(rule) >= len(title)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "__future__":
            assert not any(part.startswith("_") for part in node.module.split("."))
            module = importlib.import_module(node.module)
            assert all(hasattr(module, alias.name) and alias.name[0] != "_" for alias in node.names)
        if isinstance(node, ast.Attribute):
            assert not node.attr.startswith("_"), ast.unparse(node)


def test_every_script_is_in_the_gallery():
    conf = (DOCS / "conf.py").read_text(encoding="utf-8")
    order = re.search(r"for part in (\([^)]*\))", conf)
    assert order is not None
    folders = {path.name for path in (DOCS / "examples").iterdir() if path.is_dir()}
    assert set(ast.literal_eval(order[1])) == folders - {"__pycache__"}
    for path in SCRIPTS:
        assert path.name.startswith("plot_"), path.name
        assert (path.parent / "GALLERY_HEADER.rst").exists()


# --- how to extend --------------------------------------------------------------------------------


def _example(page, language, number=0):
    return _blocks(DOCS / "extending" / page, language)[number]


def _as_module(name, code):
    module = types.ModuleType(name)
    exec(compile(code, name, "exec"), module.__dict__)  # noqa: S102 - the page's own example
    return module


def test_a_species_is_added_as_the_page_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("my_library.toml").write_text(_example("add-a-species.md", "toml"), encoding="utf-8")
    calls = list(_commands(_example("add-a-species.md", "sh")))
    assert len(calls) == 4
    for call in calls:
        words = [xps.example_path() if word == "$FILE" else word for word in call]
        assert main(words) in {0, 1}, call
    said = capsys.readouterr().out
    assert "thiogermanate" in said
    assert "own-powder-2026" in said


def test_an_added_species_is_fitted(tmp_path):
    path = tmp_path / "my_library.toml"
    path.write_text(_example("add-a-species.md", "toml"), encoding="utf-8")
    library = references.load(path)
    assert library.sha256 != references.load().sha256
    line = library.line("S 2p", "GeS4").energy
    assert (line.best, line.low, line.high, line.status) == (160.4, 160.2, 160.6, "measured")
    assert library.species("GeS4").ions == ("GeS-",)


def test_a_source_that_nobody_read_constrains_nothing(tmp_path):
    path = tmp_path / "my_library.toml"
    text = _example("add-a-species.md", "toml")
    path.write_text(text.replace('read_as = "record"', 'read_as = "title"'), encoding="utf-8")
    assert references.load(path).line("S 2p", "GeS4").energy.status == "unverified"


LAB = """MYLAB XPS 1
sample: pellet
region: S 2p
photon energy: 1486.6
dwell: 0.1
points: 40

"""


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """The page's reader, installed as a distribution of its own; gives the path of a file."""
    code = next(b for b in _blocks(DOCS / "extending/add-a-reader.md", "python"))
    project = _example("add-a-reader.md", "toml")
    site = tmp_path / "site"
    info = site / "my_lab_readers-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "mylab_reader.py").write_text(code, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-lab-readers\nVersion: 1.0\n")
    group, name, value = re.search(r'entry-points\."([^"]+)"\]\n(\w+) = "(\w+)"', project).groups()
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {value}\n")
    monkeypatch.syspath_prepend(site)
    xps.io.formats._registered.cache_clear()
    path = tmp_path / "a.lab"
    rows = "".join(f"{1320.0 + 0.1 * i:.1f} {100 + i}\n" for i in range(40))
    path.write_text(LAB + rows, encoding="utf-8")
    yield path
    sys.modules.pop("mylab_reader", None)
    monkeypatch.undo()
    xps.io.formats._registered.cache_clear()


def test_a_reader_is_added_as_the_page_says(lab):
    reading = xps.read(lab)
    (spectrum,) = reading.spectra
    assert (reading.format, spectrum.attrs["region"], spectrum.attrs["number"]) == (
        "mylab",
        "S 2p",
        0,
    )
    np.testing.assert_allclose(spectrum["binding_energy"].values[[0, -1]], [162.7, 166.6])
    assert spectrum["counts"].values[-1] == 100
    assert reading.notes == ()


def test_an_added_reader_does_not_take_other_files(lab):
    assert xps.read(xps.example_path()).format == "vamas"


def test_an_added_reader_says_what_the_file_leaves_open(lab):
    lab.write_text(lab.read_text().replace("dwell: 0.1\n", ""))
    assert [note.rule for note in xps.read(lab).notes] == ["time_unknown"]


def test_an_added_readers_files_gone_wrong_end_in_data_or_the_named_error(lab, rng):
    whole = lab.read_bytes()
    cut = [whole[: len(whole) * i // 100] for i in range(15, 100)]
    mutants = []
    for _ in range(300):
        changed = bytearray(whole)
        at = rng.integers(len(b"MYLAB XPS 1"), len(whole), size=rng.integers(1, 4))
        changed[int(at[0])] = int(rng.integers(256))
        mutants.append(bytes(changed))
    outcomes = {"data": 0, "error": 0}
    for content in (*cut, *mutants):
        lab.write_bytes(content)
        try:
            xps.read(lab)
            outcomes["data"] += 1
        except DataFileError as error:
            assert str(lab) in str(error)
            outcomes["error"] += 1
    assert min(outcomes.values()) > 10


def _u(tmp_path, u):
    table = parse_claims_table(
        "a.csv",
        f"core_level,species,position_eV,u,energy_reference\nS 2p,PS4,161.7,{u},C 1s 284.8\n".encode(),
    )
    return from_table(table, references.load())


@pytest.mark.parametrize(
    ("u", "found"), [("0.003", True), ("0.05", False), ("", False), ("0.01", False)]
)
def test_a_rule_is_added_as_the_page_says(u, found, tmp_path, monkeypatch):
    module = _as_module("u_too_small", _example("add-a-rule.md", "python"))
    rule = lint.Rule(name=module.NAME, review=module.review)
    monkeypatch.setattr(lint, "RULES", (*lint.RULES, rule))
    findings = lint.review(_u(tmp_path, u), references.load())
    assert (module.NAME in {finding.rule for finding in findings}) is found


def test_the_example_of_a_rule_is_none_of_ours():
    assert "u_too_small" not in {rule.name for rule in lint.RULES}


def test_a_job_is_added_as_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = _blocks(DOCS / "extending/add-a-job.md", "python")
    module = types.ModuleType("charge_job")
    monkeypatch.setitem(sys.modules, "charge_job", module)  # dataclasses look their module up
    for block in blocks:
        exec(compile(block, "charge_job", "exec"), module.__dict__)  # noqa: S102
    kept = json.loads((tmp_path / "charge/result.json").read_text(encoding="utf-8"))
    assert kept["schema"] == "mylab.charge/1"
    assert kept["rows"][0]["value"] == pytest.approx(0.32, abs=0.02)
    told = set(re.findall(r"[\w.]+\.(?:json|csv|toml)", blocks[-1].partition("#")[2]))
    assert {path.name for path in (tmp_path / "charge").iterdir()} == told


# --- the site -------------------------------------------------------------------------------------


LOADED = {
    *(("script", "src"), ("img", "src"), ("img", "srcset"), ("iframe", "src"), ("source", "src")),
    *(
        ("source", "srcset"),
        ("object", "data"),
        ("embed", "src"),
        ("video", "src"),
        ("use", "href"),
    ),
}
NOT_LOADED = {"next", "prev", "index", "search", "author", "canonical", "help", "contents"}


class _Requests(HTMLParser):
    """What a browser would fetch to show a page, and the names that can be linked to."""

    def __init__(self):
        super().__init__()
        self.asked: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        self.asked += [value or "" for name, value in attrs if (tag, name) in LOADED]
        if tag == "link" and given.get("rel") not in NOT_LOADED:
            self.asked.append(given.get("href") or "")
        self.asked += re.findall(r"url\(([^)]*)\)", given.get("style") or "")


def _outside(address):
    return bool(re.match(r"\s*['\"]?(?:[a-z]+:)?//", address, flags=re.IGNORECASE))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages, built as the documentation says, from a copy."""
    pytest.importorskip("sphinx_gallery", reason="the extra docs is not installed")
    area = tmp_path_factory.mktemp("site")
    shutil.copytree(DOCS, area / "docs", ignore=shutil.ignore_patterns("gallery", "__pycache__"))
    shutil.copy(ROOT / "CONTRIBUTING.md", area)
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        "docs",
        "pages",
    ]
    done = subprocess.run(
        command,
        cwd=area,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return area / "pages"


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_shows_every_script(site):
    for script in SCRIPTS:
        page = site / "gallery" / script.parent.name / f"{script.stem}.html"
        text = page.read_text(encoding="utf-8")
        assert "sphx-glr-script-out" in text, script.name
        assert f"sphx_glr_{script.stem}_001.svg" in text, script.name


@pytest.mark.slow
def test_no_page_asks_anything_of_another_host(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 50
    for page in pages:
        reader = _Requests()
        reader.feed(page.read_text(encoding="utf-8"))
        assert reader.asked, page.name
        assert [address for address in reader.asked if _outside(address)] == [], page.name
    for sheet in site.rglob("*.css"):
        asked = re.findall(r"url\(([^)]*)\)|@import\s+(\S+)", sheet.read_text(encoding="utf-8"))
        assert [one for pair in asked for one in pair if one and _outside(one)] == [], sheet.name


@pytest.mark.slow
def test_formulas_are_drawn_by_the_browser(site):
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML"' in (site / "api/xps.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("package", PUBLIC)
def test_every_public_name_is_in_the_reference(site, package):
    reader = _Requests()
    reader.feed((site / "api" / f"{package.partition('.')[0]}.html").read_text(encoding="utf-8"))
    names = importlib.import_module(package).__all__
    lacking = [name for name in names if f"{package}.{name}" not in reader.ids]
    constants = [
        n for n in lacking if n.isupper()
    ]  # what has no docstring of its own is not listed
    assert lacking == constants
