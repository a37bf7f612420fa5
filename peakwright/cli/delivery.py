"""A job that is done, handed over: tables or one JSON document, and a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .console import emit_json, progress, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..jobs import Done

__all__ = ["deliver"]


def deliver(
    done: Done,
    show: Callable[[Any], None],
    *,
    out: Path | None,
    json: bool,
    caption: str = "",
) -> tuple[Path, ...]:
    """Write a result's folder and print it as tables or JSON; give the files written.

    Parameters
    ----------
    done : Done
    show : callable
        Prints the technique's own result.
    out : Path or None
        Folder to write.
    json : bool
        One JSON document instead of tables.
    caption : str
        A remark in every figure.
    """
    written: tuple[Path, ...] = ()
    if out is not None:
        with progress("drawing figures"):
            written = done.write(out, caption=caption)
    if json:
        emit_json(done.document)
        return written
    show(done.result)
    if written:
        say("")
        say(f"written to {out}: {', '.join(path.name for path in written)}")
    return written
