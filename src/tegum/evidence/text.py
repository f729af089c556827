"""What was found as tables for people and rows for programs."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.evidence.dictionary import Latents
from tegum.evidence.report import Report
from tegum.evidence.variables import Found
from tegum.evidence.verdict import Judgement
from tegum.statistics import Interval, cohen_dz
from tegum.text import table as aligned

Array = NDArray[np.floating]
Section = tuple[str, list[list[str]]]

BEST = 10
"""Latents that are listed."""
SIGNIFICANT = 0.05


def text(report: Report) -> str:
    """Everything, as printed on a terminal."""
    parts = sections(report)
    lines = [line for title, rows in parts for line in (title, *aligned(rows), "")]
    return "\n".join([*lines, *(f"note: {n}" for n in report.notes)]).rstrip()


def sections(report: Report) -> list[Section]:
    """Title and rows, the first of them the names of the columns, of each part."""
    parts: list[Section] = []
    if report.found:
        rows = [_row(f, kind) for f in report.found for kind in f.judgements]
        parts.append(("variables", [_HEAD, *rows]))
        still = [[f.name, "; ".join(f.judgement.open)] for f in report.found if f.judgement.open]
        if still:
            parts.append(("open", [["variable", "what is open"], *still]))
    if report.latents:
        parts += _dictionary(report.latents, report.names)
    if report.ladder:
        rows = [_refit(name, v, report.ladder["none"]) for name, v in report.ladder.items()]
        head = ["fitted to", "unexplained", "minus none", "d_z", "fits"]
        parts.append(("refits: fraction of variance unexplained", [head, *rows]))
    return parts


def _refit(name: str, unexplained: Array, own: Array) -> list[str]:
    """With the difference to refits on the activations themselves, paired over seeds."""
    row, more = [name, f"{unexplained.mean():.4f}"], unexplained - own
    if name == "none":
        return [*row, "", "", str(len(own))]
    effect = f"{cohen_dz(more):.1f}" if len(own) > 1 else "-"
    return [*row, f"{more.mean():+.4f}", effect, str(len(own))]


_HEAD = [
    "variable",
    "verdict",
    "selectivity",
    "over untrained",
    "effect",
    "sign",
    "p",
    "power",
    "beside random",
    "AUROC",
    "probe",
]


def _row(found: Found, kind: str) -> list[str]:
    judgement = found.judgements[kind]
    effect, power = judgement.evidence.effect, judgement.evidence.power
    tested = ["-"] * 5
    if effect is not None and power is not None:
        sign = "right" if effect.right_sign else "wrong"
        p = f"{effect.p_corrected:.3g}"
        tested = [f"{effect.ratio:.2f}x", sign, p, f"{power:.2f}", kind.replace("_", " ")]
    return [
        found.name,
        judgement.verdict,
        _interval(judgement.evidence.selectivity),
        _interval(judgement.evidence.advantage),
        *tested,
        f"{found.probed.auroc:.3f}",
        found.family,
    ]


def _interval(interval: Interval | None) -> str:
    return "-" if interval is None else "{:+.3f} [{:+.3f}, {:+.3f}]".format(*interval)


def _dictionary(latents: Latents, names: Sequence[str]) -> Iterator[Section]:
    head = ["codes and decoder", "unexplained"]
    yield (
        "the dictionary: fraction of variance unexplained",
        [head, *([n, f"{v:.4f}"] for n, v in latents.unexplained.items())],
    )
    counts = [
        ["latents", str(len(latents.density))],
        ["dead", str(int((latents.density == 0).sum()))],
        ["fire on a sample", f"{latents.density.sum():.1f}"],
    ]
    if names:
        chosen = int((latents.p_adjusted < SIGNIFICANT).sum())
        counts.append([f"read a variable, q < {SIGNIFICANT}", str(chosen)])
    yield "its latents", [["what", "how many"], *counts]
    if not names:
        return
    best = latents.auroc.argmax(1)
    order = np.argsort(-latents.auroc.max(1), kind="stable")[:BEST]
    rows = [
        [
            str(i),
            names[best[i]],
            f"{latents.auroc[i, best[i]]:.3f}",
            *(f"{p[i]:.3f}" for p in latents.percentile.values()),
            f"{latents.p_adjusted[i]:.3g}",
            f"{latents.density[i]:.3f}",
        ]
        for i in order
    ]
    beside = [f"above {c.replace('_', ' ')}" for c in latents.percentile]
    yield (
        "latents that read a variable best",
        [["latent", "variable", "AUROC", *beside, "p adjusted", "density"], *rows],
    )


def as_json(report: Report) -> dict[str, Any]:
    """The tuples with their verdicts, and the ladder; None for what was not tested."""
    described: dict[str, Any] = {
        "variables": [_as_json(f) for f in report.found],
        "notes": report.notes,
    }
    if report.latents:
        described["dictionary"] = {
            "unexplained": report.latents.unexplained,
            "latents": len(report.latents.density),
            "dead": int((report.latents.density == 0).sum()),
        }
    if report.ladder:
        described["refits"] = {name: v.tolist() for name, v in report.ladder.items()}
    return described


def _as_json(found: Found) -> dict[str, Any]:
    intervals = {
        name: None if interval is None else interval._asdict()
        for name, interval in (
            ("selectivity", found.probed.strictest),
            ("advantage", found.probed.advantage),
        )
    }
    beside = {kind: _judged(judgement) for kind, judgement in found.judgements.items()}
    return {
        "variable": found.name,
        **_judged(found.judgement),
        **intervals,
        "beside": beside,
        "auroc": found.probed.auroc,
        "balanced_accuracy": found.balanced_accuracy,
        "family": found.family,
    }


def _judged(judgement: Judgement) -> dict[str, Any]:
    effect = judgement.evidence.effect
    return {
        "verdict": str(judgement.verdict),
        "open": list(judgement.open),
        "effect": None if effect is None else effect._asdict(),
        "power": judgement.evidence.power,
    }
