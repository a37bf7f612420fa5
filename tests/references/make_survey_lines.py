"""Make ``references/data/survey_lines.csv`` and ``auger_groups.csv`` from their raw input.

    pip install xraylib==4.3.0 xraydb==4.5.8
    python tests/references/make_survey_lines.py references/data

The first table holds its raw input: two compilations of electron binding energies side by side, and
the cross-section of each subshell. The second is computed from the first.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

LEFT_OUT = {"He", "Ne", "Kr", "Xe", "Tc", "Pm"}
"""Gases and radioactive elements that no survey of a battery shows; argon comes from sputtering."""
SHELLS = {
    "K": "1s", "L1": "2s", "L2": "2p1/2", "L3": "2p3/2", "M1": "3s", "M2": "3p1/2", "M3": "3p3/2",
    "M4": "3d3/2", "M5": "3d5/2", "N1": "4s", "N2": "4p1/2", "N3": "4p3/2", "N4": "4d3/2",
    "N5": "4d5/2", "N6": "4f5/2", "N7": "4f7/2", "O1": "5s", "O2": "5p1/2", "O3": "5p3/2",
    "O4": "5d3/2", "O5": "5d5/2",
}  # fmt: skip
PHOTONS = {"al_barn": 1486.6, "mg_barn": 1253.6}
LOWEST, HIGHEST = 9.0, 1486.0
"""Binding energies [eV] between which a line of a core level can be seen with Al K-alpha."""
FAINTEST = 500.0
"""Smallest cross-section [barn] that is kept: that of Li 1s is 774."""

BANDS = (
    ("KLL", (("K", "L1", "L1"), ("K", "L1", "L3"), ("K", "L3", "L3"), ("K", "L3", "V"))),
    (
        "LMM",
        (("L3", "M1", "M3"), ("L3", "M3", "M3"), ("L3", "M3", "M5"), ("L3", "M5", "M5")),
    ),
    ("MNN", (("M5", "N3", "N3"), ("M5", "N3", "N5"), ("M5", "N5", "N5"))),
)
PARTNER = {"L3": "L2", "M5": "M4"}
VALENCE = 5.0
"""Taken for the binding energy of a level that is part of the valence band [eV]."""


def binding(symbol, shell):
    """Give a level's energies in both compilations [eV], None where one has none."""
    import xraydb
    import xraylib

    number = xraylib.SymbolToAtomicNumber(symbol)
    edges = xraydb.xray_edges(symbol)
    williams = edges[shell].energy if shell in edges else None
    try:
        larkins = 1000.0 * xraylib.EdgeEnergy(number, getattr(xraylib, f"{shell}_SHELL"))
    except ValueError:
        larkins = None
    return williams, larkins


def section(symbol, shell, photon):
    """Give a subshell's cross-section [barn]: xraylib's is per electron."""
    import xraylib

    number, which = xraylib.SymbolToAtomicNumber(symbol), getattr(xraylib, f"{shell}_SHELL")
    try:
        electrons = xraylib.ElectronConfig(number, which)
        return electrons * xraylib.CSb_Photo_Partial(number, which, photon / 1000.0)
    except ValueError:
        return 0.0


def symbols():
    import xraylib

    return [s for z in range(3, 84) if (s := xraylib.AtomicNumberToSymbol(z)) not in LEFT_OUT]


def line_rows():
    for symbol in symbols():
        for shell, line in SHELLS.items():
            energies = binding(symbol, shell)
            known = [e for e in energies if e]
            sections = [section(symbol, shell, photon) for photon in PHOTONS.values()]
            if not known or not LOWEST <= min(known) <= HIGHEST or sections[0] < FAINTEST:
                continue
            yield (symbol, line, *(f"{e:.1f}" if e else "" for e in energies),
                   *(f"{s:.1f}" if s else "" for s in sections))  # fmt: skip


def kinetic(number, initial, first, second):
    """Give E_A(Z) - [E_B(Z) + E_B(Z+1)] / 2 - [E_C(Z) + E_C(Z+1)] / 2 (Chung and Jenkins 1970)."""
    import xraylib

    def energy(z, shell):
        if shell == "V":
            return VALENCE
        symbol = xraylib.AtomicNumberToSymbol(z)
        williams, larkins = binding(symbol, shell)
        # The first is that of the gas for N, O, F; the second has oxides for some metals.
        gas = symbol in {"N", "O", "F", "Cl", "Br", "Ne"}
        return (larkins if gas else williams or larkins) or VALENCE

    half = [0.5 * (energy(number, s) + energy(number + 1, s)) for s in (first, second)]
    return energy(number, initial) - sum(half)


def auger_rows():
    import xraylib

    for symbol in symbols():
        number = xraylib.SymbolToAtomicNumber(symbol)
        for group, bands in BANDS:
            deep = min((e for e in binding(symbol, bands[0][0]) if e), default=0.0)
            if not 90.0 <= deep <= HIGHEST:
                continue
            for initial, first, second in bands:
                # A level that is not there empties into nothing.
                if any(s != "V" and not any(binding(symbol, s)) for s in (first, second)):
                    continue
                # Up to neon L3 is the valence band itself.
                if second == "V" and number < 11:
                    continue
                low = kinetic(number, initial, first, second)
                if initial in PARTNER:
                    high = kinetic(number, PARTNER[initial], first, second)
                else:
                    high = low
                if low > 40.0:
                    yield (symbol, group, f"{initial}{first}{second}", f"{low:.1f}", f"{high:.1f}")


def table(header, rows):
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


def tables():
    """Give both tables as text, by file name."""
    return {
        "survey_lines.csv": table(
            ("element", "line", "williams_eV", "larkins_eV", *PHOTONS), line_rows()
        ),
        "auger_groups.csv": table(
            ("element", "group", "transition", "kinetic_eV", "partner_kinetic_eV"), auger_rows()
        ),
    }


if __name__ == "__main__":
    for name, text in tables().items():
        (Path(sys.argv[1]) / name).write_text(text, encoding="utf-8")
