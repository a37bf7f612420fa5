"""A file by its job: the careful fit of XPS, the check of a powder, the profiles of a run.

What the command of the technique would write for the file is kept as it is, and its numbers are put
into the tables of a batch.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from references.files import DataFileError

from .tables import number_of_row, table_of
from .unit import Made, Piece, differs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from references.words import Row

    from ..jobs import Done, Job
    from .unit import Setting, Table

__all__ = ["CarefulEngine"]


class CarefulEngine:
    """A job of any technique.

    Parameters
    ----------
    setting : Setting
    registry : Registry
    """

    def __init__(self, setting: Setting, registry: Registry) -> None:
        self.registry = registry
        self.setting = setting
        self.job = _job(setting)

    def ahead(self, pieces: Sequence[Piece]) -> None:
        """Nothing: every file takes its own time."""

    def is_ready(self, piece: Piece) -> bool:  # noqa: ARG002 - none ever is
        """Never."""
        return False

    def file(self, piece: Piece) -> Made:
        """Do a file."""
        path = Path(piece.path)
        done = self.job.run(path, self.registry)
        if why := differs(self.setting, piece):
            raise DataFileError(piece.path, why, action="run the batch again")
        return Made(
            tables=_TABLES[done.technique](done),
            findings=done.findings,
            exit_code=done.exit_code,
            # As a file would give it back.
            document=json.loads(json.dumps(done.document, allow_nan=False)),
        )

    def block(self, content: Any) -> Made:
        """Never asked for: a file is one piece."""
        raise TypeError(f"a job has no blocks, but was given a {type(content).__name__}")


def _job(setting: Setting) -> Job:
    """The job of a recipe that has been read before."""
    folder = Path(setting.folder)
    libraries = tuple(Path(path) for path in setting.library)
    if setting.technique == "xps":
        from dataclasses import replace

        from xps.recipe import from_toml

        from ..jobs.xps.fit import FitJob

        return replace(FitJob.of_recipe(from_toml(setting.recipe)), libraries=libraries)
    if setting.technique == "xrd":
        from xrd.recipe import from_toml

        from ..jobs.xrd.check import CheckJob

        return CheckJob(recipe=from_toml(setting.recipe), folder=folder, libraries=libraries)
    from tofsims.recipe import from_toml

    from ..jobs.tofsims.profile import ProfileJob

    return ProfileJob(recipe=from_toml(setting.recipe), folder=folder, libraries=libraries)


def _of_xps(done: Done) -> list[Table]:
    """A table a fit, and one a sample for fractions over several levels."""
    found: list[Table] = []
    within: set[Row] = set()
    for number, fit in enumerate(done.result.fits):
        rows = fit.rows()
        within.update(rows)
        found.append(
            table_of(
                fit.sample,
                fit.region,
                [str(fit.assessment)],
                _numbers(rows),
                spectra=[number if fit.number is None else fit.number],
                chi2=[fit.chi2_reduced],
            )
        )
    over = [row for row in done.result.fractions if row not in within]
    for sample in dict.fromkeys(row.sample for row in over):
        mine = [row for row in over if row.sample == sample]
        settled = all(f.assessment == "converged" for f in done.result.fits if f.sample == sample)
        outcome = "converged" if settled else "incomplete"
        found.append(table_of(sample, str(mine[0].basis), [outcome], _numbers(mine)))
    return found


def _of_xrd(done: Done) -> list[Table]:
    return [table_of(done.result.sample, "", [str(done.result.verdict)], _numbers(done.rows))]


def _of_tofsims(done: Done) -> list[Table]:
    """Changes of ions, each with what is said of it."""
    found = done.result
    numbers = _numbers(done.rows)
    said = {trend.ion: str(trend.verdict) for trend in found.trends}
    for number in numbers:
        if number["subject"] in said:
            number["verdict"] = [said[number["subject"]]]
    worst = next(
        (v for v in ("drifting", "undecided", "uniform") if v in said.values()), "undecided"
    )
    return [table_of(found.sample, "", [worst], numbers)]


def _numbers(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [number_of_row(row) for row in rows]


_TABLES = {"xps": _of_xps, "xrd": _of_xrd, "tofsims": _of_tofsims}
