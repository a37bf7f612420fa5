"""The closed grammar of constraints."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xps.constraint import Affine, Constraint, ConstraintError, parse

NAMES = ("PS4", "S-free", "Li2S", "C-C", "Ga 3s")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Constraint()),
        ("free", Constraint()),
        ("fixed", Constraint(fixed=True)),
        (161.4, Constraint(start=161.4)),
        ("161.4", Constraint(start=161.4)),
        ("161.4 fixed", Constraint(start=161.4, fixed=True)),
        ("160.2 .. 160.9", Constraint(low=160.2, high=160.9)),
        ("160..161", Constraint(low=160.0, high=161.0)),
        ("161.4 in 161 .. 162", Constraint(start=161.4, low=161.0, high=162.0)),
        ("161.4 +- 0.1", Constraint(start=161.4, u=0.1)),
        ("161.4 ± 0.1", Constraint(start=161.4, u=0.1)),
        ("= PS4", Constraint(tie=Affine(terms=(("PS4", 1.0),)))),
        ("PS4 + 1.18", Constraint(tie=Affine(constant=1.18, terms=(("PS4", 1.0),)))),
        ("S-free - 0.1", Constraint(tie=Affine(constant=-0.1, terms=(("S-free", 1.0),)))),
        ("PS4 * 0.5", Constraint(tie=Affine(terms=(("PS4", 0.5),)))),
        ("2 * (Ga 3s - Li2S) / 4", Constraint(tie=Affine(terms=(("Ga 3s", 0.5), ("Li2S", -0.5))))),
    ],
)
def test_meaning(text, expected):
    assert parse(text, NAMES) == expected


@pytest.mark.parametrize(
    "text",
    [
        "open('/etc/hostname').read()",
        "__class__",
        "PS4.__class__",
        "PS4[0]",
        "9**9**6",
        "ones(10**10)",
        "PS4 * Li2S",
        "1 / PS4",
        "1 / 0",
        "162 .. 161",
        "165 in 161 .. 162",
        "161 +- 0",
        "161 +- -1",
        "lambda: 0",
        "a;import os",
        "((((((((((((((((((((((((((1))))))))))))))))))))))))))",
        "1" * 500,
        "1e308 * 10",
        "PS4 ..",
        "= ",
        "nan",
        "inf",
    ],
)
def test_refused_with_a_sentence(text):
    with pytest.raises(ConstraintError) as caught:
        parse(text, NAMES)
    assert str(caught.value).startswith("constraint")


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text):
    try:
        found = parse(text, NAMES)
    except ConstraintError:
        return
    for number in (found.start, found.low, found.high, found.u):
        assert number is None or math.isfinite(number)


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3))
def test_a_tie_means_what_it_says(offset, factor):
    tie = parse(f"PS4 * {factor!r} + {offset!r}".replace("+ -", "- "), NAMES).tie
    if tie is None:  # a factor of zero leaves a number
        return
    value = tie.substituted({"PS4": Affine(constant=2.0)}).constant
    assert value == pytest.approx(2.0 * factor + offset, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("name", ["a;import os", "lambda", "x" * 90, "1e5", "fixed"])
def test_names_from_files_are_only_names(name):
    assert parse(f"= {name}", [name]).tie == Affine(terms=((name, 1.0),))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("161,5", "161.5"),
        ("160,2 .. 160,9", "160.2"),
        ("160.2–160.9", "'..' between"),
        ("161 — 162", "'..' between"),
        ("–0.5", "'-' for minus"),
    ],
)
def test_two_habits_get_a_hint(text, hint):
    with pytest.raises(ConstraintError) as caught:
        parse(text, NAMES)
    assert hint in str(caught.value)


def test_a_name_may_hold_a_comma_and_a_dash():
    assert parse("= Nb2O5,2–3", ["Nb2O5,2–3"]).tie == Affine(terms=(("Nb2O5,2–3", 1.0),))
