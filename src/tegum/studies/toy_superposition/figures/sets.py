"""Features in correlated and anticorrelated sets."""

from typing import Any

from tegum.figures import Data, figure, theme
from tegum.figures.axes import SEEDS
from tegum.figures.embedding import directions_panel
from tegum.figures.series import as_series
from tegum.labels import along, labelled
from tegum.metrics.feature_sets import COLLAPSED, angles, collapsed, pairs
from tegum.studies.toy_superposition.reading import best_cosine, best_restart


@figure(
    caption="Embeddings of two and of three pairs of features in two dimensions, turned so "
    "that the first one points up: independent (the control), active together, never active "
    "together; set density 0.1. One seed (n = 1, no interval), best restart.",
    shows="Features that are active together take orthogonal or nearer directions, those that "
    "never are lie opposite each other, and independent ones pair with any partner.",
    surprise="With three correlated pairs in two dimensions the five directions of a pentagon are "
    "not enough: one pair shares a direction, the first step towards principal components.",
    sweeps=("pairs", "three_pairs"),
)
def sets(data: Data) -> Any:
    panels = []
    for sweep in ("pairs", "three_pairs"):
        for one in along(data[sweep].isel(seed=0), "correlation"):
            weight = best_restart(one, "restart")["weight"]
            panels.append(directions_panel(weight, 2, title=one["correlation"].item()))
    return theme.layout(*panels, columns=3)


@figure(
    caption="Mean angle between features of a set and of different sets, by how the features "
    "of a set depend on each other, independence being the control; best restart of each of "
    "five seeds, bars are 95 % bootstrap intervals of the mean over seeds.",
    shows="Angles within a correlated set are smaller than between sets, those within an "
    "anticorrelated set larger; independent features differ only by chance.",
    surprise="Correlated sets hardly vary between seeds, unlike the other two kinds.",
    sweeps=("pairs", "three_pairs"),
)
def set_angles(data: Data) -> Any:
    panels = []
    for sweep, title in (("pairs", "two pairs"), ("three_pairs", "three pairs")):
        cosine = best_cosine(data[sweep])
        angle = angles(cosine).assign_attrs(long_name="mean angle")
        parts = {
            name: angle.where(mask).mean(mask.dims, keep_attrs=True)
            for name, mask in zip(("within a set", "between sets"), pairs(cosine, 2), strict=True)
        }
        look: Any = {"title": title, "ylim": (0.0, 185.0)}
        table = as_series("pair", parts)
        panels.append(theme.intervals(table, "value", "correlation", "pair", **look))
    return theme.layout(*panels)


@figure(
    caption=f"Pairs, of three, whose two embeddings have a cosine above {COLLAPSED}, against "
    "the density; correlated pairs, and independent features, grey, as a control; two "
    f"dimensions, best restart of each seed. {SEEDS}",
    shows="The number of collapsed pairs rises with the density, to {t19_pca} of three above "
    "density 0.5, where the model is that of principal components.",
    surprise="Already below density 0.05, where the paper has none, {t19_none} pairs are collapsed "
    "on average.",
    sweeps=("collapse",),
)
def collapse(data: Data) -> Any:
    count = collapsed(best_cosine(data["collapse"]))
    table = labelled(count, "collapsed", "collapsed pairs")
    look: Any = {"logx": True, "markers": True, "control": "independent"}
    return theme.band(table, "collapsed", "feature_probability", "correlation", **look)
