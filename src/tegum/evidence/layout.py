# pyright: reportOperatorIssue=false
"""What is measured of variables whose role is known: names, inner dims, types and long names."""

from tegum.data.layouts import along
from tegum.data.schema import Layout, schema

F32 = "float32"
SET = ("variable", "labelling")
DRAWN = (*SET, "alpha", "outcome", "direction")
EVIDENCE: Layout = {
    "selectivity": ((*SET, "label_control", "bound"), F32, "AUROC minus that of control labels"),
    "advantage": ((*SET, "bound"), F32, "AUROC minus that of the best re-initialised model"),
    "effect": (DRAWN[:-1], F32, "mean size of the change along the feature"),
    "agreement": (
        DRAWN[:-2],
        F32,
        "cosine of the mean change of the probabilities with that expected",
    ),
    "effect_random": (DRAWN, F32, "mean size of the change along random directions"),
    "p_value": (DRAWN, F32, "p among random directions"),
    "power": (DRAWN, F32, "power at a ratio of 2"),
    "effect_matched": (
        ("variable", "outcome"),
        F32,
        "mean size of the change along matched latents",
    ),
    "auroc": (("variable", "control"), F32, "AUROC"),
    "auroc_control": (("variable", "label_control"), F32, "AUROC of control labels"),
    "base_rate": (("variable",), F32, "share of positive labels"),
    "latent": (("variable",), F32, "number of the latent, -1 of variables"),
}
TESTED = ("advantage", "effect", "agreement", "effect_random", "p_value", "power")
"""What is measured of random labels only where a probe seems to read them."""
VERDICTS: Layout = {
    "verdict": (("outcome", "direction", *SET), object, "verdict"),
    "p_corrected": (
        ("outcome", "direction", "variable"),
        "float64",
        "p among random directions, corrected",
    ),
}
ROLE: Layout = {"role": (("variable",), object, "known role")}
LABELS: Layout = ROLE | {
    "labels": (("labelling",), object, "kind of labels"),
    "alpha": (("alpha",), "float64", "multiple of the vector"),
}
ROWS = schema("evidence", along(EVIDENCE, "cell"), LABELS, (*TESTED, "effect_matched"))
"""Rows of evidence."""
