"""The project's docs as pages of the site: sorted by kind, with links that lead somewhere."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from tegum.data.files import read_text
from tegum.errors import TegumError

FOLDER = Path("docs")
CONTENTS = FOLDER / "README.md"
"""The list of all pages, by kind; what a code host shows of the folder."""
OWN = ("ledger.md", "gallery.md")
"""Pages that the site makes itself, from the same results."""
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
FENCE = re.compile(r"^(```.*?^```|~~~.*?^~~~)", re.DOTALL | re.MULTILINE)
PAGES = {"reference": ("reference/cli", "reference/api/index")}
"""Kind, in small letters, to the pages that the site makes of the code."""


def contents() -> dict[str, list[str]]:
    """Kind of documentation to its files, as `docs/README.md` lists them.

    Raises:
        TegumError: when a page is not listed, or one is that there is not.
    """
    found: dict[str, list[str]] = {}
    for part in re.split(r"^## ", read_text(CONTENTS), flags=re.MULTILINE)[1:]:
        kind, _, listed = part.partition("\n")
        targets = [link[2] for link in links(listed) if "/" not in link[2]]
        found[kind.strip()] = [t for t in targets if t.endswith(".md")]
    listed = {name for names in found.values() for name in names}
    there = {file.name for file in FOLDER.glob("*.md")} - {CONTENTS.name}
    if listed != there:
        name = min(listed ^ there)
        wrong = "is not listed" if name in there else "is listed, and is not there"
        raise TegumError(f"{CONTENTS}: docs/{name} {wrong}; mend the list")
    return found


def toctrees() -> dict[str, list[str]]:
    """Kind of documentation to the names of its pages of the site."""
    return {
        kind: [f"docs/{n.removesuffix('.md')}" for n in names if n not in OWN]
        + list(PAGES.get(kind.lower(), ()))
        for kind, names in contents().items()
    }


def pages() -> dict[str, str]:
    """Path, under the source folder, to text of each page of the docs."""
    names = [n for listed in contents().values() for n in listed if n not in OWN]
    return {f"docs/{name}": moved(read_text(FOLDER / name), name) for name in names}


def pictures() -> list[str]:
    """The pictures that the pages show, from the project's root."""
    texts = (read_text(FOLDER / Path(path).name) for path in pages())
    shown = {t for text in texts for mark, _, t in links(text) if mark and "://" not in t}
    return sorted(os.path.normpath(FOLDER / target) for target in shown)


def links(text: str) -> list[tuple[str, str, str]]:
    """Mark, words and target of each link and picture that is not in a block of code."""
    return [(m[1], m[2], m[3]) for part in FENCE.split(text)[::2] for m in LINK.finditer(part)]


def dangling(pages: Iterable[Path]) -> list[str]:
    """The links of Markdown files to files that there are not."""
    found = []
    for page in pages:
        for _, _, target in links(read_text(page)):
            path = target.split("#")[0]
            if path and "://" not in path and not (page.parent / path).exists():
                found.append(f"{page}: {target}")
    return found


def moved(text: str, name: str) -> str:
    """A page's text with links as they are in the site.

    Links to other pages stay; those to the ledger and the gallery lead to the site's; those to
    files of the repository, which the site does not hold, are left as words.
    """

    def turned(link: re.Match[str]) -> str:
        mark, words, target = link.groups()
        path, _, anchor = target.partition("#")
        if not path or "://" in path or mark:
            return link[0]
        inside = os.path.normpath(FOLDER / path)
        if Path(inside).name in OWN and Path(inside).parent == FOLDER:
            page = f"/{Path(inside).name}"
            return f"[{words}]({page}{'#' + anchor if anchor else ''})"
        if Path(inside).parent == FOLDER and inside.endswith(".md"):
            return link[0]
        return words

    parts = FENCE.split(text)
    parts[::2] = [LINK.sub(turned, part) for part in parts[::2]]
    return "".join(parts)
