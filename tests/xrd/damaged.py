"""Damaged CIFs: what editors, programs and slips make of a good one."""

from __future__ import annotations

import re

STRANGE = (
    "?", ".", "", "nan", "inf", "-inf", "1e999", "-1", "0", "1e-300", "99999999999999999999", "x",
    "0.5(12", "'", '"', ";", "loop_", "data_b", "_cell_length_a", "\x00", "é", "-x,y,z", "1/3", "0.4999",
    "Xx", "Cl1-", "save_", "#", "$", "1,5",
)  # fmt: skip


def mutant(text, rng):
    """One damage, or several, at places that the generator chooses."""
    for _ in range(int(rng.integers(1, 4))):
        text = DAMAGES[int(rng.integers(len(DAMAGES)))](text, rng)
    return text


def _lines(text, rng, count):
    lines = text.split("\n")
    return lines, [int(i) for i in rng.integers(len(lines), size=count)]


def _without_a_line(text, rng):
    lines, (at,) = _lines(text, rng, 1)
    return "\n".join(lines[:at] + lines[at + 1 :])


def _a_line_twice(text, rng):
    lines, (at, to) = _lines(text, rng, 2)
    return "\n".join([*lines[:to], lines[at], *lines[to:]])


def _lines_changed_over(text, rng):
    lines, (first, second) = _lines(text, rng, 2)
    lines[first], lines[second] = lines[second], lines[first]
    return "\n".join(lines)


def _cut_short(text, rng):
    return text[: int(rng.integers(len(text) + 1))]


def _a_strange_word(text, rng):
    words = re.split(r"(\s+)", text)
    words[int(rng.integers(len(words)))] = STRANGE[int(rng.integers(len(STRANGE)))]
    return "".join(words)


def _a_strange_number(text, rng):
    numbers = list(re.finditer(r"(?<=\s)-?[0-9]*\.?[0-9]+(?=\s)", text))
    if not numbers:
        return text
    there = numbers[int(rng.integers(len(numbers)))]
    strange = [*STRANGE[:11], f"{rng.normal(0, 3):.4f}", f"{10 ** rng.uniform(-6, 6):.4g}"]
    return text[: there.start()] + strange[int(rng.integers(len(strange)))] + text[there.end() :]


def _a_strange_character(text, rng):
    if not text:
        return text
    at = int(rng.integers(len(text)))
    return text[:at] + chr(int(rng.integers(1, 400))) + text[at + int(rng.integers(2)) :]


DAMAGES = (
    _without_a_line, _a_line_twice, _lines_changed_over, _cut_short, _a_strange_word,
    _a_strange_number, _a_strange_number, _a_strange_character,
)  # fmt: skip
