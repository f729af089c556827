"""The sampled networks: architectures against sparsity, and layers."""

from typing import Any

import numpy as np

from tegum.figures import Data, figure, theme
from tegum.labels import along, at, coordinate, joined

SEEDS = "Mean over seeds with the 95 % bootstrap interval."


@figure(
    caption="Forty features of value 0.95^i in ten neurons, by the probability that a feature is "
    "active: share of shared features (capacity between 0.05 and 0.95), sum of capacities, and "
    "loss over that of the best constant. Quadratic: exact loss; square, relu, gelu: a layer and a "
    "linear readout of the same target, trained on samples; tied_relu: reconstruction of the "
    f"features. Grey: untrained weights. {SEEDS}",
    shows="Sparse features are shared, by every architecture; between neighbouring sparsities the "
    "share falls by {c9} at most, that it does not fall at all is {c9.verdict} by the tolerance. "
    "Architectures differ by {c9_amount} where they differ most.",
    surprise="The exact quadratic model shares nothing where features are dense, where the sampled "
    "networks share some. ReLU networks leave capacity unused at every sparsity, as untrained "
    "weights do, and still have about the losses of the others.",
    sweeps=("architectures",),
)
def architectures(data: Data) -> Any:
    ds = data["architectures"]
    names = ["shared_share", "capacity_sum"]
    trained, fresh = (at(ds[names], control=c) for c in ("none", "untrained"))
    parts = {one.architecture.item(): one for one in along(trained, "architecture")}
    both = joined("architecture", parts | {"untrained": fresh.isel(architecture=0)})
    look: Any = {"logx": True, "markers": True}
    axes = "feature_probability", "architecture"
    panels = [theme.band(both, name, *axes, control="untrained", **look) for name in names]
    return theme.layout(*panels, theme.band(ds, "loss_ratio", *axes, logy=True, **look), columns=1)


@figure(
    caption="Dimensions of the block of a shared feature (sum of its capacities; blocks join "
    "features with |cos| above 0.25), median over features, by architecture and the probability "
    f"that a feature is active. Nothing is shared where a point is missing. {SEEDS}",
    shows="At probability 0.1 a share of {c12_tied} of the shared features of the tied model are "
    "in blocks of one to three dimensions; that most are {c12_tied.verdict}. Sparser still, the "
    "shared features of each architecture are in one block of nearly all dimensions that are used.",
    surprise="Small blocks do not mark the tied model in general: where features are dense all "
    "sampled networks have some, and where they are sparse the overlaps of the tied model join "
    "everything. In between it alone has antipodal pairs, blocks of one dimension.",
    sweeps=("architectures",),
)
def block_sizes(data: Data) -> Any:
    size = at(data["architectures"].block_dimension, control="none")
    table = size.median("feature", keep_attrs=True).to_dataset()
    look: Any = {"logx": True, "markers": True}
    return theme.band(table, "block_dimension", "feature_probability", "architecture", **look)


@figure(
    caption="Networks of three hidden ReLU layers that reconstruct 24 features of value 0.93^i "
    "from eight neurons. Capacities of the features in each layer (the middle probability), sums "
    "of capacities by layer, and spread of the marginal returns of shared features (standard "
    f"deviation / |mean|, median over probabilities); grey: untrained. {SEEDS}",
    shows="All layers represent the most valuable features; later layers hardly anything else. The "
    "returns of shared features spread by {layers_even} of their mean, with untrained weights by "
    "{layers_even.control_estimate}; that they are one level {layers_even.verdict}.",
    surprise="Much of the eight dimensions is unused, and more of it in later layers; untrained "
    "weights lose capacity with depth as well, so that most of the fall is not learnt. "
    "Neighbouring layers agree more than untrained ones by {layers_agree}.",
    sweeps=("layers",),
)
def layers(data: Data) -> Any:
    number = coordinate("layer", np.arange(1, data["layers"].sizes["layer"] + 1), "layer")
    models = coordinate("control", ["trained", "untrained"], "weights")
    ds = data["layers"].assign_coords(layer=number, control=models)
    places = ds.sizes["feature_probability"]
    one = at(ds, control="trained").isel(feature_probability=places // 2)
    total = ds[["capacity_sum"]].mean("feature_probability", keep_attrs=True)
    spread = ds[["return_spread"]].median("feature_probability", keep_attrs=True)
    axes = "layer", "control"
    look: Any = {"control": "untrained"}
    return theme.layout(
        theme.band(one, "capacity", "feature", "layer"),
        theme.intervals(total, "capacity_sum", *axes, **look),
        theme.intervals(spread, "return_spread", *axes, logy=True, **look),
        columns=1,
    )
