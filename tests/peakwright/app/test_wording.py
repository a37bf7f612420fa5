"""Sentences written for the command line, in the page's own words."""

from __future__ import annotations

import pytest
import typer

from peakwright.app.look import findings_html
from peakwright.app.wording import EVERYWHERE, FIELDS, in_the_page
from peakwright.app.xps import side
from peakwright.cli.tofsims import app as tofsims_app
from peakwright.cli.xps import app as xps_app
from peakwright.cli.xrd import app as xrd_app
from references.words import Finding, Severity

COMMANDS = {"xps": (xps_app, "fit"), "xrd": (xrd_app, "check"), "tofsims": (tofsims_app, "profile")}
ELSEWHERE = {
    *("--out", "--json", "--budget", "--from-casaxps"),
    *("--intervals", "--seed", "--monte-carlo"),
}
"""What a page has no place for."""


@pytest.mark.parametrize("technique", COMMANDS)
def test_every_option_of_a_command_is_said_in_the_pages_words(technique):
    app, name = COMMANDS[technique]
    command = typer.main.get_command(app).commands[name]
    options = {o for p in command.params for o in p.opts if o.startswith("--")} - ELSEWHERE
    assert len(options) > 8
    assert options <= FIELDS[technique].keys() | EVERYWHERE.keys()
    for option in options:
        assert "--" not in in_the_page(f"give {option} or so", technique).replace("serve --", "")


@pytest.mark.parametrize(
    ("technique", "given", "told"),
    [
        (
            "xps",
            'declare one, for instance --charge-reference "C 1s:C-C" or --charge-shift 0',
            'declare one, for instance “or by line” "C 1s:C-C" or “charge shift” 0',
        ),
        (
            "tofsims",
            "give yours with --dead-time if it is another",
            "give yours with `dead_time_ns` in the recipe (`peakwright serve --recipe`) if it is "
            "another",
        ),
        ("xrd", "choose one with --scan 0 to --scan 2", "choose one with “scan” 0 to “scan” 2"),
        ("xps", "a -- b, --x, 1--2", "a -- b, --x, 1--2"),
    ],
)
def test_a_sentence_says_where_it_is_set(technique, given, told):
    assert in_the_page(given, technique) == told


def test_findings_are_shown_in_the_pages_words():
    one = Finding(
        rule="a", severity=Severity.WARNING, subject="dead time", message="see --dead-time"
    )
    assert "--dead-time" not in findings_html([one], "tofsims")
    two = Finding(rule="a", severity=Severity.INFO, subject="x", message="see --charge-shift 0")
    assert "--charge-shift" not in side.findings_html([two], None, stale=False)
