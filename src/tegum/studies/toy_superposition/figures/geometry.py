"""Equal importances: dimensions per feature, polytopes, vulnerability and attacks, dynamics."""

from typing import Any

from tegum.figures import Data, figure, theme
from tegum.figures.axes import ONE_SEED, SEEDS, by_updates, inverse_density
from tegum.figures.graph import component_points
from tegum.figures.series import as_series, named, worded
from tegum.figures.style import PALETTE
from tegum.labels import coordinate, labelled
from tegum.metrics.geometry import FRACTIONS
from tegum.studies.toy_superposition.reading import REPRESENTED

LEFT = 0.01
"""Features per dimension below which embeddings are too small to have a geometry."""


@figure(
    caption="Dimensions per feature, D* = m / ||W||^2, against 1 / density; 80 features of "
    f"equal importance in 10 dimensions; dashed lines: 1 and 1/2. {SEEDS}",
    shows="From about one dimension per feature (t7_dense: {t7_dense.verdict}) D* falls to a "
    "plateau at one half, {t6} neighbouring densities long, and then steadily to {t7}.",
    surprise="The plateau lies at denser data than in the paper's figure, and around 1/3, where "
    "there is no polytope, the longest such run is {t6.control_estimate}.",
    sweeps=("geometry",),
)
def dimensions_per_feature(data: Data) -> Any:
    ds = inverse_density(data["geometry"])[["dimensions_per_feature"]]
    panel = theme.band(ds, "dimensions_per_feature", "sparsity", logx=True, markers=True)
    lines = {1.0: "one dimension each", 0.5: "antipodal pairs"}
    return theme.overlay(panel, *(theme.reference_line(*line) for line in lines.items()))


@figure(
    caption="Dimensionality of every represented feature of five seeds (grey), and its mean "
    "over each component of the interference graph, by the polytope that the component forms, "
    "against 1 / density; dashed lines: 1, 3/4, 2/3, 1/2, 2/5 and 3/8. On the interactive page "
    "a component shows its graph (blue: negative cosines, red: positive ones).",
    shows="On the plateau most components are antipodal pairs (digons): a share of {t6_features} "
    "of the features is near 1/2. Triangles lie before it, pentagons and square antiprisms after "
    "it; sparser models are one connected component with equal dimensionalities.",
    surprise="Named polytopes form, and yet lines of features off 1/2 are thin (t8_before: "
    "{t8_before.verdict}, t8_after: {t8_after.verdict}): at 80 features most components next to "
    "the plateau are deformed or larger than the named ones.",
    sweeps=("geometry",),
)
def geometry(data: Data) -> Any:
    ds = inverse_density(data["geometry"]).isel(checkpoint=-1)
    features = ds[["dimensionality"]].where(ds["component"] >= 0).expand_dims("shape")
    features = features.assign_coords(shape=coordinate("shape", ["a feature"], "component"))
    look: Any = {"logx": True, "ylim": (0.0, 1.05)}
    axes = "dimensionality", "sparsity", "shape"
    under = theme.scatter(features, *axes, control="a feature", **look)
    over = theme.scatter(component_points(ds, "sparsity"), *axes, hover="graph", **look)
    lines = [
        theme.reference_line(fraction, "" if shape == "square antiprism" else shape)
        for shape, fraction in FRACTIONS.items()
    ]
    return theme.overlay(under, over, *lines)


@figure(
    caption="Adversarial vulnerability (rise of the squared error under the worst attack of "
    "0.1 mean input norms, over that of a model without superposition) and features per "
    f"dimension against 1 / density, and against each other, each model a point. {SEEDS}",
    shows="Vulnerability rises with features per dimension, {t22} times from the densest to the "
    "sparsest data, and is flat where D* is.",
    surprise="The rise is another than the published threefold one ({t22.estimate}), because the "
    "data here get sparser and harm is measured as a rise of the squared error.",
    sweeps=("geometry",),
)
def vulnerability(data: Data) -> Any:
    ds = inverse_density(data["geometry"])
    table = labelled(1 / ds["dimensions_per_feature"], "packed", "features per dimension 1 / D*")
    look: Any = {"logx": True, "markers": True}
    return theme.layout(
        theme.band(ds, "vulnerability", "sparsity", **look),
        theme.band(table, "packed", "sparsity", **look),
        theme.scatter(table.assign(ds[["vulnerability"]]), "vulnerability", "packed"),
    )


@figure(
    caption="Models that are trained on attacked inputs, against the length of the attacks: "
    "features per dimension |W|^2 / m; their mean dimensionality, weighted by squared norms (1: a "
    "dimension each, 1/2: antipodal pairs), where embeddings are left; vulnerability to attacks of "
    "0.1 mean input norms; and the loss of the attacked models on clean inputs and under the worst "
    "attack of their own length, over that of the best constant. 80 features at density 0.05 in 10 "
    "dimensions; grey: trained on attacks of equal length in random directions; dashed vertical "
    f"line: the published budget. {SEEDS}",
    shows="Superposition and vulnerability fall from the smallest attacks on, and far less under "
    "random directions of equal length. One feature per dimension is left at a budget {t23} norms "
    "away from the published one (t23: {t23.verdict}), on the side of weaker attacks; at the "
    "published one nothing is represented any more, and the loss is that of the best constant.",
    surprise="Embeddings shrink before they part: what first amounts to one feature per dimension "
    "are more features than dimensions, at smaller norm, of mean dimensionality {t23_dedicated} "
    "(t23_dedicated: {t23_dedicated.verdict}); a dimension each comes later, at a smaller norm "
    "still. An attack of length a costs m features of norm 1 with dimensions of their own about "
    "a^2, and these gain m p / 3: beyond that length they do not pay, which is sqrt(m / n) of the "
    "root mean square of the norm. So the budget depends on how many features there are per "
    "dimension.",
    sweeps=("adversarial",),
)
def adversarial_training(data: Data) -> Any:
    ds = data["adversarial"].isel(checkpoint=-1)
    ds = named(ds, "attack", {"worst": "most harmful", "random": "random directions"})
    ds = worded(ds, {"training_budget": "length of attacks / mean input norm"})
    packed = 1 / ds["dimensions_per_feature"]
    own = labelled(ds["mean_dimensionality"].where(packed > LEFT), "own", "mean dimensionality")
    table = labelled(packed, "packed", "features per dimension 1 / D*")
    attacked = ds.sel(attack="most harmful", drop=True)
    losses = as_series(
        "inputs",
        {"clean": attacked["loss_ratio"], "attacked": attacked["attacked_loss_ratio"]},
        like=attacked["loss_ratio"],
    )
    look: Any = {"markers": True, "control": "random directions"}
    by_inputs: Any = {"markers": True, "colours": PALETTE[2:]}
    published = theme.reference_line(0.8, "published", axis="x")
    one = theme.reference_line(1.0, "one per dimension")
    budget = "training_budget"
    return theme.layout(
        theme.overlay(theme.band(table, "packed", budget, "attack", **look), one, published),
        theme.overlay(theme.band(own, "own", budget, "attack", **look), published),
        theme.overlay(theme.band(ds, "vulnerability", budget, "attack", **look), published),
        theme.overlay(theme.band(losses, "value", budget, "inputs", **by_inputs), published),
        columns=2,
    )


@figure(
    caption="Dimensionality of every finally represented feature, and evaluation loss, while "
    f"training at a constant learning rate at density 0.4; dashed line: 1/2. {ONE_SEED}",
    shows="Features move to one half one after another, some of them staying at a low value until "
    "they jump ({t20} jumps in a run); the loss falls in a step while most of them do.",
    surprise="The last jumps, of single features, hardly show in the loss, which has nearly "
    "reached its end (t20_loss: {t20_loss.verdict}).",
    sweeps=("dynamics",),
)
def dynamics(data: Data) -> Any:
    ds = data["dynamics"].isel(seed=0)
    on = ds["norm"].isel(checkpoint=-1).values > REPRESENTED
    ds = by_updates(ds)
    look: Any = {"legend": None, "colours": "viridis"}
    lines = theme.curves(ds.isel(feature=on), "dimensionality", "updates", "feature", **look)
    loss = theme.curves(ds, "evaluation_loss", "updates")
    return theme.layout(theme.overlay(lines, theme.reference_line(0.5, "1/2")), loss)
