"""Claims as text: for a terminal, as Markdown tables."""

from collections.abc import Mapping, Sequence
from typing import Any

ESTIMATES = 3
"""Estimates of a study among its metrics: of the first claims, those with an interval before."""
MARK = {"holds": "holds", "fails": "**fails**", "inconclusive": "inconclusive"}


def doubtful(row: Mapping[str, Any]) -> bool:
    """Whether a claim holds, and its rule holds for its control as well."""
    return row["verdict"] == row.get("control_verdict") == "holds"


def _mark(row: Mapping[str, Any]) -> str:
    return MARK[row["verdict"]] + ", as does the control" * doubtful(row)


def number(value: float | None) -> str:
    """A number in three digits; empty where there is none."""
    return "" if value is None else f"{value:.3g}"


def interval(row: Mapping[str, Any]) -> str:
    """Estimate and interval of one claim as text."""
    text = number(row["estimate"])
    if row["ci_low"] is not None:
        text += f" [{number(row['ci_low'])}, {number(row['ci_high'])}]"
    return text + ("" if row["unit"] == "1" or not text else f" {row['unit']}")


def expected(row: Mapping[str, Any]) -> str:
    """What the estimate is compared with, as text."""
    if row["threshold"] is None:
        return ""
    sign = ">" if row["direction"] == "above" else "<" if row["kind"] == "statistical" else "<="
    return f"{sign} {number(row['threshold'])}"


def control(row: Mapping[str, Any]) -> str:
    """The control of a claim and the estimate under it, as text."""
    if not row["control"]:
        return ""
    return f"{row['control']}: {number(row['control_estimate']) or '—'}"


def claims_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The ledger for a terminal: a line per claim, then how many hold."""
    lines = []
    for row in rows:
        lines.append(
            f"{row['verdict']:<13}{row['id']:<32}{interval(row):<30}{expected(row):<10}"
            f" n={row['n']:<4} {row['statement']}"
        )
    return "\n".join([*lines, tally(rows)])


COLUMNS = ("verdict", "claim", "estimate [95 %]", "expected", "n", "statement")
"""Of the ledger, where there is room for a header."""


def columns(row: Mapping[str, Any]) -> list[str]:
    """`COLUMNS` of one claim as text."""
    found = [row["verdict"], row["id"], interval(row), expected(row), str(row["n"])]
    return [*found, row["statement"]]


def tally(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many claims hold, also where their control does, fail and are inconclusive."""
    verdicts = [r["verdict"] for r in rows]
    return (
        f"{len(rows)} claims: {verdicts.count('holds')} hold "
        f"({sum(map(doubtful, rows))} of them under their control too), "
        f"{verdicts.count('fails')} fail, {verdicts.count('inconclusive')} are inconclusive"
    )


def claims_table(
    rows: Sequence[Mapping[str, Any]], larger: Sequence[Mapping[str, Any]] = ()
) -> str:
    """Claims as a Markdown table.

    Args:
        larger: what was tested of them at paper scale.
    """
    known = {row["id"]: row for row in larger}
    more = ["at paper scale"] if known else []
    names = ["claim", "verdict", "estimate [95 %]", *more, "expected", "control", "n", "statement"]
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    for row in rows:
        other = known.get(row["id"])
        cells = [f"`{row['id']}`", _mark(row), interval(row)]
        cells += [f"{_mark(other)}: {interval(other)}" if other else ""] if known else []
        cells += [expected(row), control(row), str(row["n"]), row["statement"].replace("|", "\\|")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def judged_by_data(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those claims that had data to be judged by."""
    return [row for row in rows if row["estimate"] is not None]


def across(rows: Sequence[Mapping[str, Any]], larger: Sequence[Mapping[str, Any]]) -> str:
    """What the claims tested at paper scale say beside the laptop's, in a sentence or two."""
    here = {row["id"]: row["verdict"] for row in rows}
    both = [(here[row["id"]], row["verdict"]) for row in larger if row["id"] in here]
    decided = sum(a == "inconclusive" != b for a, b in both)
    opened = sum(b == "inconclusive" != a for a, b in both)
    turned = sum(a != b and "inconclusive" not in (a, b) for a, b in both)
    return (
        f"At paper scale, where two CPU cores take minutes for a sweep: {tally(larger)}. "
        f"Beside the laptop's verdicts {decided} that were inconclusive are decided, {opened} that "
        f"were decided are inconclusive, {turned} turn from holds to fails or back."
    )


def tally_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many claims of each study hold, fail and are inconclusive, as a Markdown table."""
    lines = [
        "| study | hold | under their control too | fail | inconclusive |",
        "|---|---|---|---|---|",
    ]
    studies = dict.fromkeys(r["id"].split(".")[0] for r in rows)
    for study in studies:
        own = [r for r in rows if r["id"].split(".")[0] == study]
        hold, fail, still_open = ([r["verdict"] for r in own].count(v) for v in MARK)
        counts = f"{hold} | {sum(map(doubtful, own))} | {fail} | {still_open}"
        lines.append(f"| [`{study}`](docs/ledger.md#{study}) | {counts} |")
    return "\n".join(lines)


def headline_metrics(study: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What DVC shows of a study in its tables: how its claims stand, and the first estimates.

    All estimates are in `claims.json`, which `dvc plots diff` and `tegum compare` lay side by side;
    in a table of experiments hundreds of columns would hide the few that are looked for.
    """
    verdicts = [row["verdict"] for row in rows]
    found: dict[str, Any] = {verdict: verdicts.count(verdict) for verdict in MARK}
    known = [row for row in rows if row["estimate"] is not None]
    first = sorted(known, key=lambda row: row["ci_low"] is None)[:ESTIMATES]
    found |= {row["id"].split(".", 1)[1]: row["estimate"] for row in first}
    return {study: found}
