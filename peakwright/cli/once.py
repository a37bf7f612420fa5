"""Options that hold one value and are given twice: the last would win without a word."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["refusing_twice"]

# BadParameter -> UsageError, reached as in `main`.
UsageError: Any = typer.BadParameter.__mro__[1]


def refusing_twice(command: Any) -> None:
    """Have a command refuse an option that holds one value and is given more often.

    Parameters
    ----------
    command : click.Command
        Changed in place.
    """
    make = command.make_parser

    def make_parser(context: Any) -> Any:
        parser = make(context)
        parse = parser.parse_args

        def parse_args(args: list[str]) -> Any:
            values, rest, order = parse(args)
            _refuse_twice(order, context)
            return values, rest, order

        parser.parse_args = parse_args
        return parser

    command.make_parser = make_parser


def _refuse_twice(order: Sequence[Any], context: Any) -> None:
    """Refuse what comes more than once in the order in which options were given."""
    times = Counter(map(id, order))
    for option in order:
        if times[id(option)] == 1 or not _holds_one(option):
            continue
        name = max(option.opts, key=len)
        several = "comma-separated" in (option.help or "")
        how = f", several separated by commas: {name} A,B" if several else ""
        number = "twice" if times[id(option)] == 2 else f"{times[id(option)]} times"
        raise UsageError(f"{name} is given {number}; give it once{how}", context)


def _holds_one(parameter: Any) -> bool:
    """Whether a second mention would take the place of the first; a mere switch says the same."""
    if parameter.param_type_name != "option" or parameter.multiple:
        return False
    return not parameter.is_flag or bool(parameter.secondary_opts)
