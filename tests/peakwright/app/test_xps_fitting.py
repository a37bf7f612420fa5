"""What the page asks to be fitted: the answers of the command line, and each of them once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import references
import xps
from peakwright.app.xps import edits
from peakwright.app.xps.fitting import Fitter, asked
from peakwright.app.xps.state import begun
from xps import sample


@pytest.fixture(scope="module")
def registry():
    return references.load()


@pytest.fixture
def fits(monkeypatch):
    """The regions that were fitted, in order."""
    done = []
    fit = sample.fit

    def counted(spectrum, envelope, **given):
        done.append(envelope.region)
        return fit(spectrum, envelope, **given)

    monkeypatch.setattr(sample, "fit", counted)
    return done


@pytest.fixture
def session(registry):
    """S 2p with Ga 3s under it, whose size Ga 2p tells."""
    recipe = xps.Recipe(
        charge=(xps.Charge(shift=0.32),),
        envelopes=(
            xps.envelope("P 2p", ["PS4"]),
            xps.envelope("Ga 2p", ["Ga2O3"]),
            xps.envelope("S 2p", ["PS4", "Li2S"], elements=["Ga"]),
        ),
    )
    found = begun(Path(xps.example_path()), registry, recipe)
    found.look_at(next(r.number for r in found.regions if r.level == "S 2p"))
    return found


def moved(session, position):
    session.change(edits.placed(session.envelope, "Li2S", "position", position), "moved")
    return asked(session)


def test_a_line_under_others_is_sized_as_in_the_whole_sample(session, registry):
    fitter = Fitter(session.reading, registry)
    found = fitter.settled(asked(session)).fit
    jobs = fitter._work(asked(session), alone=False)
    whole = sample.fit_sample(jobs, registry)[[e.region for _, e in jobs].index("S 2p")]
    assert found.to_dict() == whole.to_dict()
    assert found.recipe == whole.recipe == session.envelope
    assert "overlap_size" in {one.rule for one in found.findings}


def test_what_tells_its_size_is_fitted_once(session, registry, fits):
    fitter = Fitter(session.reading, registry)
    fitter.settled(asked(session))
    assert fits == ["Ga 2p", "S 2p", "S 2p"]
    fitter.settled(moved(session, 160.4))
    assert fits[3:] == ["S 2p", "S 2p"]


def test_a_state_that_was_fitted_is_not_fitted_again(session, registry, fits):
    fitter = Fitter(session.reading, registry)
    first = fitter.settled(asked(session))
    second = fitter.settled(moved(session, 160.4))
    done = len(fits)
    session.undo()
    assert fitter.known(asked(session)) is first
    session.redo()
    assert fitter.settled(asked(session)) is second
    assert len(fits) == done


def test_what_other_regions_have_does_not_make_it_another_state(session, registry):
    fitter = Fitter(session.reading, registry)
    given = asked(session)
    settled = fitter.settled(given)
    p2p, ga2p, s2p = given.recipe.envelopes
    other = xps.envelope("P 2p", ["PS4", "P2S7"])
    changed = given.recipe.model_copy(update={"envelopes": (other, ga2p, s2p)})
    assert fitter.known(replace(given, recipe=changed)) is settled
    other = xps.envelope("Ga 2p", ["Ga2S3"])
    changed = given.recipe.model_copy(update={"envelopes": (p2p, other, s2p)})
    assert fitter.known(replace(given, recipe=changed)) is None


@pytest.mark.parametrize("charge", [(), (xps.Charge(shift=0.42),)])
def test_another_scale_makes_it_another_state(session, registry, charge):
    fitter = Fitter(session.reading, registry)
    given = asked(session)
    fitter.settled(given)
    assert (
        fitter.known(replace(given, recipe=given.recipe.model_copy(update={"charge": charge})))
        is None
    )


def test_what_is_shown_before_uncertainties_are_there_is_where_the_fit_ends(session, registry):
    fitter = Fitter(session.reading, registry)
    given = asked(session)
    assert fitter.quickly(given) is None  # Ga 2p has to be fitted first
    settled, early = fitter.settled(given).fit, fitter.quickly(given)
    assert np.array_equal(early.curves.envelope, settled.curves.envelope)
    assert early.chi2_reduced == settled.chi2_reduced
    for mine, final in zip(early.lines, settled.lines, strict=True):
        assert mine.position.value == final.position.value
        assert mine.fwhm.value == final.fwhm.value
