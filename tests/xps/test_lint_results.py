"""A stored result that was changed, cut or is of another kind: judged by what it says, or refused."""

from __future__ import annotations

import copy
import json

import pytest

import references
import xps
from peakwright.cli.main import main
from references.files import DataFileError
from xps.claims_result import from_result
from xps.lint import review

REGISTRY = references.load()


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    out = tmp_path_factory.mktemp("fitted")
    arguments = ["--region", "P 2p", "--species", "PS4", "--charge-shift", "0.3"]
    assert main(["xps", "fit", str(xps.example_path()), *arguments, "--out", str(out)]) == 0
    return json.loads((out / "result.json").read_text())


def _places(part, path=()):
    """The path to every value of a document."""
    items = part.items() if isinstance(part, dict) else enumerate(part)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*path, key))


def _changed(document, path, value):
    changed = copy.deepcopy(document)
    part = changed
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return changed


@pytest.mark.parametrize("value", [None, "x", -1.0, [], {}, float("nan"), True])
def test_any_value_that_is_another_is_judged_or_refused(document, value):
    read = 0
    for path in _places(document):
        if path[0] not in {"fits", "fractions", "findings", "recipe"}:
            continue
        try:
            claims = from_result("r.json", _changed(document, path, value), REGISTRY)
            findings = review(claims, REGISTRY)
        except (DataFileError, references.InputError) as error:
            assert "\n" not in str(error)
            continue
        assert all(finding.rule for finding in findings)
        read += 1
    assert read > 0


def test_findings_that_only_the_fit_could_make_are_kept(document):
    kept = {"rule": "residual_structure", "severity": "warning", "subject": "P 2p", "message": "m",
            "reported": "", "reference": "", "deviation": "", "sources": []}  # fmt: skip
    changed = copy.deepcopy(document)
    changed["fits"][0]["findings"].append(kept)
    found = review(from_result("r.json", changed, REGISTRY), REGISTRY)
    assert [f.rule for f in found if f.severity == "warning"] == ["residual_structure"]
