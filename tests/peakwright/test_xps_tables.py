"""What a person reads: nothing from a file is markup or steers the terminal, no number is broken."""

from __future__ import annotations

import pytest

from peakwright.cli.console import out_console
from peakwright.cli.main import main
from xps.example import example_path

SAMPLE = "GaCl3/InCl3-coated Li6PS5Cl, cycled (synthetic)"

RECIPE = """schema = "peakwright.xps.recipe/1"
[[envelope]]
region = "P 2p"
[[envelope.components]]
name = "[/bold] [red]x"
core_level = "P 2p"
position = "131.8 in 130 .. 134"
"""


@pytest.fixture
def renamed(tmp_path):
    """The example with another sample name."""

    def write(name):
        with open(example_path(), encoding="latin-1") as stream:
            text = stream.read()
        assert SAMPLE in text
        path = tmp_path / "renamed.vms"
        path.write_text(text.replace(SAMPLE, name), encoding="latin-1")
        return str(path)

    return write


@pytest.mark.parametrize("name", ["[/bold] [red]x[/red]", "\x1b[2J\x1b[31mred", "<script>"])
@pytest.mark.parametrize(
    "command", [["inspect"], ["fit", "--region", "P 2p", "--species", "PS4"]], ids=lambda c: c[0]
)
def test_a_sample_name_is_text(capsys, renamed, name, command):
    code = main(["xps", command[0], renamed(name), *command[1:]])
    said = capsys.readouterr()
    assert code in {0, 1}, said.err
    assert "\x1b" not in said.out
    assert name.replace("\x1b", "\\x1b") in said.out


def test_a_component_name_is_text(capsys, tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(RECIPE)
    code = main(["xps", "fit", example_path(), "--recipe", str(path)])
    said = capsys.readouterr()
    assert code in {0, 1}, said.err
    assert "[/bold] [red]x" in said.out


def test_an_inspected_number_is_not_broken(capsys, data_dir, monkeypatch):
    monkeypatch.setattr(out_console, "width", 80)
    path = data_dir / "xps" / "cheminfo-vamas" / "assigned.vms"
    assert main(["xps", "inspect", str(path)]) == 0
    shown = capsys.readouterr().out
    (row,) = (line for line in shown.splitlines() if line.strip().startswith("53 "))
    assert row.split()[0] == "53"
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "195 .. 215" in shown
    assert "10 lines" in shown


def test_an_unknown_photon_energy_is_said_in_words(capsys, data_dir):
    assert main(["xps", "inspect", str(data_dir / "xps" / "LG4X-V2" / "PET_C1s.csv")]) == 0
    shown = capsys.readouterr().out
    assert "photon energy not stated" in shown
    assert "1 spectrum" in shown


def test_a_finding_is_one_line(capsys, monkeypatch):
    monkeypatch.setattr(out_console, "width", 60)
    main(["xps", "fit", example_path(), "--region", "P 2p", "--species", "PS4"])
    lines = capsys.readouterr().out.splitlines()
    (line,) = (text for text in lines if "no charge reference" in text)
    assert line.endswith("[reference_not_declared]")


def test_regions_that_come_again_are_numbered(capsys, data_dir):
    path = str(data_dir / "xps" / "cheminfo-vamas" / "ARXPS.vms")
    main(["xps", "fit", path, "--species", "C-C", "--charge-shift", "4.1"])
    shown = " ".join(capsys.readouterr().out.split())
    for number in range(1, 6):
        assert f"C 1s ({number}): " in shown
        assert f"95 % intervals ({number})" in shown


def test_a_figure_says_that_its_fit_did_not_converge(tmp_path):
    path = tmp_path / "off.toml"
    path.write_text(RECIPE.replace("131.8 in 130 .. 134", "131.3 in 131.2 .. 131.4"))
    out = tmp_path / "r"
    assert main(["xps", "fit", example_path(), "--recipe", str(path), "--out", str(out)]) == 3
    assert "at_bound: no intervals" in (out / "P_2p.svg").read_text()


@pytest.mark.parametrize("key", ["S 2p", "Li2S", "polysulfide", "scofield_al", "GaCl-", "Li6PS5Cl"])
def test_nothing_of_an_entry_is_left_out_in_a_narrow_terminal(capsys, monkeypatch, key):
    monkeypatch.setattr(out_console, "width", 80)
    assert main(["library", "show", key]) == 0
    shown = capsys.readouterr().out
    assert "…" not in shown
    rule = [line for line in shown.splitlines() if "──" in line]
    assert all(len(line) <= 80 for line in rule)


def test_keys_of_a_library_of_ones_own_are_text(capsys, monkeypatch):
    names = {"species": ("[/bold]x", "[red]y")}
    monkeypatch.setattr("references.registry.Registry.names", lambda _: names)
    assert main(["library", "list"]) == 0
    assert "species (2): [/bold]x, [red]y" in capsys.readouterr().out


def test_no_unit_is_taken_for_markup_in_the_help(capsys):
    assert main(["xps", "fit", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "in eV" in shown


# --- the energy scale -----------------------------------------------------------------------------


def test_the_table_says_what_positions_are_relative_to(capsys):
    fit = ["xps", "fit", example_path(), "--region", "P 2p", "--region", "Cl 2p",
           "--species", "PS4,LiCl"]  # fmt: skip
    main([*fit, "--charge-reference", "C 1s:C-C"])
    shown = capsys.readouterr().out
    assert shown.count("positions are relative to the charge reference C 1s C-C = 284.8 eV") == 1
    assert "which is not in their u" in shown
    main([*fit, "--charge-shift", "0.32"])
    assert "shift +0.320 eV of unknown u" in capsys.readouterr().out
    main(fit)
    assert "positions are relative" not in capsys.readouterr().out
