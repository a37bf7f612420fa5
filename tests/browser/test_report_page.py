"""The report in a real browser: nothing is asked for, nothing sticks out, and it prints on A4."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from peakwright.report import html, make
from references.plot import rendered

pytestmark = pytest.mark.browser

spec = importlib.util.spec_from_file_location(
    "sampled", Path(__file__).parents[1] / "peakwright" / "sampled.py"
)
assert spec is not None
assert spec.loader is not None
sampled = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sampled)

WIDE = '<text x="0" y="20">{}</text>'.format("wide " * 400)
LONG = "S" + "o_long_a_name" * 30


def drawn(width: float = 3.5) -> str:
    """A figure as matplotlib draws it."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(width, 3.0))
    axes.plot(range(200), [(i * 37) % 101 for i in range(200)], ".-")
    axes.set_title("α < β & γ")
    made = rendered(figure, "svg").decode()
    plt.close(figure)
    return made


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """A sample with figures of ours, one that is hostile, and a name that is long."""
    folder = sampled.three(tmp_path_factory.mktemp("sample"))
    one = sampled.region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)}, sample=LONG)
    one["findings"] = [
        {
            "rule": "x",
            "severity": "warning",
            "subject": LONG,
            "message": "<script>alert(1)</script>",
        }
    ]
    sampled.write(folder / "xps", sampled.fits(one, name=f"{LONG}.vms"), S_2p=drawn())
    sampled.write(
        folder / "tof",
        sampled.profile(sampled.ion("Cl-", 5000.0), sampled.ion("GaCl-", 300.0)),
        profile=drawn(7.0),
        change="<script>alert(2)</script>",
        wide=WIDE,
    )
    (folder / "xps" / "recipe.toml").write_text("# " + "recipe " * 200)
    file = folder / "report.html"
    file.write_text(html(make(folder)), encoding="utf-8")
    return file


@pytest.fixture
def shown(chromium, page_file):
    """The page at the smallest size that is promised, with all that it asked for and said."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, java_script_enabled=True
    )
    page = context.new_page()
    page.asked, page.said = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("dialog", lambda dialog: page.said.append(dialog.message) or dialog.dismiss())
    page.goto(page_file.as_uri())
    page.wait_for_load_state("networkidle")
    yield page
    context.close()


def widths(page):
    return page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )


def test_nothing_but_the_page_is_asked_for(shown, page_file):
    assert shown.asked == [page_file.as_uri()]
    assert shown.said == []


@pytest.mark.parametrize("width", [1280, 1024, 640])
def test_nothing_sticks_out(shown, width):
    shown.set_viewport_size({"width": width, "height": 800})
    whole, seen = widths(shown)
    assert whole <= seen


def test_every_figure_has_a_size_and_lies_within_its_column(shown):
    boxes = shown.evaluate(
        """() => [...document.querySelectorAll('figure')].map(figure => {
            const svg = figure.querySelector('svg').getBoundingClientRect();
            const room = figure.getBoundingClientRect();
            return [svg.width, svg.height, svg.right - room.right];
        })"""
    )
    assert len(boxes) == 7  # the hostile one is left out
    assert all(width > 150 and height > 50 and over <= 0.5 for width, height, over in boxes)


def test_figures_do_not_take_each_others_marks(shown):
    """Every mark that is used is one of the same figure."""
    wrong = shown.evaluate(
        """() => [...document.querySelectorAll('svg use')].filter(use =>
            !use.closest('svg').querySelector(use.getAttribute('href'))).length"""
    )
    assert wrong == 0


def test_text_can_be_read(shown):
    """Contrast of 4.5 and more between every text and what is behind it (WCAG 2, AA)."""
    faint = shown.evaluate(
        """() => {
            const numbers = text => text.match(/[\\d.]+/g).map(Number);
            const light = text => {
                const [r, g, b] = numbers(text).map(v => v / 255).map(
                    v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const behind = element => {
                for (let e = element; e; e = e.parentElement) {
                    const colour = getComputedStyle(e).backgroundColor;
                    if (numbers(colour)[3] !== 0) return colour;
                }
                return 'rgb(255, 255, 255)';
            };
            const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
            return [...document.querySelectorAll('body :not(svg):not(svg *)')].filter(own)
                .map(e => {
                    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
                    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.className];
                }).filter(([ratio]) => ratio < 4.5);
        }"""
    )
    assert faint == []


def test_a_link_leads_to_its_section(shown):
    shown.get_by_role("navigation").get_by_text("XRD purity of A").click()
    assert shown.evaluate("document.querySelector(':target').textContent") == "XRD purity of A"
    assert shown.evaluate("window.scrollY") > 500


def test_a_recipe_unfolds_without_a_script(shown):
    recipe = shown.locator("details pre").first
    assert not recipe.is_visible()
    shown.locator("summary").first.focus()
    shown.keyboard.press("Enter")
    assert recipe.is_visible()


def test_it_prints_on_a4_with_what_is_folded(shown, tmp_path):
    printed = shown.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    boxes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed))
    assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(595, 842)}
    shown.emulate_media(media="print")
    heights = shown.evaluate(
        "[...document.querySelectorAll('details pre')].map(e => e.getBoundingClientRect().height)"
    )
    assert heights
    assert all(height > 5 for height in heights)


def test_no_printed_page_is_left_half_empty(shown):
    """Sections follow each other on the page, and a long table goes on over its end."""
    shown.emulate_media(media="print")
    style = "(e, name) => getComputedStyle(e)[name]"
    starts = shown.evaluate(
        f"[...document.querySelectorAll('section')].map(e => ({style})(e, 'breakBefore'))"
    )
    assert len(starts) >= 5
    assert set(starts) == {"auto"}
    held = shown.evaluate(
        "[...document.querySelectorAll('.table')]"
        f".filter(e => ({style})(e, 'breakInside') === 'avoid')"
        ".map(e => e.querySelectorAll('tbody tr').length)"
    )
    assert held
    assert max(held) <= 8


def test_the_page_is_looked_at(shown, tmp_path):
    """A picture for whoever looks; what is white everywhere is no page."""
    picture = shown.screenshot(full_page=True, path=tmp_path / "page.png")
    from io import BytesIO

    from PIL import Image

    drawn_page = Image.open(BytesIO(picture)).convert("L")
    assert drawn_page.size[0] == 1280
    assert drawn_page.getextrema()[0] < 60
