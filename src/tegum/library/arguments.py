"""Arguments of a person as sections of parameters; what is wrong with one is told by its name."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from pydantic import ValidationError

from tegum.errors import TegumError
from tegum.experiment.params import Section

S = TypeVar("S", bound=Section)


def section(of: type[S], values: Mapping[str, Any], names: Mapping[str, str] | None = None) -> S:
    """The section of these values.

    Args:
        of: its class.
        values: by the names of its fields.
        names: field to what the argument is called, where that differs.

    Raises:
        TegumError: a line for each value that it cannot have, by the name of the argument.
    """
    try:
        return of.model_validate({name: plain(value) for name, value in values.items()})
    except ValidationError as error:
        raise TegumError(told(error, of, names)) from None


def told(error: ValidationError, of: type[Section], names: Mapping[str, str] | None = None) -> str:
    """What is wrong with the values of a section, a line each, by the names of the arguments."""
    called = names or {}
    lines = []
    for item in error.errors():
        field = str(item["loc"][0]) if item["loc"] else ""
        if item["type"] == "extra_forbidden":
            lines.append(unknown(field, [called.get(f, f) for f in of.model_fields]))
        else:
            found = f"{called.get(field, field)} is {item['input']!r}: " if field else ""
            lines.append(found + item["msg"].removeprefix("Value error, "))
    return "\n".join(dict.fromkeys(lines))


def unknown(name: str, known: Iterable[str]) -> str:
    """What is said of an argument that there is not."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    return f"no argument {name}: {meant}"


def plain(value: Any) -> Any:
    """Numbers of numpy as Python's own, ranges and arrays as lists."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray | range | tuple | list):
        return [plain(one) for one in value]
    return value


def several(value: Any) -> bool:
    """Whether an argument is a list of values, which makes an axis."""
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)


def values(name: str, given: Any, kind: type) -> list[Any]:
    """The values of an argument, one or several, all of one kind and different.

    Raises:
        TegumError: naming the argument.
    """
    found = plain(given) if several(given) else [plain(given)]
    fit = {int: (int,), float: (int, float)}[kind]
    wrong = [v for v in found if isinstance(v, bool) or not isinstance(v, fit) or v <= 0]
    if wrong or not found:
        what = "whole numbers above 0" if kind is int else "numbers above 0"
        raise TegumError(f"{name} is {given!r}; give one or several {what}")
    if len(set(found)) < len(found):
        raise TegumError(f"{name} is {given!r}: a value is given twice")
    return found
