"""Smaller texts of the same pictures: what a figure takes in the repository is most of its results.

An SVG keeps its shapes and loses what draws nothing (metadata, names that nothing refers to, white
space, digits after the second); other names have a letter or two, and styles that occur again are
classes. An interactive page holds its figure as compressed JSON, which the
browser unpacks.
"""

import base64
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable
from string import ascii_lowercase
from typing import Any

NAME = re.compile(r'(?P<before>href="#|url\(#| id=")(?P<name>[\w.-]+)')
STYLE = re.compile(' style="([^"]*)"')
NUMBER = re.compile(r"(?:scale|matrix)\([^)]*\)|-?\d+\.\d{3,}")
LONG_STYLE = 12
"""Letters of a style from which on it becomes a class where it occurs again."""
DIGITS = 2
"""Decimals of a number in an SVG: 0.01 pt, or 0.01 units of a marker."""
FONTS = "DejaVu Sans,Verdana,sans-serif"
"""What figures are laid out for, then one as wide, then any."""
SCRIPT = """<script>
(async () => {{
  const target = document.getElementById("{target}");
  if (typeof DecompressionStream === "undefined") {{
    target.textContent = "This browser is too old for the interactive figure (it lacks " +
      "DecompressionStream, which browsers have since 2023). The .svg and .png beside this page " +
      "show the same.";
    return;
  }}
  const packed = Uint8Array.from(atob("{packed}"), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  await Bokeh.embed.embed_item(await new Response(stream).json(), "{target}");
}})();
</script>"""


def vector(svg: str) -> str:
    """An SVG of matplotlib's in fewer letters."""
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"(?<=>)\s*\n\s*(?=<)", "", svg)
    svg = re.sub(r'(?<= d=")[^"]*', lambda path: _path(path[0]), svg)
    svg = re.sub("<[^>]*>", lambda tag: NUMBER.sub(_rounded, tag[0]), svg)
    svg = re.sub(r'(?<= style=")[^"]*', lambda style: re.sub(r"([;:]) ", r"\1", style[0]), svg)
    svg = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", svg).replace("'DejaVu Sans'", FONTS)
    used = set(re.findall(r"#([\w.-]+)", svg))
    svg = re.sub(r' id="([^"]*)"', lambda name: name[0] if name[1] in used else "", svg)
    return _briefly_named(_classed(_without_bare_groups(svg)))


def _classed(svg: str) -> str:
    """With a class in place of each style that occurs again, the most frequent first."""
    styles = Counter(STYLE.findall(svg)).most_common()
    names = _letters(style for style, n in styles if n > 1 and len(style) >= LONG_STYLE)
    rules = "".join(f".{name}{{{style}}}" for style, name in names.items())
    svg = STYLE.sub(lambda s: f' class="{names[s[1]]}"' if s[1] in names else s[0], svg)
    return svg.replace("</style>", f"{rules}</style>", 1)


def _briefly_named(svg: str) -> str:
    """With names of a letter or two, the shortest for what is referred to most."""
    count = Counter(found["name"] for found in NAME.finditer(svg))
    names = _letters(name for name, _ in count.most_common())
    return NAME.sub(lambda found: found["before"] + names[found["name"]], svg)


def _letters(things: Iterable[str]) -> dict[str, str]:
    """Different names for things: a to z, aa, ba, …"""
    found = {}
    for number, thing in enumerate(things, start=1):
        name, rest = "", number
        while rest:
            rest, letter = divmod(rest - 1, len(ascii_lowercase))
            name += ascii_lowercase[letter]
        found[thing] = name
    return found


def _path(text: str) -> str:
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", text).strip()


def _rounded(found: re.Match[str]) -> str:
    """A number in fewer digits; the factors of a transformation as they are."""
    if found[0].endswith(")"):
        return found[0]
    return f"{round(float(found[0]), DIGITS) + 0.0:.{DIGITS}f}".rstrip("0").rstrip(".")


def _without_bare_groups(svg: str) -> str:
    """Without groups that say nothing and hold no other group, the innermost first."""
    bare = re.compile(r"<g>((?:(?!</?g[ >]).)*)</g>", re.DOTALL)
    count = 1
    while count:
        svg, count = bare.subn(r"\1", svg)
    return svg


def embedded(item: Any, target: str) -> str:
    """A script that shows a bokeh item (`bokeh.embed.json_item`) in the element named `target`."""
    text = json.dumps(item, separators=(",", ":"))
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    return SCRIPT.format(target=target, packed=packed)
