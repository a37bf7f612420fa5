"""Each rule of the XPS linter has its paragraph, and each paragraph a rule."""

from __future__ import annotations

import re

from xps.lint import RULES

BESIDE = {"large_charge_shift", "zero_area", "no_reference", "counts_unknown"}
"""Slugs that a rule, or the fit itself, gives beside a rule's own."""


def test_every_rule_has_its_paragraph(project):
    text = (project / "docs" / "rules.md").read_text()
    told = re.findall(r"^### (\w+)\n", text, flags=re.MULTILINE)
    assert len(told) == len(set(told))
    assert set(told) == {rule.name for rule in RULES} | BESIDE


def test_every_paragraph_says_how_loud_it_is(project):
    text = (project / "docs" / "rules.md").read_text()
    for paragraph in text.split("\n### ")[1:]:
        assert re.search(r"\*(?:[Ee]rror|[Ww]arning|[Ii]nfo)\b", paragraph), paragraph[:40]
