"""Figures in the page: what they may hold, and that several do not get into each other's way."""

from __future__ import annotations

import re

import pytest

from peakwright.report import make
from peakwright.report.svg import read_svg
from references.files import DataFileError

from .sampled import SVG, pattern, phase, write


def read(tmp_path, inner, whole=SVG):
    path = tmp_path / "a.svg"
    path.write_text(whole.replace("{}", inner))
    return read_svg(path, "f1", 'a "label"').markup


HARMFUL = {
    "script": "<script>alert(1)</script>",
    "foreign content": "<foreignObject><p/></foreignObject>",
    "handler": '<path d="M 0 0" onload="alert(1)"/>',
    "link": '<a href="http://example.org"><path d="M 0 0"/></a>',
    "use of elsewhere": '<use href="http://example.org/a.svg#b"/>',
    "use by the old name": '<use xlink:href="http://a/b#c" xmlns:xlink="http://www.w3.org/1999/xlink"/>',
    "image of elsewhere": '<image href="http://example.org/a.png"/>',
    "image that is a page": '<image href="data:image/svg+xml;base64,AAAA"/>',
    "javascript": '<use href="javascript:alert(1)"/>',
    "style that fetches": '<path style="fill: url(http://example.org/a)"/>',
    "style that imports": '<path style="@import url(a.css)"/>',
    "style that ends": '<path style="fill: red} body {display: none"/>',
    "style that hides": '<path style="fill: u\\72l(http://a)"/>',
    "fill that fetches": '<path fill="url(http://example.org/a)"/>',
    "animation": '<animate attributeName="href" to="javascript:alert(1)"/>',
    "set": '<set attributeName="onload" to="alert(1)"/>',
    "svg in svg": "<svg/>",
}


@pytest.mark.parametrize("inner", HARMFUL.values(), ids=HARMFUL)
def test_what_a_figure_does_not_need_is_refused(tmp_path, inner):
    with pytest.raises(DataFileError):
        read(tmp_path, inner)


@pytest.mark.parametrize(
    "whole",
    [
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
        '<!DOCTYPE svg SYSTEM "http://example.org/a.dtd"><svg/>',
        "<html/>",
        "not xml",
        "",
    ],
)
def test_what_is_no_figure_is_refused(tmp_path, whole):
    with pytest.raises(DataFileError):
        read(tmp_path, "", whole)


def test_a_sheet_of_styles_stays_out_of_the_page(tmp_path):
    made = read(tmp_path, "<style>* { display: none }</style>")
    assert "display" not in made


def test_identifiers_and_what_refers_to_them_get_the_prefix(tmp_path):
    made = read(
        tmp_path,
        '<clipPath id="p1"><rect/></clipPath><use href="#m1"/>'
        '<g clip-path="url(#p1)" style="fill: url(#p1)"/>',
    )
    assert 'id="f1-m1"' in made
    assert 'href="#f1-m1"' in made
    assert made.count("url(#f1-p1)") == 2
    assert "#p1" not in made


def test_styles_become_classes_of_the_figure(tmp_path):
    made = read(tmp_path, '<path d="M 0 0" style="fill: #fff"/>')
    assert made.count('class="f1s0"') == 2
    assert ".f1s0{fill: #fff}" in made
    assert "style=" not in made


def test_coordinates_are_a_hundredth_of_a_point(tmp_path):
    assert "M 1.23 2 L 3 4" in read(tmp_path, "")


def test_exponents_are_left_as_they_are(tmp_path):
    assert 'd="M 1.23456e-05 1"' in read(tmp_path, '<path d="M 1.23456e-05 1"/>')


def test_text_is_text(tmp_path):
    made = read(tmp_path, "<text>&lt;script&gt; &amp; α</text>")
    assert "<text>&lt;script&gt; &amp; α</text>" in made


def test_a_label_is_text(tmp_path):
    assert 'aria-label="a &quot;label&quot;"' in read(tmp_path, "")


def test_a_picture_inside_may_stay(tmp_path):
    made = read(tmp_path, '<image href="data:image/png;base64,iVBORw0KGgo="/>')
    assert "data:image/png;base64,iVBORw0KGgo=" in made


def test_a_figure_of_ours_keeps_all_it_draws(tmp_path):
    import matplotlib.pyplot as plt

    from references.plot import rendered

    drawn, axes = plt.subplots()
    axes.plot([1, 2, 3], [1, 4, 2], "o-", label="a <b> & c")
    axes.legend()
    path = tmp_path / "a.svg"
    path.write_bytes(rendered(drawn, "svg"))
    plt.close(drawn)
    made = read_svg(path, "f1", "")
    before = path.read_text()
    for tag in ("path", "use", "text", "clipPath"):
        assert made.markup.count(f"<{tag}") == len(re.findall(rf"<{tag}\b", before))
    assert "a &lt;b&gt; &amp; c" in made.markup
    assert made.width > 100


def test_a_refused_figure_is_a_finding_and_the_report_is_made(tmp_path):
    write(tmp_path, pattern(phase("LiCl")), pattern=HARMFUL["script"], limits="")
    made = make(tmp_path)
    assert [figure.name for figure in made.sections[0].figures] == ["limits"]
    note = next(note for note in made.notes if note.rule == "figure_left_out")
    assert "<script>" in note.message


def test_a_figure_that_the_result_has_not_written_is_not_its_own(tmp_path):
    write(tmp_path, pattern(phase("LiCl")), pattern="", holiday="")
    (tmp_path / "environment.json").write_text('{"files": ["pattern.svg"]}')
    assert [figure.name for figure in make(tmp_path).sections[0].figures] == ["pattern"]
