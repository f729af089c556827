"""Figures of `basins`."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.labels import at, coordinate, labelled, variable

SEEDS = "Mean and 95 % interval over seeds"


def _along(ds: xr.Dataset, pairs: str, control: str) -> Any:
    """Losses against t from 0 to 1, a panel for each pair of ends."""
    t = np.linspace(0, 1, ds.sizes["position"])
    ds = ds.assign_coords(position=coordinate("position", t, "place on the path"))
    look: Any = {"control": control}
    return theme.layout(
        *(
            theme.band(
                at(ds, **{pairs: ends})[["path_loss"]],
                "path_loss",
                "position",
                "path",
                title=ends.replace("_", "-"),
                **look,
            )
            for ends in ds[pairs].values.tolist()
        )
    )


@figure(
    caption="Loss on clean inputs along the path between two models of different starts, with the "
    "most noise while training (mono) or none (poly): straight between the weights as they are, "
    f"after alignment, and, grey, in a random order. {SEEDS}.",
    shows="After alignment the barrier is {ba3_mono} of the end loss between monosemantic models "
    "and {ba3_poly} between polysemantic ones.",
    surprise="Alignment divides every barrier by at least {ba2}; a random order of canonical "
    "neurons by {ba2.control_estimate}.",
    sweeps=("paths",),
)
def paths(data: Data) -> Any:
    return _along(data["paths"], "pair", "shuffled")


@figure(
    caption="As `paths`, on the straight path (grey) and on a Bezier curve with one trained "
    f"control point; ends aligned. {SEEDS}.",
    shows="The curve lowers the barrier between polysemantic models to {ba3_curve_poly_poly} of "
    "the end loss, from {ba3_curve_poly_poly.control_estimate}.",
    surprise="From mono to poly the loss on the curve exceeds the interpolation by "
    "{ba3_curve_mono_poly} of the end loss: what a straight path shows need not be a wall.",
    sweeps=("curves",),
)
def curves(data: Data) -> Any:
    return _along(data["curves"], "ends", "straight")


@figure(
    caption="Barrier over the mean end loss between all models of a seed, aligned; mean over "
    "seeds. Rows and columns: noise while training in units of sigma_I, +0: trained on without "
    "noise; a, b: starts.",
    shows="Blocks of low barriers are basins: with barriers below the protocol's bound, there are "
    "{basins_two} of them among a seed's models; not aligned, {basins_two.control_estimate}.",
    surprise="Two models of one start with and without noise are {ba3_mixed} apart, and still "
    "{ba4_basin} when the noise has gone.",
    sweeps=("paths",),
)
def barriers(data: Data) -> Any:
    ds = data["paths"]
    found = at(ds["barrier"], path="aligned").mean("seed")
    dims = ("noise", "phase", "start")
    others = [f"{d}_other" for d in dims]
    names = [
        f"{noise:g}{'+0' if phase == 'relaxed' else ''}{'ab'[start]}"
        for noise in ds["noise"].values.tolist()
        for phase in ds["phase"].values.tolist()
        for start in range(2)
    ]
    # Beyond two starts, the first two.
    two = at(found, start=[0, 1], start_other=[0, 1]).transpose(*dims, *others)
    values = two.values.reshape(len(names), len(names))
    table = xr.Dataset(
        {"barrier": variable(("row", "column"), values, "barrier / end loss", "1")},
        {
            "row": coordinate("row", np.array(names, dtype=object), "model"),
            "column": coordinate("column", np.array(names, dtype=object), "model"),
        },
    )
    drawn = theme.heatmap(table, "barrier", "column", "row")
    return drawn.opts(xrotation=60)


@figure(
    caption="Monosemantic neurons per feature and clean loss by noise while training, at the end "
    f"of it (trained) and after further steps without noise (relaxed). {SEEDS}.",
    shows="Of the monosemantic neurons that the most noise made, the share that stays without it "
    "is {ba4}; a relaxed model has {ba4_memory} per feature more than one that never had noise.",
    surprise="Its loss differs by {ba4_loss} from that of the model without noise, trained equally "
    "long: what is left of the noise is no worse a minimum.",
    sweeps=("paths",),
)
def relaxing(data: Data) -> Any:
    ds = data["paths"].mean("start", keep_attrs=True)
    return theme.layout(
        *(
            theme.band(ds[[name]], name, "noise", "phase", control="trained", markers=True)
            for name in ("mono_per_feature", "loss")
        )
    )


@figure(
    caption="Pulls of growing strength, then release: monosemantic neurons per feature when the "
    "pull ends and after as many steps without it, start and target in grey; and the barriers of "
    f"the released model to start (grey) and target, over the mean end loss. {SEEDS}.",
    shows="After the strongest pull towards a relaxed monosemantic model {hop_mono} of its "
    "monosemantic neurons are there; towards one that still has the noise, {hop_noisy}.",
    surprise="The least pull that makes a model hop differs between the directions by "
    "{hop_asymmetry} decades.",
    sweeps=("hops",),
)
def hops(data: Data) -> Any:
    ds = data["hops"]
    panels = []
    for direction in ds["direction"].values.tolist():
        table = at(ds, direction=direction)
        look: Any = {"title": direction.replace("_", " "), "control": ["start", "target"]}
        table = table.assign_coords(
            strength=coordinate(
                "strength", np.array([f"{s:g}" for s in ds["strength"].values]), "strength mu"
            )
        )
        panels.append(
            theme.intervals(
                table[["mono_per_feature"]], "mono_per_feature", "strength", "moment", **look
            )
        )
        ends = xr.concat(
            [at(table[f"barrier_{end}"], moment="released") for end in ("start", "target")], "to"
        ).assign_coords(to=coordinate("to", ["start", "target"], "barrier to"))
        panels.append(
            theme.intervals(
                labelled(ends, "barrier", "barrier / end loss"),
                "barrier",
                "strength",
                "to",
                title=look["title"],
                control="start",
            )
        )
    return theme.layout(*panels)


@figure(
    caption="Driven away from its own minimum with strength lambda, then let go: barrier to the "
    "old solution over the mean end loss (aligned), monosemantic neurons per feature and clean "
    f"loss at the start, grey, at the end of the push and after as many steps without it. {SEEDS}.",
    shows="After the strongest push and release the barrier is {leave_basin} of the end loss, and "
    "the model has {leave_mono} monosemantic neurons per feature more than one that was not "
    "pushed.",
    surprise="Its loss differs by {leave_loss} from that without a push.",
    sweeps=("leaving",),
)
def leaving(data: Data) -> Any:
    ds = data["leaving"]
    text = np.array([f"{s:g}" for s in ds["repulsion"].values])
    ds = ds.assign_coords(repulsion=coordinate("repulsion", text, "strength lambda"))
    return theme.layout(
        *(
            theme.intervals(ds[[name]], name, "repulsion", "moment", control="start")
            for name in ("barrier_start", "mono_per_feature", "loss")
        )
    )
