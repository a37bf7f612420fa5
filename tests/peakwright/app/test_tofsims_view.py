"""The TOF-SIMS view with a worker that works at once: what is pressed, and what it comes to."""

from __future__ import annotations

import numpy as np
import pytest

import references
import tofsims
from peakwright.app.saving import folder_of
from peakwright.app.tofsims.answer import table_html
from peakwright.app.tofsims.view import build
from peakwright.cli.main import main
from tofsims.recipe import Recipe

pytest.importorskip("bokeh")


class AtOnce:
    """A worker that does at once what it is given."""

    def __init__(self, given=None):
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

    def close(self):
        pass


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


@pytest.fixture
def file(tmp_path, written):
    path = tmp_path / "layer.itm"
    path.write_bytes(written)
    return path


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    run = tofsims.example(side=16, scans=24)
    return tofsims.write_itm(tmp_path_factory.mktemp("events") / "x.itm", run).read_bytes()


@pytest.fixture
def page(file):
    return Page(file, AtOnce(Recipe(ions=("Cl-", "GaCl-", "O-"))))


def test_profiles_image_and_answer_are_there(page):
    assert "from" in page.of("verdict").text
    assert page.of("table").text.count("<tr") == 4
    assert "m/Δm" in page.of("mass").text
    assert np.asarray(page.named("image counts").data["image"][0]).shape == (16, 16)
    assert np.isfinite(page.named("profile 0").data["y"]).all()


def test_a_region_makes_the_profile_of_its_pixels_and_the_whole_field_stays_beside(page):
    whole = np.array(page.named("profile 0").data["y"])
    page.of("region").value = "2,2,6,6"
    part = np.array(page.named("profile 0").data["y"])
    assert part.mean() == pytest.approx(whole.mean() - np.log10(16.0), abs=0.1)
    beside = page.named("whole field").data["ys"]
    np.testing.assert_allclose(np.array(beside[0]), whole - np.log10(16.0), atol=1e-6)
    page.of("region").value = ""
    np.testing.assert_allclose(page.named("profile 0").data["y"], whole)
    assert len(page.named("whole field").data["ys"]) == 0


def test_a_region_that_is_drawn_changes_the_curves_but_not_the_answer(page):
    before = page.of("verdict").text
    whole = np.array(page.named("profile 0").data["y"])
    page.of("live").tags = ["disc:8,8,3"]
    assert np.array(page.named("profile 0").data["y"]).mean() < whole.mean() - 0.5
    assert page.of("verdict").text == before


@pytest.mark.parametrize("text", ["1,2", "disc:400,400,3", "<script>"])
def test_a_region_that_cannot_be_is_refused_and_the_old_one_stays(page, text):
    page.of("region").value = "2,2,6,6"
    page.of("region").value = text
    assert page.of("region").value == "2,2,6,6"
    assert 'role="alert"' in page.of("progress").text
    assert "<script" not in page.of("progress").text


def test_the_slider_and_the_sum_choose_the_image(page):
    whole = np.nansum(page.named("image counts").data["image"][0])
    page.of("many").value = "1"
    first = np.array(page.named("image counts").data["image"][0])
    page.of("step").value = 20
    later = np.array(page.named("image counts").data["image"][0])
    assert np.nansum(first) < whole
    assert (first != later).any()
    assert "scan 20" in page.of("image-told").text
    assert page.of("step").title == "image of scan 20"


def test_what_the_image_adds_up_is_said_at_the_slider_and_under_the_image(page):
    assert page.of("step").title == "image of all 24 scans"
    assert not page.of("step").show_value
    assert "all 24 scans, 25 to 600 s" in page.of("image-told").text
    page.of("many").value = "5"
    page.of("step").value = 10
    assert page.of("step").title == "image of scans 8 to 12"


def test_a_region_that_is_cancelled_leaves_the_curves_of_the_one_there_is(page):
    whole = np.array(page.named("profile 0").data["y"])
    page.of("live").tags = ["disc:8,8,3"]
    page.of("live").tags = []
    np.testing.assert_array_equal(page.named("profile 0").data["y"], whole)


def test_a_refusal_is_not_talked_over_by_what_was_asked_before(file):
    later = []

    class Later(AtOnce):
        """Keeps what follows ions until it is let go."""

        def submit(self, work, deliver, *, lane="", failed=None):
            if lane == "follow" and later is not None:
                later.append(lambda: AtOnce.submit(self, work, deliver, failed=failed))
            else:
                super().submit(work, deliver, lane=lane, failed=failed)

    page = Page(file, Later(Recipe(ions=("Cl-", "GaCl-"))))
    assert "counting" in page.of("progress").text
    page.of("other").value = "Ga+"
    refused = page.of("progress").text
    assert "negative ions" in refused or "both signs" in refused
    later.pop()()
    assert page.of("verdict").text
    assert page.of("progress").text == refused
    page.press("Follow")
    assert 'role="alert"' not in page.of("progress").text


def test_how_a_region_is_drawn_is_said_at_the_image(page):
    assert "drag from corner to corner" in page.of("hint").text
    assert page.of("region").title == "region, as x0,y0,x1,y1"


def test_an_overlay_lays_two_ions_over_each_other(page):
    page.of("mode").active = 1
    page.of("channel0").value, page.of("channel1").value = "Cl-", "O-"
    pixels = np.array(page.named("overlay").data["image"][0])
    red, green = pixels & 0xFF, (pixels >> 8) & 0xFF
    assert red.max() > 200
    assert green.max() > 150
    assert len(np.unique(pixels)) > 20


def test_profiles_can_be_seen_over_their_maximum_and_on_a_linear_axis(page):
    page.of("scale").active = 0
    page.of("level").active = 1
    assert np.array(page.named("profile 1").data["y"]).max() == pytest.approx(1.0)
    assert "maximum" in page.named("profile").yaxis[0].axis_label


def test_ions_can_be_divided_by_another(page):
    page.of("normalise").value = "Cl-"
    page.press("Follow")
    assert "over Cl-" in page.named("profile").yaxis[0].axis_label
    assert "reference" in page.of("findings").text or "divided" in page.of("findings").text


def test_what_cannot_be_followed_is_said_and_the_old_answer_stays(page):
    before = page.of("table").text
    page.of("window").value = "900,1000"
    page.press("Follow")
    assert "no data point" in page.of("progress").text
    assert page.of("table").text == before


def test_another_ion_can_be_named(page):
    page.of("other").value = "S2-"
    assert page.of("ions").value[-1] == "S2-"
    page.of("other").value = "what"
    assert 'role="alert"' in page.of("progress").text


@pytest.mark.parametrize("wrong", ["Ga+", "Ga+,S2-"])
def test_an_ion_of_the_other_polarity_is_refused_when_it_is_named(page, wrong):
    before = page.of("ions").value
    page.of("other").value = wrong
    assert "cannot be in a measurement of negative ions" in page.of("progress").text or (
        "ions of both signs" in page.of("progress").text
    )
    assert page.of("ions").value == before
    assert "Ga+" not in page.of("ions").options
    assert page.of("other").value == ""
    page.of("other").value = "S2-"
    assert page.of("progress").text == ""


def test_a_reload_finds_what_was_done(page, file):
    page.of("region").value = "disc:8,8,4"
    again = Page(file, page.worker)
    assert again.of("region").value == "disc:8,8,4"
    assert again.of("verdict").text == page.of("verdict").text


def test_a_saved_result_is_that_of_the_command(page, file, tmp_path):
    page.of("region").value = "polygon:1,1,14,2,8,14"
    page.press("Save result")
    saved = folder_of(file, "tofsims")
    assert saved.name in page.of("progress").text
    out = tmp_path / "out"
    options = ["--ions", "Cl-,GaCl-,O-", "--region", "polygon:1,1,14,2,8,14"]
    main(["tofsims", "profile", str(file), *options, "--out", str(out), "--json"])
    for one in sorted(out.iterdir()):
        if one.name != "environment.json":
            assert (saved / one.name).read_bytes() == one.read_bytes(), one.name


def test_texts_are_escaped():
    hostile = dict.fromkeys(
        ("ion", "mean", "change", "interval", "along", "across", "sentence"), '"><script>'
    )
    assert "<script" not in table_html([{**hostile, "mean": "1", "change": "", "interval": ""}])


def test_an_export_has_profiles_and_no_image(data_dir, tmp_path):
    path = data_dir / "tofsims/surfacelab_profiles/I240416f_B_MAPI_1f_pos-B1 - NF.txt"
    page = Page(path, AtOnce())
    assert "no images" in page.of("head").text
    assert not page.of("pictures").visible
    assert len(page.named("profile 0").data["y"]) == 41
    before = page.of("ions").value
    page.of("other").value = "InO4+"
    assert "no ion" in page.of("progress").text
    assert page.of("ions").value == before


def test_a_file_without_profiles_is_told_of(data_dir):
    page = Page(data_dir / "tofsims/surfacelab_spectra/N_Ru-Rh_Bi1_2.txt", AtOnce())
    assert "no depth profile" in page.of("progress").text
