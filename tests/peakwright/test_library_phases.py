"""What `library show` says of a phase: what is known, and that it cannot be tested where it cannot."""

from __future__ import annotations

import json

from peakwright.cli.console import out_console
from peakwright.cli.main import main


def test_a_phase_is_shown_with_its_band_and_its_disorder(capsys, monkeypatch):
    monkeypatch.setattr(out_console, "width", 120)
    assert main(["library", "show", "Li6PS5Cl"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Li6PS5Cl, space group 216, main" in shown
    assert "9.82 .. 9.88" in shown
    assert "occupancy of Cl4d, S4a 0.615" in shown
    assert "kraft2017:" in shown
    assert "_atom_site" not in shown


def test_a_phase_without_a_structure_is_said_to_be_untestable(capsys):
    assert main(["library", "show", "GaCl3"]) == 0
    assert "no structure, so no pattern can be tested for it" in capsys.readouterr().out


def test_the_structure_is_in_the_json(capsys):
    assert main(["library", "show", "Li2CO3", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (entry,) = [e["entry"] for e in document["entries"] if e["kind"] == "phase"]
    assert "_space_group_IT_number 15\n" in entry["cif"]
    assert "effenberger1979" in {source["key"] for source in document["sources"]}
