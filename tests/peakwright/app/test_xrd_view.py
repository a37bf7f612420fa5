"""The XRD view with a worker that works at once: what is pressed, and what it comes to."""

from __future__ import annotations

import numpy as np
import pytest

import references
import xrd
from peakwright.app.saving import folder_of
from peakwright.app.xrd.view import build
from peakwright.cli.main import main
from xrd.recipe import Recipe

pytest.importorskip("bokeh")

SEEN = xrd.Instrument(radiation="Cu Ka")
RECIPE = Recipe(candidates=("LiCl", "Li2S", "Li3P"), instrument=SEEN)


class AtOnce:
    """A worker that does at once what it is given."""

    def __init__(self, given=None):
        self.kept = {"given": given}

    def submit(self, work, deliver, *, lane="", failed=None):
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - as the real one
            failed(error)
        else:
            deliver(result)


class Page:
    """A view in a document, and its models by their class in the page."""

    def __init__(self, path, worker):
        from bokeh.document import Document

        self.doc = Document()
        self.worker = worker
        self.doc.add_root(build(path, references.load(), worker, self.doc))

    def named(self, name):
        return self.doc.get_model_by_name(name)

    def of(self, css):
        (found,) = (
            model
            for model in self.doc.models
            if f"pw-{css}" in (getattr(model, "css_classes", None) or [])
        )
        return found

    def press(self, label):
        from bokeh.events import ButtonClick

        (button,) = (m for m in self.doc.models if getattr(m, "label", None) == label)
        button._trigger_event(ButtonClick(button))

    def ends(self):
        angles, heights = self.named("angles"), self.named("heights")
        return angles.start, angles.end, heights.start, heights.end


@pytest.fixture(scope="module")
def text():
    return xrd.xy_text(xrd.example("unannealed"))


@pytest.fixture(scope="module")
def kept(text, tmp_path_factory):
    """A check that was done, for all tests that only look at it."""
    path = tmp_path_factory.mktemp("pattern") / "unannealed.xy"
    path.write_text(text)
    worker = AtOnce(RECIPE)
    Page(path, worker)
    return path, worker


@pytest.fixture
def page(kept):
    return Page(*kept)


def test_the_pattern_is_seen_before_it_is_checked(tmp_path, text):
    path = tmp_path / "pattern.xy"
    path.write_text(text)
    page = Page(path, AtOnce())
    assert np.isfinite(page.named("pattern").data["observed"]).all()
    assert "choose the radiation" in page.of("progress").text
    assert page.of("verdict").text == ""


def test_verdict_table_and_findings_are_there(page):
    assert "impurity" in page.of("verdict").text
    assert "a = 9.8" in page.of("verdict").text
    assert page.named("candidates").data["phase"] == ["Li6PS5Cl", "Li2S", "LiCl", "Li3P"]
    assert "LiCl" in page.of("findings").text


def test_a_model_that_does_not_describe_the_pattern_is_marked(tmp_path, text, page):
    assert "does not describe" not in page.of("verdict").text
    path = tmp_path / "pattern.xy"
    path.write_text(text)
    wrong = Page(path, AtOnce(RECIPE.model_copy(update={"phase": "LiCl", "candidates": ("none",)})))
    assert "wrong phase" in wrong.of("verdict").text
    assert 'role="alert"' in wrong.of("verdict").text
    assert "no mass fraction" in wrong.of("verdict").text
    assert wrong.named("candidates").data["mass"] == [""]


def test_a_phase_is_switched_off_and_on_again(page):
    before = np.array(page.named("pattern").data["calculated"])
    labels = page.of("phases").labels
    page.of("phases").active = [i for i, name in enumerate(labels) if name != "Li2S"]
    without = np.array(page.named("pattern").data["calculated"])
    near = np.abs(page.named("pattern").data["two_theta"] - 26.97) < 0.1
    assert (without[near] < before[near] - 1).any()
    dim = page.named("lines").data
    assert {a for a, name in zip(dim["alpha"], dim["phase"], strict=True) if name == "Li2S"} == {
        0.15
    }
    page.of("phases").active = list(range(len(labels)))
    np.testing.assert_array_equal(page.named("pattern").data["calculated"], before)


def test_a_candidate_that_is_picked_is_looked_at_closely(page):
    page.named("candidates").selected.indices = [3]
    left, right, _, _ = page.ends()
    place = float(page.named("candidates").data["line"][3])
    assert left < place < right < left + 3.0
    assert np.isfinite(page.named("pattern").data["could"]).all()
    assert "Li3P" in page.named("lines").data["phase"]
    page.press("whole pattern")
    assert page.ends()[:2] == pytest.approx((10.0, 80.0))


def test_lines_are_gone_through(page):
    page.press("line ▶")
    first = np.mean(page.ends()[:2])
    page.press("line ▶")
    assert np.mean(page.ends()[:2]) > first
    page.press("◀ line")
    assert np.mean(page.ends()[:2]) == pytest.approx(first)


def test_the_axis_changes_its_scale_and_keeps_its_angles(page):
    page.named("candidates").selected.indices = [1]
    angles = page.ends()[:2]
    page.of("scale").active = 2
    assert page.ends()[:2] == angles
    assert page.ends()[3] < 6.0
    np.testing.assert_allclose(
        page.named("pattern").data["observed"], np.log10(page.named("pattern").data["counts"])
    )
    assert "log" in page.named("counts").yaxis[0].axis_label


def test_the_background_is_taken_off(page):
    page.of("background").active = [0]
    assert np.abs(page.named("pattern").data["background"]).max() == 0.0


def test_another_main_phase_offers_other_candidates(page):
    page.of("main").value = "LiCl"
    labels = page.of("among").labels
    assert "LiCl" not in labels
    assert {"Li2S", "Si"} <= set(labels)


def test_what_cannot_be_asked_is_said(page):
    page.of("elements").value = "Li,Qq"
    page.press("Check")
    assert 'role="alert"' in page.of("progress").text
    assert "Qq" in page.of("progress").text


def test_a_saved_result_is_that_of_the_command(page, kept, tmp_path):
    path, _ = kept
    page.press("Save result")
    saved = folder_of(path, "xrd")
    out = tmp_path / "out"
    options = ["--radiation", "Cu Ka", "--candidates", "LiCl,Li2S,Li3P"]
    main(["xrd", "check", str(path), *options, "--out", str(out), "--json"])
    for one in sorted(out.iterdir()):
        if one.name != "environment.json":
            assert (saved / one.name).read_bytes() == one.read_bytes(), one.name


def test_a_file_of_several_scans_asks_which(data_dir):
    page = Page(data_dir / "xrd/patterns/formats/rigaku_multiscan.ras", AtOnce())
    assert page.of("scan").visible
    assert len(page.of("scan").options) == 3
    assert "choose one" in page.of("progress").text


def test_a_pattern_that_cannot_be_checked_is_told_of_in_a_sentence(data_dir):
    page = Page(data_dir / "xrd/patterns/formats/rigaku_three_column.ras", AtOnce())
    assert 'role="alert"' in page.of("progress").text
    assert "Traceback" not in page.of("progress").text


def test_what_a_file_says_of_its_sample_is_escaped(tmp_path, text):
    path = tmp_path / "<img src=x onerror=alert(1)>.xy"
    path.write_text(text)
    page = Page(path, AtOnce(RECIPE))
    assert "<img" not in page.of("head").text + page.of("verdict").text
