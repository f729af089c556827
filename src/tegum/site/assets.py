"""What the site copies as it is: figures, data, pictures of the docs, and one script for all."""

import re
from collections.abc import Sequence
from hashlib import sha256
from html import escape

from tegum.build.project import Project
from tegum.data.files import read_bytes
from tegum.figures.render import FORMATS, JAVASCRIPT_NAME, javascript
from tegum.site.comparisons import Compared
from tegum.site.views import FigureView, StudyView, content

SCRIPT = re.compile(rb'<script src="' + re.escape(JAVASCRIPT_NAME).encode() + rb'">')


def assets(project: Project, studies: Sequence[StudyView], compared: Compared) -> dict[str, bytes]:
    """Path from the root of the site to content.

    Interactive figures come with the script that they were drawn for. The same script is there
    once, under a name that its content gives.

    Raises:
        TegumError: where a figure or a dataset is not there.
    """
    found: dict[str, bytes] = {".nojekyll": b""}
    for study in studies:
        for file in study.files:
            found[file.path] = read_bytes(file.path)
        if study.figures:
            found |= _figures(project, study)
    if compared.pages:
        inside, name = b"<script>" + javascript() + b"</script>", _shared(javascript())
        outside = f'<script src="../{name}"></script>'.encode()
        found[name] = javascript()
        found |= {path: page.replace(inside, outside) for path, page in compared.pages.items()}
    return found


def _figures(project: Project, study: StudyView) -> dict[str, bytes]:
    script = content(project.layout.figure(study.name, "bokeh", "min.js"))
    shared = _shared(script)
    found = {shared: script}
    for figure in study.figures:
        for suffix in FORMATS:
            shown = content(project.layout.figure(study.name, figure.name, suffix))
            if suffix == "html":
                shown = SCRIPT.sub(f'<script src="../../{shared}">'.encode(), shown)
                shown = shown.replace(b"<body>", b"<body>\n" + _way_back(study, figure), 1)
            found[f"figures/{study.name}/{figure.name}.{suffix}"] = shown
    return found


def _way_back(study: StudyView, figure: FigureView) -> bytes:
    """A link from an interactive figure to where it stands in the page of its study."""
    where = f"../../studies/{study.name}.html#figure-{figure.name}"
    return f'<nav><a href="{where}">{escape(study.title)}</a></nav>'.encode()


def _shared(script: bytes) -> str:
    """Where a script lies, from the root of the site."""
    return f"scripts/bokeh-{sha256(script).hexdigest()[:8]}.min.js"
