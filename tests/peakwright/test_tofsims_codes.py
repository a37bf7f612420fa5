"""Exit codes of ``tofsims profile``: clean only where nothing is wrong."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from peakwright.cli.console import ExitCode
from peakwright.jobs.tofsims.profile import _exit_code
from references.words import Finding, Severity


@pytest.mark.parametrize(
    ("verdict", "severity", "code"),
    [
        (0, Severity.WARNING, ExitCode.CLEAN),
        (0, Severity.ERROR, ExitCode.FINDINGS),
        (3, Severity.ERROR, ExitCode.UNDECIDABLE),
    ],
)
def test_nothing_is_clean_where_a_finding_is_an_error(verdict, severity, code):
    finding = Finding(rule="shots_impossible", severity=severity, subject="Cl-", message="wrong")
    made = SimpleNamespace(found=SimpleNamespace(exit_code=verdict), findings=(finding,))
    assert _exit_code(made) == code
