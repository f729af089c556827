"""The site's own pages as Markdown, from the templates beside this module."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from tegum.data.files import read_text
from tegum.ledger.report import tally
from tegum.site.claims import Shown, headlines
from tegum.site.comparisons import Compared
from tegum.site.views import StudyView, counted, modules

TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    texts = {file.name: read_text(file) for file in TEMPLATES.glob("*.jinja")}
    environment = Environment(
        loader=DictLoader(texts),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["zip"] = zip
    return environment


def filled(template: str, **values: Any) -> str:
    """A template with its values; what they hold of HTML is escaped."""
    return _environment().get_template(f"{template}.md.jinja").render(**values)


def pages(
    studies: Sequence[StudyView], docs: Mapping[str, Sequence[str]], compared: Compared
) -> dict[str, str]:
    """Path, under the source folder, to text of every page but those of the docs.

    Args:
        studies: of which the pages are.
        docs: kind of documentation to the names of its pages.
        compared: what was compared with an earlier version.
    """
    claims = [claim for study in studies for claim in study.claims]
    rows = [claim.row for claim in claims]
    found = {
        "index.md": filled(
            "index",
            studies=studies,
            docs=docs,
            headlines=list(map(Shown, headlines(rows))),
            counts=counted(rows),
        ),
        "studies/index.md": filled("studies", studies=studies),
        "ledger.md": filled("ledger", claims=claims, choices=choices(claims), tally=tally(rows)),
        "gallery.md": filled("gallery", studies=studies),
        "comparisons/index.md": filled("comparisons", compared=compared),
    }
    for study in studies:
        found[f"studies/{study.name}.md"] = filled("study", study=study)
        code = filled("code", study=study, modules=modules(study.name))
        found[f"code/{study.name}.md"] = code
        if study.latents:
            found[f"latents/{study.name}/index.md"] = filled("latents", study=study)
        for latent in study.latents:
            page = filled("latent", study=study, latent=latent)
            found[f"latents/{study.name}/{latent.name}.md"] = page
    return found


def choices(claims: Sequence[Shown]) -> dict[str, list[str]]:
    """What the ledger can be filtered by, and the values that there are."""
    return {
        "study": list(dict.fromkeys(claim.study for claim in claims)),
        "verdict": list(dict.fromkeys(claim.row["verdict"] for claim in claims)),
        "source": sorted({claim.source for claim in claims}, key=str.lower),
        "kind": sorted({claim.row["kind"] for claim in claims}),
    }
