"""Phase diagrams, trained beside theoretical ones, and pentagons against pairs."""

from typing import Any

from tegum.figures import Data, figure, theme
from tegum.labels import at, labelled
from tegum.studies.toy_superposition.reading import best_restart
from tegum.theory.toy import SOLUTIONS_2, SOLUTIONS_3


@figure(
    caption="Which solution wins, by the importance of the extra feature over the first and "
    "the density: best of six trained models per cell on the exact loss, beside the least of "
    "the candidates' closed-form losses. Two features in one dimension with and without bias, "
    "three in two dimensions.",
    shows="Trained models and closed forms agree but for cells at the boundaries: of the clear "
    "cells a share of {t12.estimate} differs, and with three features one of {t12_three.estimate}. "
    "Without a bias there is a fourth phase, in which dense features share a direction with the "
    "same sign (t15: {t15.verdict}).",
    surprise="With three features trained pairs reach into denser data than the closed forms say, "
    "because their norms shrink below 1, which the candidate solutions do not allow for.",
    sweeps=("phase", "phase_unbiased", "phase_three"),
)
def phase(data: Data) -> Any:
    axes = "importance_ratio", "feature_probability"
    panels = []
    for sweep, names, sizes in (
        ("phase", SOLUTIONS_2, "n = 2, m = 1"),
        ("phase_unbiased", SOLUTIONS_2, "n = 2, m = 1, no bias"),
        ("phase_three", SOLUTIONS_3, "n = 3, m = 2"),
    ):
        best = best_restart(data[sweep])
        for name, kind in (("solution", "trained"), ("solution_theory", "theory")):
            look: Any = {"logx": True, "logy": True, "title": f"{sizes}: {kind}"}
            panels.append(theme.heatmap(best, name, *axes, names=names, **look))
    return theme.layout(*panels)


@figure(
    caption="Five features in two dimensions at density 0.05, one of them rarer or denser: "
    "exact loss, the same over that of models started from a pentagon, and norm of the varied "
    "feature, against its relative density, by what the model was started from; a random start "
    "is the control. Best of all seeds (restarts), no interval.",
    shows="A feature that gets rarer leaves the pentagon with a jump of its norm, and two "
    "antipodal pairs remain; where the two losses cross, the best random start switches from one "
    "to the other.",
    surprise="On either side of the crossing the worse solution stays where it was started: from "
    "pairs, the left-out feature is not taken up even where the pentagon is the better one.",
    sweeps=("perturb_one",),
)
def perturbed_pentagon(data: Data) -> Any:
    ds = data["perturb_one"]
    table = ds[["exact_loss"]].min("seed", keep_attrs=True)
    loss = table["exact_loss"]
    best = at(loss, start="pentagon").drop_vars("start")
    ratio = labelled(loss / best, "ratio", "loss / loss from the pentagon")
    varied = ds["norm"].isel(checkpoint=-1, feature=0, seed=ds["exact_loss"].argmin("seed"))
    norm = labelled(varied.reset_coords(drop=True), "norm", "norm of the varied feature")
    look: Any = {"logx": True, "markers": True, "control": "random"}
    axes = "relative_probability", "start"
    return theme.layout(
        theme.curves(table, "exact_loss", *axes, logy=True, **look),
        theme.curves(ratio, "ratio", *axes, **look),
        theme.curves(norm, "norm", *axes, **look),
        columns=3,
    )
