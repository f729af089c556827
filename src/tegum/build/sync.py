"""Texts made from results and declarations: ledger, gallery, schemas for editors and readers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tegum.build import thumbnails
from tegum.build.project import Project, published_sweeps
from tegum.data.files import read_bytes, read_text, write_bytes
from tegum.errors import TegumError
from tegum.experiment.layout import Layout
from tegum.experiment.rooms import load
from tegum.figures import collect
from tegum.ledger.claim import read_claims
from tegum.ledger.report import across, claims_table, judged_by_data, tally, tally_table

BEGIN, END = "<!-- claims: written by `make readme` -->", "<!-- end of claims -->"
FIGURE = ("monosemanticity", "levers")
"""Study and name of the figure that the README shows."""


def of_paper(studies: Sequence[str]) -> list[Mapping[str, Any]]:
    """The claims of studies that were tested at paper scale, of what is published of it."""
    layout = Layout("paper")
    files = [layout.results(s, "claims") for s in published_sweeps() if s in studies]
    return judged_by_data([row for f in files if Path(f).is_file() for row in read_claims(f)])


def ledger_page(
    project: Project,
    rows: Sequence[Mapping[str, Any]],
    larger: Sequence[Mapping[str, Any]] = (),
) -> str:
    """docs/ledger.md: every claim of every study, and why the open ones are open."""
    lines = ["# Ledger of claims", "", "Written by `make readme`. " + tally(rows) + "."]
    lines += ["", across(rows, larger)] if larger else []
    for study in project.studies:
        own, other = (_of(study, each) for each in (rows, larger))
        lines += ["", f"## {study}", "", project.params[study].question, ""]
        lines += [claims_table(own, other)]
        reasons = [r for r in own if r["verdict"] != "holds" and r["reason"]]
        lines += ["", *(f"- `{r['id']}`: {r['reason']}" for r in reasons)] if reasons else []
    return "\n".join(lines) + "\n"


def _of(study: str, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["id"].split(".")[0] == study]


def told(project: Project) -> dict[str, str]:
    """Path to text of what tells the results: docs/ledger.md, and README.md's marked block."""
    text = read_text("README.md")
    if BEGIN not in text or END not in text:
        raise TegumError(f"README.md: the marks {BEGIN!r} and {END!r} are missing; put them back")
    rows = read_claims(project.layout.ledger())
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    larger = of_paper(project.studies)
    more = f"\n\n{across(rows, larger)}" if larger else ""
    block = f"{tally(rows)}.{more}\n\n{tally_table(rows)}"
    page = ledger_page(project, rows, larger)
    return {"README.md": f"{head}{BEGIN}\n{block}\n{END}{tail}", "docs/ledger.md": page}


def gallery(project: Project) -> str:
    """docs/gallery.md: each figure, what it shows, and what in it was not expected."""
    lines = [
        "# Gallery",
        "",
        "Written by `tegum sync` from the studies' `figures.py`; the small pictures by "
        "`make readme`. In full: `make site`, or `data/<study>/figures` after `make pull`.",
        "",
    ]
    for study in project.studies:
        lines += [f"## {study}", "", _words(project.params[study].question), ""]
        if not project.figures(study):
            continue
        claims = project.claims_of(study)
        for name, declared in collect(load(study, "figures")).items():
            figure = declared.told(claims)
            picture = thumbnails.place(study, name).relative_to("docs")
            lines += [f"### {name}", "", f"![{name}]({picture})", "", _words(figure.caption), ""]
            shows, surprise = _words(figure.shows), _words(figure.surprise)
            lines += [f"- Shows: {shows}", f"- Not expected: {surprise}", ""]
    return "\n".join(lines)


def _words(text: str) -> str:
    """Text as Markdown in which nothing is HTML."""
    return text.replace("<", "&lt;")


def results_schema(project: Project) -> str:
    """docs/results-schema.md: dims, dtypes and coordinates of every Dataset."""
    lines = [
        "# Results schema",
        "",
        "Written by `tegum sync` from the schemas that every save and load checks. "
        "`…` stands for the axes of the sweep, each a named dimension.",
        "",
    ]
    for study in project.studies:
        lines += [f"## {study}", ""]
        for stage, layout in load(study, "schema").SCHEMAS.items():
            lines += [
                f"### {stage}",
                "",
                "| variable | dims | dtype | what it is |",
                "|---|---|---|---|",
            ]
            for name, (dims, dtype, *words) in layout.layout.items():
                shown = ", ".join("…" if d == "..." else d for d in dims)
                typed = getattr(dtype, "__name__", dtype)
                lines.append(f"| `{name}` | {shown} | {typed} | {', '.join(words)} |")
            lines.append("")
    return "\n".join(lines)


def editor_schema(project: Project, study: str) -> str:
    """JSON schema of one study's parameters, for editors."""
    schema = type(project.params[study]).model_json_schema()
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


def generated(project: Project) -> dict[str, str]:
    """Path to text of every generated file but dvc.yaml and the fingerprints."""
    files = {f"params/schema/{s}.json": editor_schema(project, s) for s in project.studies}
    files["docs/gallery.md"] = gallery(project)
    files["docs/results-schema.md"] = results_schema(project)
    return files


def sync(project: Project) -> list[str]:
    """Write the generated files that are out of step; returns their paths."""
    changed = []
    for path, text in generated(project).items():
        if not Path(path).is_file() or read_text(path) != text:
            write_bytes(path, text.encode())
            changed.append(path)
    return changed


def main() -> None:
    """Fill the README's block, the ledger's page, and refresh the pictures in docs/."""
    project = Project()
    for path, text in told(project).items():
        write_bytes(path, text.encode())
    write_bytes("docs/readme.png", read_bytes(project.layout.figure(*FIGURE, "png")))
    thumbnails.refresh(project)


if __name__ == "__main__":
    main()
