"""Figures of the study `sae_recovery`, drawn from its measure Datasets."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import variable
from tegum.metrics.recovery import matching

Data = Mapping[str, xr.Dataset]
NEAREST = 1
"""The level whose number of active latents is nearest to that of active features."""
BINS = 8
ORDER = ["standard", "l1", "gated", "jumprelu", "topk", "batchtopk", "matryoshka"]
L1 = ["standard", "l1"]


def _mean(dataset: xr.Dataset, *names: str) -> xr.Dataset:
    """Means over seeds of the fits, and of the number of active latents."""
    found = dataset.sel(control="none")[[*names, "l0", "true_l0"]]
    return found.mean("seed", keep_attrs=True)


def _colours(dataset: xr.Dataset) -> list[str]:
    """One colour per architecture, the same in every figure."""
    return [theme.PALETTE[ORDER.index(name)] for name in dataset["architecture"].values]


def _band(dataset: xr.Dataset, y: str, x: str, **look: Any) -> Any:
    colours = _colours(dataset)
    return theme.band(dataset, y, x, "architecture", markers=True, colours=colours, **look)


def _chance(dataset: xr.Dataset, name: str) -> Any:
    """A line at the mean over random directions."""
    return theme.reference_line(float(dataset[name].sel(control="random").mean()))


def _by_active(data: Data, sweep: str, name: str, **look: Any) -> Any:
    """A measure against the number of active latents, with a line at that of active features."""
    ds = _mean(data[sweep], name)
    colours = _colours(ds)
    panel = theme.scatter(ds, name, "l0", "architecture", logx=True, colours=colours, **look)
    return theme.overlay(panel, theme.reference_line(float(ds["true_l0"].mean()), "x"))


def _frontier(data: Data) -> Any:
    return theme.layout(
        *(
            _by_active(data, sweep, "fvu", title=title)
            for sweep, title in (
                ("frontier", "independent, n = G = 4d"),
                ("hierarchy", "hierarchy, n = G/4 = 2d"),
            )
        )
    )


def _recovery(data: Data) -> Any:
    panels = []
    for name in ("mcc", "support_f1", "uniqueness"):
        legend = None if name == "mcc" else "right"
        panel = _by_active(data, "frontier", name, ylim=(0, 1.05), legend=legend)
        panels.append(theme.overlay(panel, _chance(data["frontier"], name)))
    return theme.layout(*panels)


def _cosine_maps(data: Data) -> Any:
    panels = []
    for name in ("l1", "topk"):
        one = data["frontier"].sel(architecture=name)
        latents, features = matching(one["cosine"].values)
        order = np.argsort(features)
        shown = one[["cosine"]].isel(latent=latents[order])
        shown = shown.assign_coords(latent=variable("latent", np.arange(len(order)), "latent", "1"))
        panels.append(
            theme.heatmap(shown, "cosine", "feature", "latent", limits=(0.0, 1.0), title=name)
        )
    return theme.layout(*panels)


def _probability(data: Data) -> Any:
    ds = data["hierarchy"].sel(level=NEAREST)
    order = np.argsort(-ds["feature_probability"].isel(seed=0).values, kind="stable")
    bins = np.array_split(order, BINS)
    place = [float(ds["feature_probability"].isel(feature=b).mean()) for b in bins]
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


def _training(data: Data) -> Any:
    ds = data["frontier"].sel(level=NEAREST).swap_dims(checkpoint="step")
    rates = data["learning_rate"].sel(control="none")
    matched = _band(ds, "curve_mcc", "step", legend=None)
    return theme.layout(
        theme.overlay(matched, _chance(data["frontier"], "mcc")),
        _band(ds, "curve_dead_fraction", "step"),
        _band(rates, "mcc", "learning_rate", logx=True, legend=None),
    )


def _shrinkage(data: Data) -> Any:
    ds = data["frontier"].sel(control="none", architecture=L1)
    strengths = ds["sparsity"].isel(architecture=0, drop=True)
    ds = ds.assign_coords(sparsity=strengths).swap_dims(level="sparsity")
    one = theme.reference_line(1.0)
    return theme.layout(
        *(
            theme.overlay(_band(ds, name, "sparsity", legend=legend), one)
            for name, legend in (("shrinkage", None), ("relative_bias", "right"))
        )
    )


def _superposition(data: Data) -> Any:
    ds = data["superposition"].swap_dims(n_inputs="superposition")
    panels = []
    for name, legend in (("mcc", None), ("support_f1", "right")):
        fitted = ds.sel(control="none")
        panel = _band(fitted, name, "superposition", legend=legend)
        chance = ds.sel(control="random", architecture="topk")[[name]].expand_dims(by=["random"])
        line = theme.band(chance, name, "superposition", "by", control="random", legend=None)
        panels.append(theme.overlay(panel, line))
    return theme.layout(*panels)


def _subspaces(data: Data) -> Any:
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


def _latents(data: Data) -> Any:
    panels = []
    for name in data["frontier"]["architecture"].values:
        one = data["frontier"].sel(architecture=name)
        null = np.sort(one["latent_cosine_gaussian"].values)
        percentile = 100 * np.searchsorted(null, one["latent_cosine"].values) / null.size
        cards = [_card(one.isel(latent=i), percentile[i]) for i in range(one.sizes["latent"])]
        drawn = one[["latent_cosine", "latent_firing"]].assign(
            card=variable("latent", np.array(cards, dtype=object), "latent", "1")
        )
        panel = theme.scatter(
            drawn, "latent_cosine", "latent_firing", hover="card", title=str(name), ylim=(0, 1.05)
        )
        line = theme.reference_line(float(np.quantile(null, 0.95)))
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


_SEEDS = "Mean over 5 seeds with the 95 % bootstrap interval"
_ACTIVE = "The vertical line is the number of active features"
FIGURES = {
    "frontier": Figure(
        caption=(
            "Fraction of variance unexplained against active latents per sample, three sparsities "
            "per architecture, means over 5 seeds, without interval. Left: independent features; "
            f"right: Zipf probabilities, correlation and hierarchy. {_ACTIVE}."
        ),
        shows=(
            "By reconstruction the architectures that do not shrink come first, and more active "
            "latents are always better: nothing in it points at the vertical line."
        ),
        surprise=(
            "Nothing in kind: the L1 dictionaries, which shrink, need three times as many active "
            "latents for the same variance."
        ),
        draw=_frontier,
    ),
    "recovery": Figure(
        caption=(
            "Matched |cos|, F1 of the supports and uniqueness against active latents per sample; "
            "independent features, G/d = 4, means over 5 seeds, without interval. "
            f"{_ACTIVE}; horizontal, dashed: random directions."
        ),
        shows="Directions and supports are two things: the first are found long before the second.",
        surprise=(
            "There is no optimum at the vertical line: BatchTopK and Matryoshka find most "
            "directions with k = 1, half of what is active; a third of their latents, and of "
            "JumpReLU's, is dead."
        ),
        draw=_recovery,
    ),
    "cosine_maps": Figure(
        caption=(
            "|cos| of latents (rows, in the order of their matched feature) and true features, one "
            "seed, G/d = 4, no interval."
        ),
        shows="A diagonal where a latent is a feature; elsewhere the interference of the truth.",
        surprise=(
            "Off the diagonal there is a lot: in 16 dimensions two random features have a |cos| "
            "of 0.2 on average."
        ),
        draw=_cosine_maps,
    ),
    "probability": Figure(
        caption=(
            "Best |cos| of a feature with any latent against its probability, in eight bins of "
            "equally many features; hierarchy, four times as many features as latents. "
            f"{_SEEDS}; dashed: random directions."
        ),
        shows="What is frequent is recovered, what is rare is left out.",
        surprise=(
            "Standard, which reconstructs worst here, recovers best; and no architecture reaches "
            "0.9 on average even for the most frequent eighth of the features."
        ),
        draw=_probability,
    ),
    "training": Figure(
        caption=(
            "Matched |cos| and share of dead latents against the step, and matched |cos| at the "
            "end against the learning rate; independent features, G/d = 4. "
            f"{_SEEDS}; dashed: random directions."
        ),
        shows="How much is recovered depends on steps and learning rate, not alike for each kind.",
        surprise=(
            "Dead latents decide: where a third of them is dead, no learning rate mends it, and "
            "the auxiliary loss at its published weight does not revive them."
        ),
        draw=_training,
    ),
    "shrinkage": Figure(
        caption=(
            "Mean |x'| / |x| and relative reconstruction bias gamma against lambda, for both L1 "
            f"dictionaries. {_SEEDS}; dashed: no shrinkage."
        ),
        shows="The penalty shrinks the reconstruction, the more the stronger it is.",
        surprise="Nothing: both fall as the closed form for one feature lets expect.",
        draw=_shrinkage,
    ),
    "superposition": Figure(
        caption=(
            "Matched |cos| and F1 of the supports against features per dimension, G = n = 64. "
            f"{_SEEDS}; dashed: random directions."
        ),
        shows="Recovery with less superposition, for directions and for supports.",
        surprise=(
            "TopK gains no directions from less superposition: the same k latents have to fire "
            "whatever the sample."
        ),
        draw=_superposition,
    ),
    "subspaces": Figure(
        caption=(
            "A direct sum of four subspaces with dense features: largest share of a latent in one "
            "subspace; agreement of clusters of the directions, and of what fires together, with "
            "the subspaces (adjusted Rand index); share of features recovered. Controls: fits to "
            f"Gaussian activations of equal covariance, random directions. {_SEEDS}."
        ),
        shows="Whether a dictionary notices the factorisation that its data have.",
        surprise=(
            "Latents of every architecture keep to one subspace, but clusters of their directions "
            "are the subspaces for the dictionary of 2023 and TopK only; for JumpReLU and "
            "Matryoshka it depends on the seed, whether they are."
        ),
        draw=_subspaces,
    ),
    "latents": Figure(
        caption=(
            "Every latent of one dictionary per architecture: best |cos| with a true feature "
            "against the share of samples in which it fires; on the page each point shows its best "
            "feature, precision, recall and percentile among latents fitted to Gaussian "
            "activations, whose 95th percentile is dashed. One seed, no interval."
        ),
        shows="Which latents are features, which are mixtures, and which never fire.",
        surprise=(
            "In JumpReLU, BatchTopK and Matryoshka nearly every latent that fires is above the "
            "control; the others hardly fire at all."
        ),
        draw=_latents,
    ),
}
