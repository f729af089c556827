"""Digests of code: what it does, and not how it is written."""

import ast
import hashlib
import json
from typing import Any

from tegum.errors import TegumError


def _shape(node: Any) -> Any:
    """Nested lists of names and syntax, the same on every supported Python."""
    if isinstance(node, ast.AST):
        body = getattr(node, "body", None)
        fields: list[Any] = [type(node).__name__]
        for name, value in ast.iter_fields(node):
            if name in ("type_params", "type_comment", "kind", "ctx"):
                continue
            if name == "body" and isinstance(body, list) and _is_text(body):
                value = body[1:]
            if isinstance(node, ast.JoinedStr):
                value = [v for v in value if not (isinstance(v, ast.Constant) and v.value == "")]
            if value is None or value == []:
                continue
            fields.append([name, _shape(value)])
        return fields
    if isinstance(node, list):
        return [_shape(n) for n in node if not (isinstance(n, ast.Expr) and _is_text([n]))]
    return [type(node).__name__, repr(node)]


def _is_text(body: list) -> bool:
    first = body[0] if body else None
    return (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )


def source_digest(source: str) -> str:
    """Digest of a module's syntax without comments, docstrings and layout.

    Raises:
        TegumError: when it is not valid Python.
    """
    return digest(parsed(source))


def text_digest(text: str) -> str:
    """Digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def parsed(source: str) -> ast.Module:
    """The syntax of a module. Raises `TegumError` when it is not valid Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise TegumError(f"not valid Python: {error}") from None


def digest(node: ast.AST) -> str:
    """Digest of a piece of syntax, without docstrings."""
    shape = json.dumps(_shape(node), separators=(",", ":"))
    return hashlib.sha256(shape.encode()).hexdigest()
