"""The reference study's printed numbers, brought into the columns of a table of claims."""

from __future__ import annotations

import csv
import io

HEADER = ("sample", "core_level", "species", "line", "position_eV", "fraction_percent")


def rows(data_dir):
    """Yield the table's rows; fractions belong to a sample, the lines are not said to."""
    with (data_dir / "reference" / "paper_claims.csv").open() as stream:
        for row in csv.DictReader(stream):
            if row["technique"] != "XPS":
                continue
            if row["quantity"] == "binding energy":
                printed, species = (part.strip() for part in row["label"].split("|"))
                # 'Cl 2p1/2 (paper: "Cl 1s")': the level as it was printed, the line as it is.
                element, line = printed.split()[:2]
                level = printed.split('"')[1] if '"' in printed else f"{element} {line[:2]}"
                yield ("", level, species, line, row["value"], "")
            else:
                species, _, sample = row["label"].partition(" in ")
                yield (sample, "", species, "", "", row["value"])


def table(data_dir, *, shift=None):
    """Give the table as text; ``shift(species, level, position)`` moves its positions."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for row in rows(data_dir):
        sample, level, species, line, position, fraction = row
        if shift is not None and position:
            position = f"{shift(species, level, float(position)):.3f}"
        writer.writerow((sample, level, species, line, position, fraction))
    return out.getvalue()
