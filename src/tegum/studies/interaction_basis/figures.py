"""Figures of `interaction_basis`."""

from functools import partial
from typing import Any

import numpy as np

from tegum.figures import Data, figure, theme
from tegum.figures.series import worded
from tegum.labels import at, labelled, variable

SEEDS = "Mean and 95 % interval over seeds"
NAMES = {
    "method": "basis",
    "basis_dir": "direction",
    "n_kept": "directions kept",
    "points": "points of the path",
    "activation": "activation",
}
_named = partial(worded, names=NAMES)
LOOK: Any = {"control": "turned", "labels": {"lib": "interactions", "pca": "PCA"}}


@figure(
    caption="Left: eigenvalues of the local interaction basis and of PCA, over the largest of "
    "each, of activations with four quiet directions that matter and eight loud ones that do not. "
    f"Right: error of the outputs when the first directions alone are kept. Eight models. {SEEDS}.",
    shows="The first four directions of PCA have {j1_pca} of the relevant subspace, those of the "
    "local interaction basis {j1_lib}. With the latter the outputs' error is {j1_ablation} of "
    "their variance.",
    surprise="Nothing: the loud directions do not change the outputs, and the basis is built of "
    "what does.",
    sweeps=("planted",),
)
def spectra(data: Data) -> Any:
    ds = _named(at(data["planted"], next_layer="modules", decorrelated=False))
    both = at(ds["eigenvalue"], method=["pca", "lib"])
    share = both / both.isel(basis_dir=0)
    table = _named(labelled(share.rename("share"), "share", "eigenvalue over the largest"))
    kept = at(ds[["ablation_loss"]], method=["neuron", "pca", "lib"])
    return theme.layout(
        theme.band(table, "share", "basis_dir", "method", logy=True, markers=True, **LOOK),
        theme.band(kept, "ablation_loss", "n_kept", "method", **LOOK),
    )


@figure(
    caption="Interactions of outputs (rows; the first two are one module, the last two another) "
    "with directions of three bases (columns), as shares of the largest. One model of two modules, "
    "4,000 samples without correlation.",
    shows="Between modules the local interaction basis has {j4_modules} of all interactions.",
    surprise="With samples as they are drawn it has {j4_sampled}: their small correlations mix the "
    "modules.",
    sweeps=("planted",),
)
def interactions(data: Data) -> Any:
    ds = at(data["planted"], next_layer="modules", decorrelated=True).isel(seed=0)
    panels = []
    for method, title in (("neuron", "neurons"), ("pca", "PCA"), ("lib", "interactions")):
        edge = at(ds["edge"], method=method).transpose("output", "basis_dir").values
        edge = edge[:, np.isfinite(edge).all(0)]
        panels.append(
            theme.matrix(
                edge / edge.max(),
                "share of the largest",
                "output",
                "direction",
                limits=(0.0, 1.0),
                title=title,
            )
        )
    return theme.layout(*panels)


@figure(
    caption="Largest error of completeness of integrated gradients against the number of points of "
    f"the path, of networks with tanh and with ReLU. Five networks. {SEEDS}.",
    shows="The order of the error is {j2_order} away from two for tanh; with ReLU that of the root "
    "mean square error is {j2_kinks} away from one ({j2_kinks.verdict}).",
    surprise="A path crosses kinks at places of its own, so that errors of single samples do not "
    "fall steadily.",
    sweeps=("paths",),
)
def completeness(data: Data) -> Any:
    ds = _named(data["paths"])
    return theme.band(
        ds, "completeness_err", "points", "activation", logx=True, logy=True, markers=True
    )


@figure(
    caption="Directions that an output interacts with, by basis: bits and gates of the networks of "
    "boolean_gates (left), hidden neurons and features of the models of monosemanticity (right). "
    f"Five networks each. {SEEDS}.",
    shows="Principal directions minus local interactions, in bits: {j5_gates_pca} for trained "
    "gates, {j5_poly_pca} for polysemantic and {j5_mono_pca} for monosemantic models; neurons "
    "minus local interactions {j5_gates_neuron}, {j5_poly_neuron} and {j5_mono_neuron}.",
    surprise="A gate reads two bits, which is what the bits' own basis shows: where the true "
    "variables are the units, another basis can only hide it.",
    sweeps=("gates", "features"),
)
def sparsity(data: Data) -> Any:
    gates, features = data["gates"], data["features"]
    layers = ["random" if frozen else "trained" for frozen in gates["frozen"].values]
    gates = gates.assign_coords(frozen=variable("frozen", layers, "first layer", "1"))
    features = features.assign_coords(
        bias_offset=variable("bias_offset", features["bias_offset"].values, "initial bias", "1")
    )
    panels = []
    words = {"neuron": "units", "pca": "PCA", "lib": "interactions", "turned": "turned"}
    for ds, by in ((gates, "frozen"), (features, "bias_offset")):
        names = [words[method] for method in ds["method"].values.tolist()]
        table = _named(ds[["edge_number"]].assign_coords(method=names))
        panels.append(theme.intervals(table, "edge_number", "method", by))
    return theme.layout(*panels)


@figure(
    caption="Error of the outputs over their variance when the first directions of a basis are "
    "kept and the others are at their mean: trained networks of gates (left), polysemantic "
    f"models of features (right). Five networks each. {SEEDS}.",
    shows="With half of the directions PCA's error exceeds that of the local interaction basis by "
    "{j5_ablation_gates} and {j5_ablation_features}.",
    surprise="Only the order of importance differs between the bases: with all directions each "
    "keeps everything.",
    sweeps=("gates", "features"),
)
def ablation(data: Data) -> Any:
    panels = []
    for ds in (at(data["gates"], frozen=False), at(data["features"], bias_offset=0.0)):
        most = int(ds["n_directions"].min())
        here = _named(ds[["ablation_loss"]].isel(n_kept=slice(most + 1)))
        panels.append(theme.band(here, "ablation_loss", "n_kept", "method", **LOOK))
    return theme.layout(*panels)
