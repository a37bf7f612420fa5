"""What entries say of each other: a name that is not there is refused, a near one named."""

from __future__ import annotations

import pytest

from references import DataFileError, load

VALUE = 'unit = "eV", status = "measured", source = ["wren1979"] }'
SPECIES = '[species.LiI]\nlabel = "lithium iodide"\nelements = ["Li", "I"]\ngroup = "insulator"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SPECIES + 'ions = ["GaCl"]', "no ion 'GaCl'; did you mean GaCl"),
        (SPECIES + 'phases = ["Li2s"]', "no phase 'Li2s'; did you mean Li2S"),
        (SPECIES + "composition = { PS_4 = 1.0 }", "no species 'PS_4'; did you mean PS4"),
        (
            '[[separation]]\nspecies = "Ga0 - Inn0"\nfirst = "Ga 2p3/2"\nsecond = "In 3d5/2"\n'
            "difference = { value = 672.9, " + VALUE,
            "no species 'Inn0'; did you mean In0",
        ),
        (
            '[[shift_sign]]\ncore_level = "Ga 2p"\nspecies = "Li-Ga"\nparent = "Gax"\n'
            "sign = { value = -1.0, " + VALUE.replace("eV", "1"),
            "no species 'Gax'",
        ),
        (
            '[[overlap]]\ncore_level = "S2p"\nelement = "Bi"\nintruder = "Bi 4f"\n'
            "energy = { value = 160.0, " + VALUE,
            "no core level 'S2p'; did you mean S 2p",
        ),
    ],
)
def test_a_name_that_is_not_there(tmp_path, text, message):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(DataFileError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))


def test_a_line_outside_a_window_of_ones_own_is_refused(tmp_path):
    # A user who narrows a level's window hears of the line that it leaves out.
    path = tmp_path / "own.toml"
    width = '{ value = 1.0, unit = "eV", status = "measured", source = ["wren1979"] }'
    path.write_text(
        '[core_level."F 1s"]\nelement = "F"\nlines = ["1s"]\nwindow = [690.0, 696.0]\n'
        f"fwhm_metal = {width}\nfwhm_compound = {width}\n"
        '[[line]]\ncore_level = "F 1s"\nline = "1s"\nspecies = "LiF"\n'
        'energies = [ { value = 685.0, scale = "C1s_284.8", preferred = true, ' + VALUE + " ]\n"
    )
    with pytest.raises(DataFileError, match="685 eV is outside 690 to 696 eV, where F 1s lies"):
        load(path)
