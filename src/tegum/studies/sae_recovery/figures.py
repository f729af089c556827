"""Figures of the study `sae_recovery`, drawn from its measure Datasets."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import figure, theme
from tegum.labels import at, variable
from tegum.metrics.recovery import matching

Data = Mapping[str, xr.Dataset]
NEAREST = 1
"""The level whose number of active latents is nearest to that of active features."""
BINS = 8
SEEDS = "Mean over seeds with the 95 % bootstrap interval"
ACTIVE = "The vertical line is the number of active features"
ORDER = [
    "standard",
    "l1",
    "gated",
    "jumprelu",
    "topk",
    "batchtopk",
    "matryoshka",
    "matching_pursuit",
]
L1 = ["standard", "l1"]


def _colours(dataset: xr.Dataset) -> list[str]:
    """One colour per architecture, the same in every figure; the eighth has that of the first."""
    places = [ORDER.index(name) for name in dataset["architecture"].values]
    return [theme.PALETTE[place % len(theme.PALETTE)] for place in places]


def _band(dataset: xr.Dataset, y: str, x: str, **look: Any) -> Any:
    colours = _colours(dataset)
    return theme.band(dataset, y, x, "architecture", markers=True, colours=colours, **look)


def _chance(dataset: xr.Dataset, name: str) -> Any:
    """A line at the mean over random directions."""
    return theme.reference_line(float(at(dataset[name], control="random").mean()), "random")


def _by_active(data: Data, sweep: str, name: str, **look: Any) -> Any:
    """A measure against the number of active latents, a line for each architecture.

    Another line is at the number of active features.
    """
    ds = data[sweep].sel(control="none")
    panels = []
    for architecture in ds["architecture"].values:
        one = ds[[name, "l0"]].sel(architecture=[architecture])
        active = one["l0"].mean(["architecture", "seed"]).values
        along = variable("level", active, str(ds["l0"].attrs["long_name"]), "1")
        one = one[[name]].assign_coords(active=along).swap_dims(level="active")
        panels.append(_band(one, name, "active", logx=True, **look))
    line = theme.reference_line(float(ds["true_l0"].mean()), "true L0", axis="x")
    return theme.overlay(*panels, line)


@figure(
    caption="Fraction of variance unexplained against active latents per sample, mean over seeds; "
    "a line joins the three sparsities of an architecture. Left: independent features; "
    f"right: Zipf probabilities, correlation and hierarchy. {SEEDS}. {ACTIVE}.",
    shows="By reconstruction alone, more active latents are always better: nothing in it points "
    "at the vertical line.",
    surprise="How many more active latents the L1 dictionaries, which shrink (a2_bias: "
    "{a2_bias.verdict}), need for the same variance. That with hierarchy Matryoshka lies between "
    "Standard and the others, at equal numbers of active latents, was published (a5_explained: "
    "{a5_explained.verdict}).",
    sweeps=("frontier", "hierarchy"),
)
def frontier(data: Data) -> Any:
    return theme.layout(
        *(
            _by_active(data, sweep, "fvu", title=title)
            for sweep, title in (
                ("frontier", "independent, n = G = 4d"),
                ("hierarchy", "hierarchy, n = G/4 = 2d"),
            )
        )
    )


@figure(
    caption="Matched |cos|, F1 of the supports and uniqueness against active latents per sample; "
    "independent features, G/d = 4; a line joins the sparsities of an architecture. "
    f"{SEEDS}. {ACTIVE}; horizontal, dashed: random directions.",
    shows="Directions and supports are two things: at the middle sparsity the matched |cos| of L1 "
    "lies {a3_l1} above its F1, that of TopK {a3_topk}.",
    surprise="Directions need no optimum at the vertical line. The supports do not fail for the "
    "directions alone: with the true ones, pursuit has an F1 that is {a1_pursuit} above the "
    "best encoder's.",
    sweeps=("frontier",),
)
def recovery(data: Data) -> Any:
    panels = []
    for name in ("mcc", "support_f1", "uniqueness"):
        legend = None if name == "mcc" else "right"
        panel = _by_active(data, "frontier", name, ylim=(0, 1.05), legend=legend)
        panels.append(theme.overlay(panel, _chance(data["frontier"], name)))
    return theme.layout(*panels)


@figure(
    caption="|cos| of latents (rows, in the order of their matched feature) and true features, one "
    "seed, G/d = 4, no interval.",
    shows="A diagonal where a latent is a feature; elsewhere the interference of the truth.",
    surprise="Off the diagonal there is a lot: in few dimensions random features are far from "
    "orthogonal.",
    sweeps=("frontier",),
)
def cosine_maps(data: Data) -> Any:
    panels = []
    for name in ("l1", "topk"):
        one = at(data["frontier"], architecture=name)
        latents, features = matching(one["cosine"].values)
        order = np.argsort(features)
        shown = one[["cosine"]].isel(latent=latents[order])
        shown = shown.assign_coords(latent=variable("latent", np.arange(len(order)), "latent", "1"))
        panels.append(
            theme.heatmap(shown, "cosine", "feature", "latent", limits=(0.0, 1.0), title=name)
        )
    return theme.layout(*panels)


@figure(
    caption="Best |cos| of a feature with any latent against its probability, in eight bins of "
    "equally many features; hierarchy, more features than latents. "
    f"{SEEDS}; dashed: random directions.",
    shows="Whether what is frequent is recovered and what is rare is left out: the rank "
    "correlation of probability and best |cos| is {rare}.",
    surprise="The order of the architectures need not be that of their reconstructions; see how "
    "far even the most frequent features are from |cos| = 0.9.",
    sweeps=("hierarchy",),
)
def probability(data: Data) -> Any:
    ds = at(data["hierarchy"], level=NEAREST)
    chance = ds["feature_probability"].isel(architecture=0)
    order = np.argsort(-chance.isel(seed=0).values, kind="stable")
    bins = np.array_split(order, BINS)
    place = [float(chance.isel(feature=b).mean()) for b in bins]
    values = xr.concat([ds["best_cosine"].isel(feature=b).mean("feature") for b in bins], "bin")
    binned = xr.Dataset(
        {"best": variable(tuple(map(str, values.dims)), values.values, "mean best |cos|", "1")},
        {
            "probability": variable("bin", place, "feature probability", "1"),
            "architecture": ds["architecture"],
        },
    ).swap_dims(bin="probability")
    panel = _band(binned, "best", "probability", logx=True)
    return theme.overlay(panel, _chance(ds, "mmcs"))


@figure(
    caption="Matched |cos| and share of dead latents against the step, and matched |cos| at the "
    "end against the learning rate; independent features, G/d = 4. "
    f"{SEEDS}; dashed: random directions.",
    shows="How much is recovered depends on steps and learning rate, not alike for each kind: of "
    "the kind that depends most on the latter the matched |cos| changes by {a1_learning_rate}, of "
    "that which depends least by {a1_learning_rate.control_estimate}.",
    surprise="Dead latents go with it: compare the kinds of the middle panel with their ends in "
    "the right one (a1_fewer: {a1_fewer.verdict}).",
    sweeps=("frontier", "learning_rate"),
)
def training(data: Data) -> Any:
    ds = at(data["frontier"], level=NEAREST).swap_dims(checkpoint="step")
    rates = data["learning_rate"].sel(control="none")
    matched = _band(ds, "curve_mcc", "step", legend=None)
    return theme.layout(
        theme.overlay(matched, _chance(data["frontier"], "mcc")),
        _band(ds, "curve_dead_fraction", "step"),
        _band(rates, "mcc", "learning_rate", logx=True, legend=None),
    )


@figure(
    caption="Mean |x'| / |x| and relative reconstruction bias gamma against lambda, for both L1 "
    f"dictionaries. {SEEDS}; dashed: no shrinkage.",
    shows="The penalty shrinks the reconstruction, the more the stronger it is (a2_shrinkage: "
    "{a2_shrinkage.verdict}, a2_bias: {a2_bias.verdict}).",
    surprise="Nothing where both fall, as the closed form for one feature lets expect.",
    sweeps=("frontier",),
)
def shrinkage(data: Data) -> Any:
    ds = at(data["frontier"], control="none", architecture=L1)
    strengths = ds["sparsity"].isel(architecture=0, drop=True)
    ds = ds.assign_coords(sparsity=strengths).swap_dims(level="sparsity")
    one = theme.reference_line(1.0, "no shrinkage")
    return theme.layout(
        *(
            theme.overlay(_band(ds, name, "sparsity", legend=legend), one)
            for name, legend in (("shrinkage", None), ("relative_bias", "right"))
        )
    )


@figure(
    caption="Matched |cos| and F1 of the supports against features per dimension, as many latents "
    f"as features. {SEEDS}; dashed: random directions.",
    shows="Recovery with less superposition, for directions (a4_matched: {a4_matched.verdict}) and "
    "for supports (a4_f1: {a4_f1.verdict}), for TopK and JumpReLU at once.",
    surprise="TopK need not gain directions from less superposition: the same k latents have to "
    "fire whatever the sample.",
    sweeps=("superposition",),
)
def superposition(data: Data) -> Any:
    ds = data["superposition"].swap_dims(n_inputs="superposition")
    panels = []
    for name, legend in (("mcc", None), ("support_f1", "right")):
        fitted = ds.sel(control="none")
        panel = _band(fitted, name, "superposition", legend=legend)
        chance = at(ds, control="random", architecture="topk")[[name]].expand_dims(by=["random"])
        line = theme.band(chance, name, "superposition", "by", control="random", legend=None)
        panels.append(theme.overlay(panel, line))
    return theme.layout(*panels)


@figure(
    caption="A direct sum of subspaces with dense features: largest share of a latent in one "
    "subspace; agreement of clusters of the directions, and of what fires together, with "
    "the subspaces (adjusted Rand index); share of features recovered. Controls: fits to "
    f"Gaussian activations of equal covariance, random directions. {SEEDS}.",
    shows="Whether a dictionary notices the factorisation that its data have: of the architecture "
    "whose latents do so least the share in one subspace is {subspace_purity}, the best clusters "
    "of directions agree by {subspace_decoder}.",
    surprise="Latents may keep to one subspace (subspace_purity: {subspace_purity.verdict}) where "
    "clusters of what fires together are not the subspaces (subspace_firing: "
    "{subspace_firing.verdict}); wide intervals say that it depends on the seed.",
    sweeps=("subspaces",),
)
def subspaces(data: Data) -> Any:
    names = ("subspace_purity", "decoder_grouping", "firing_grouping", "recovered_fraction")
    return theme.layout(
        *(
            theme.intervals(
                data["subspaces"],
                name,
                "architecture",
                "control",
                control="random",
                ylim=(-0.1, 1.05),
                labels={"none": "fit", "gaussian": "fit to Gaussian", "random": "random"},
                legend="right" if name in ("decoder_grouping", "recovered_fraction") else None,
            )
            for name in names
        )
    )


@figure(
    caption="Every latent of one dictionary per architecture: best |cos| with a true feature "
    "against the share of samples in which it fires; on the page each point shows its best "
    "feature, precision, recall and percentile among latents fitted to Gaussian "
    "activations, whose 95th percentile is dashed. One seed, no interval.",
    shows="Which latents are features, which are mixtures, and which never fire.",
    surprise="Where many latents hardly fire at all, those that do may all lie above the control; "
    "the matched |cos| is {gaussian} above that of the control for the kind with the least lead.",
    sweeps=("frontier",),
)
def latents(data: Data) -> Any:
    panels = []
    for name in data["frontier"]["architecture"].values:
        one = data["frontier"].sel(architecture=name)
        one = one.assign_coords(latent=np.arange(one.sizes["latent"]))
        null = np.sort(one["latent_cosine_gaussian"].values)
        percentile = 100 * np.searchsorted(null, one["latent_cosine"].values) / null.size
        cards = [_card(one.isel(latent=i), percentile[i]) for i in range(one.sizes["latent"])]
        drawn = one[["latent_cosine", "latent_firing"]].assign(
            card=variable("latent", np.array(cards, dtype=object), "latent", "1")
        )
        panel = theme.scatter(
            drawn, "latent_cosine", "latent_firing", hover="card", title=str(name), ylim=(0, 1.05)
        )
        line = theme.reference_line(float(np.quantile(null, 0.95)), "95 % of the control")
        panels.append(theme.overlay(panel, line))
    return theme.layout(*panels)


def _card(latent: xr.Dataset, percentile: float) -> str:
    rows = {
        "best feature": f"{int(latent['latent_feature'])}",
        "|cos|": f"{float(latent['latent_cosine']):.3f}",
        "fires": f"{float(latent['latent_firing']):.2%}",
        "precision": f"{float(latent['latent_precision']):.2f}",
        "recall": f"{float(latent['latent_recall']):.2f}",
        "control percentile": f"{percentile:.0f}",
    }
    head = f"<b>latent {int(latent['latent'])}</b>"
    return "<br>".join([head, *(f"{key}: {value}" for key, value in rows.items())])
