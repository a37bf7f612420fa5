"""Edits of an envelope: a new one, or a sentence; undo and redo."""

from __future__ import annotations

from pathlib import Path

import pytest

import references
import xps
from peakwright.app.xps import details, edits
from peakwright.app.xps.state import History, begun
from references.words import InputError
from xps import lineshape


@pytest.fixture(scope="module")
def registry():
    return references.load()


@pytest.fixture
def envelope():
    return xps.envelope("S 2p", ["PS4", "Li2S"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "160.4"),
        ("160.2", "160.4"),
        ("160.2 fixed", "160.4 fixed"),
        ("160.0 .. 160.9", "160.4 in 160 .. 160.9"),
        ("160.2 in 160 .. 161", "160.4 in 160 .. 161"),
    ],
)
def test_a_move_keeps_the_kind_of_constraint(envelope, before, after):
    told = edits.edited(envelope, "Li2S", "position", before)
    moved = edits.placed(told, "Li2S", "position", 160.4)
    assert edits.component_of(moved, "Li2S").position == after


@pytest.mark.parametrize("text", ["PS4 - 1.2", "= PS4 - 1.2"])
def test_a_tie_is_not_moved(envelope, text):
    tied = edits.edited(envelope, "Li2S", "position", text)
    with pytest.raises(InputError, match="is tied"):
        edits.placed(tied, "Li2S", "position", 160.4)


@pytest.mark.parametrize(("field", "text"), [("position", "160.2 +- 0.1"), ("fwhm", "1.1 +- 0.2")])
def test_what_is_known_is_not_moved_but_edited(envelope, field, text):
    known = edits.edited(envelope, "Li2S", field, text)
    with pytest.raises(InputError, match=r"is known as .* ± 0\.\d; edit the constraint"):
        edits.placed(known, "Li2S", field, 160.4)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("splitting", "1.18 fixed"),
        ("ratio", "0.45 .. 0.55"),
        ("partner_width", "1 +- 0.05"),
        ("mix", "0.2 fixed"),
    ],
)
def test_what_a_doublet_and_a_shape_are_made_of_is_constrained_and_given_back(
    envelope, field, text
):
    told = edits.edited(envelope, "PS4", field, f" {text} ")
    component = edits.component_of(told, "PS4")
    found = component.shape_parameters[field] if field == "mix" else getattr(component, field)
    assert found == text
    assert edits.edited(told, "PS4", field, "") == envelope


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("splitting", "-1", "splitting of PS4"),
        ("ratio", "= Li2S", "area ratio of PS4.*can be tied"),
        ("mix", "1.4 fixed", "mix of PS4.*within 0 .. 1"),
        ("low", "1", "has no 'low'"),
        ("__class__", "1", "has no '__class__'"),
    ],
)
def test_what_a_doublet_or_a_shape_cannot_be_is_refused(envelope, field, text, why):
    with pytest.raises(InputError, match=why):
        edits.edited(envelope, "PS4", field, text)


def test_another_line_shape_keeps_what_both_have(envelope):
    told = edits.edited(envelope, "PS4", "mix", "0.2 fixed")
    voigt = edits.component_of(edits.reshaped(told, "PS4", "voigt"), "PS4")
    assert (voigt.shape, voigt.shape_parameters) == ("voigt", {"mix": "0.2 fixed"})
    gaussian = edits.component_of(edits.reshaped(told, "PS4", "gaussian"), "PS4")
    assert (gaussian.shape, gaussian.shape_parameters) == ("gaussian", {})
    with pytest.raises(InputError, match="no line shape 'round'"):
        edits.reshaped(told, "PS4", "round")


def test_every_line_shape_can_be_chosen():
    assert {one.name for one in lineshape.SHAPES} == set(details.SHAPES)


def test_a_refusal_names_the_component_and_not_its_place_in_a_file(envelope):
    told = edits.edited(envelope, "Li2S", "position", "160.0 .. 160.9")
    with pytest.raises(InputError, match=r"^position of Li2S: .* outside the window"):
        edits.windowed(told, (170.0, 173.0), (150.0, 173.0))


def test_a_move_out_of_the_users_window_is_refused(envelope):
    told = edits.edited(envelope, "Li2S", "position", "160.0 .. 160.9")
    with pytest.raises(InputError, match="widen the window"):
        edits.placed(told, "Li2S", "position", 161.5)


def test_what_others_are_tied_to_is_not_deleted(envelope):
    tied = edits.edited(envelope, "Li2S", "fwhm", "= PS4")
    with pytest.raises(InputError, match="width of Li2S is tied to PS4"):
        edits.deleted(tied, "PS4")
    assert [c.name for c in edits.deleted(tied, "Li2S").components] == ["PS4"]
    with pytest.raises(InputError, match="last species"):
        edits.deleted(edits.deleted(tied, "Li2S"), "PS4")


def test_a_species_begins_where_it_was_asked_for_if_it_may_lie_there(envelope, registry):
    near = edits.added(envelope, registry, "S8", 164.02)
    assert near.components[-1].position == "164.02"
    far = edits.added(envelope, registry, "S8", 168.0)
    assert far.components[-1].position == ""


def test_species_that_cannot_be_told_apart_are_refused(envelope, registry):
    with pytest.raises(InputError, match="cannot be"):
        edits.added(envelope, registry, "S-free")


def test_what_does_not_lie_under_a_level_is_not_put_there(envelope, registry):
    with_it = edits.added_under(envelope, registry, "Ga 3s")
    assert [c.role for c in with_it.components] == ["species", "species", "overlap"]
    with pytest.raises(InputError, match=r"cannot be added to S 2p.*none"):
        edits.added_under(with_it, registry, "Ga 3s")
    with pytest.raises(InputError, match="not there yet: Ga 3s"):
        edits.added_under(envelope, registry, "In 3d")


def test_a_free_peak_gets_a_name_of_its_own(envelope):
    twice = edits.free_peak(edits.free_peak(envelope, "S 2p", 164.0), "S 2p", 165.0)
    assert [c.name for c in twice.components] == ["PS4", "Li2S", "peak 1", "peak 2"]


def test_a_window_as_wide_as_the_spectrum_is_none(envelope):
    assert edits.windowed(envelope, (158.0, 168.0), (150.0, 173.0)).window == (158.0, 168.0)
    assert edits.windowed(envelope, (150.0, 173.0), (150.0, 173.0)).window is None
    with pytest.raises(InputError, match="empty"):
        edits.windowed(envelope, (168.0, 158.0), (150.0, 173.0))


def test_a_background_keeps_what_belongs_to_it(envelope):
    told = envelope.model_copy(
        update={"background": xps.Background(kind="tougaard", kernel=(2000.0, 1500.0))}
    )
    assert edits.renamed_background(told, "tougaard", "static").background.kernel
    assert not edits.renamed_background(told, "linear", "active").background.kernel
    flat = edits.renamed_background(told, "tougaard", "active", slope=False)
    assert not flat.background.slope
    assert not edits.renamed_background(flat, "tougaard", "static").background.slope
    with pytest.raises(InputError):
        edits.renamed_background(told, "polynomial", "active")


def test_an_entry_for_one_region_survives_another_scale():
    recipe = xps.Recipe(
        charge=(xps.Charge(shift=0.1), xps.Charge(shift=0.2, region="S 2p")),
        envelopes=(xps.envelope("S 2p", ["PS4"]),),
    )
    scaled = edits.scaled(recipe, "a", xps.Charge(line="C 1s:C-C"))
    assert [(c.line, c.region) for c in scaled.charge] == [("C 1s:C-C", ""), ("", "S 2p")]
    assert [c.region for c in edits.scaled(recipe, "a", None).charge] == ["S 2p"]


def of_several(*charges):
    return xps.Recipe(charge=charges, envelopes=(xps.envelope("S 2p", ["PS4"]),))


@pytest.mark.parametrize("wanted", [xps.Charge(shift=0.5), None])
def test_the_scale_of_one_sample_leaves_that_of_the_others(wanted):
    general = xps.Charge(shift=0.32, u=0.05)
    changed = edits.scaled(of_several(general), "A", wanted, others=("B", "C"))
    for other in ("B", "C"):
        found = changed.charge_of(other, "S 2p")
        assert (found.shift, found.u) == (0.32, 0.05)
    now = changed.charge_of("A", "S 2p")
    assert (now and now.shift) == (wanted and wanted.shift)


def test_no_scale_for_one_sample_keeps_what_others_have_for_a_region():
    recipe = of_several(xps.Charge(shift=0.1), xps.Charge(shift=0.2, region="S 2p"))
    changed = edits.scaled(recipe, "A", None, others=("B",))
    assert changed.charge_of("B", "S 2p").shift == 0.2
    assert changed.charge_of("B", "P 2p").shift == 0.1
    assert changed.charge_of("A", "P 2p") is None


def test_a_scale_of_one_sample_takes_the_place_of_its_own_alone():
    first = edits.scaled(of_several(), "A", xps.Charge(shift=0.5), others=("B",))
    second = edits.scaled(first, "A", xps.Charge(line="C 1s:C-C"), others=("B",))
    assert [(c.sample, c.line) for c in second.charge] == [("A", "C 1s:C-C")]
    assert edits.scaled(second, "A", None, others=("B",)).charge == ()


def test_a_sample_without_a_name_leaves_the_others_where_they_stand():
    changed = edits.scaled(of_several(), "", xps.Charge(shift=0.5), others=("B",))
    assert changed.charge_of("", "S 2p").shift == 0.5
    assert changed.charge_of("B", "S 2p").shift == 0.0


def test_undo_goes_back_and_a_new_step_forgets_what_was_undone():
    history = History(recipes=("a",)).then("b", "2").then("c", "3")
    assert history.undone().undone().undone().recipe == "a"
    branched = history.undone().then("d", "4")
    assert branched.redone().recipe == "d"
    assert branched.undoes == "4"
    assert history.then("c", "nothing") is history


def test_a_history_ends_somewhere_but_beyond_thirty():
    history = History(recipes=(0,))
    for step in range(1, 500):
        history = history.then(step, str(step))
    for _ in range(100):
        history = history.undone()
    assert history.recipe == 399
    assert len(history.recipes) <= 200


def test_every_region_that_names_a_level_begins_with_a_guess(registry):
    session = begun(Path(xps.example_path()), registry)
    assert [region.level for region in session.regions] == [
        envelope.region for envelope in session.recipe.envelopes
    ]
    for number in range(len(session.regions)):
        session.look_at(number)
        assert session.envelope.region == session.region.level


def test_where_nothing_can_be_undone_an_answer_that_is_awaited_is_still_the_latest(registry):
    session = begun(Path(xps.example_path()), registry)
    before = session.revision
    assert (session.undo(), session.redo()) == ("", "")
    assert session.revision == before


def test_an_envelope_of_one_sample_is_taken_before_one_of_any(registry):
    path = Path(xps.example_path())
    sample = begun(path, registry).region.sample
    any_of = xps.envelope("S 2p", ["PS4"])
    own = xps.envelope("S 2p", ["Li2S"]).model_copy(update={"sample": sample})
    session = begun(path, registry, xps.Recipe(envelopes=(any_of, own)))
    assert session.envelope == own


def test_guesses_that_nobody_looked_at_are_not_kept(registry):
    session = begun(Path(xps.example_path()), registry)
    looked = session.region.level
    assert [e.region for e in session.to_keep.envelopes] == [looked]
    number = next(i for i, r in enumerate(session.regions) if r.level == "P 2p")
    session.look_at(number)
    assert {e.region for e in session.to_keep.envelopes} == {looked, "P 2p"}
    assert "In 3d" in {e.region for e in session.unseen}


def test_what_an_answer_rests_on_is_kept(registry):
    session = begun(Path(xps.example_path()), registry)
    number = next(i for i, r in enumerate(session.regions) if r.level == "S 2p")
    session.look_at(number)
    session.change(xps.envelope("S 2p", ["PS4", "Li2S"], elements=["S", "Ga"]), "gallium is there")
    assert "Ga 2p" in {e.region for e in session.to_keep.envelopes}


def test_a_given_recipe_is_kept_whole(registry):
    given = xps.Recipe(envelopes=(xps.envelope("P 2p", ["PS4"]), xps.envelope("S 2p", ["PS4"])))
    session = begun(Path(xps.example_path()), registry, given)
    assert session.to_keep == given
