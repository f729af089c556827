"""Offline pages of tables and interactive figures; every text is escaped."""

from collections.abc import Iterable, Sequence
from html import escape

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<script>{javascript}</script>
<style>
body {{ font-family: sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
  line-height: 1.5; }}
h1 {{ overflow-wrap: anywhere; }}
figure, section {{ margin: 1rem 0; overflow-x: auto; }}
td {{ padding: 0.1rem 1rem 0.1rem 0; vertical-align: top; }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def document(title: str, body: Iterable[str]) -> bytes:
    """An offline page of a title, which is escaped, and parts that are HTML."""
    from tegum.figures.render import javascript  # sets what matplotlib draws with, for good

    parts = {"title": escape(title), "javascript": javascript().decode(), "body": "\n".join(body)}
    return PAGE.format(**parts).encode()


def paragraph(text: str) -> str:
    """A text as HTML, escaped."""
    return f"<p>{escape(text)}</p>"


def figure(drawn: tuple[str, str], caption: str) -> str:
    """What `interactive` made, with its caption, which is escaped, as HTML."""
    script, element = drawn
    return f"<figure>{element}<figcaption>{escape(caption)}</figcaption></figure>\n{script}"


def table(title: str, rows: Sequence[Sequence[str]]) -> str:
    """Rows as HTML, escaped."""
    lines = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    inside = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<section><h2>{escape(title)}</h2>\n<table>\n{inside}\n</table></section>"
