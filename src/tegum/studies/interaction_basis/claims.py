"""Claims of `interaction_basis`. Thresholds and their sources are fixed before results are seen."""

from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed, within
from tegum.ledger.findings import Finding, finding, untestable

PROTOTYPE = "a small prototype of this project"
APOLLO = "Apollo Research 2024, the local interaction basis"
MIDPOINT = "the error of the midpoint rule"
FOUND = 0.99
"""Share of a subspace that is found: own choice."""
MISSED = 0.5
"""Share below which it is missed: own choice."""
SMALL = 1e-6
"""Mass of interactions that should be none: the science's own."""
INVARIANT = 1e-6
"""Relative change of eigenvalues by rounding: own choice."""
ORDER = 0.3
"""Largest distance of an order of convergence: own choice."""
COMPLETE = {5: 1.0e-3, 20: 6.0e-5, 50: 1.0e-5}
"""Points of the path to the largest error of the prototype."""
SAME = 10.0
"""Factor within which errors of another network are of the prototype's size: own choice."""
FEW = 0.05
"""Error of outputs, over their variance, that is small: own choice."""

planted = partial(finding, "planted")
natural = {"next_layer": "modules", "decorrelated": False}


@planted(
    "The first directions of PCA miss the subspace that the next layer reads.",
    PROTOTYPE,
    at=natural,
)
def j1_pca(ds: xr.Dataset) -> Claim:
    share = at(ds["subspace_overlap"], **natural)
    return below(
        MISSED,
        at(share, method="pca"),
        control=("local interaction basis", at(share, method="lib")),
        because="share of the subspace in as many first directions as it has dimensions",
    )


@planted("The local interaction basis finds it.", APOLLO, at=natural)
def j1_lib(ds: xr.Dataset) -> Claim:
    share = at(ds["subspace_overlap"], **natural)
    return above(
        FOUND,
        at(share, method="lib"),
        control=("PCA", at(share, method="pca")),
        because="share of the subspace; of its most variable neurons "
        f"{float(at(share, method='neuron').mean()):.2f}",
    )


@planted(
    "It has as many directions as the subspace has dimensions.",
    APOLLO,
    kind="exact",
)
def j1_number(ds: xr.Dataset) -> Claim:
    number = at(ds["n_directions"], method="lib")
    wrong = number != at(ds["subspace_overlap"], method="lib").copy(data=np.full(number.shape, 4.0))
    return within(
        0, int(wrong.sum()), cases=wrong.size, because="models with another number than 4"
    )


@planted(
    "With its first four directions the outputs are kept; with those of PCA they are not.",
    APOLLO,
    at=natural,
)
def j1_ablation(ds: xr.Dataset) -> Claim:
    loss = at(ds["ablation_loss"], **natural).isel(n_kept=4)
    return below(
        FEW,
        at(loss, method="lib"),
        control=("PCA", at(loss, method="pca")),
        because="squared error over the outputs' variance, other directions at their mean",
    )


def _error(ds: xr.Dataset, activation: str, points: int) -> xr.DataArray:
    return at(ds["completeness_err"], activation=activation, points=points)


def _complete(points: int, size: float) -> Finding:
    def judge(ds: xr.Dataset) -> Claim:
        return below(
            SAME * size,
            _error(ds, "tanh", points),
            control=("a single kinked network, ReLU", _error(ds, "relu", points)),
            because=f"largest of all samples and outputs of networks with 32 tanh neurons; "
            f"the prototype's, of another network, was {size:g}",
        )

    statement = f"With {points} points integrated gradients are complete within {SAME * size:g}."
    where = {"points": points, "activation": ("tanh", "relu")}
    return finding("paths", statement, PROTOTYPE, at=where)(judge, id=f"j2_points_{points}")


j2_points = [_complete(points, size) for points, size in COMPLETE.items()]


def _order(ds: xr.Dataset, activation: str, name: str) -> list[float]:
    """Minus the slope of log error against log points, per seed."""
    errors = at(ds[name], activation=activation, points=[20, 50, 100, 200])
    steps = np.log(errors["points"].values)
    rows = np.log(np.maximum(errors.transpose("seed", "points").values, 1e-300))
    return [float(-np.polyfit(steps, row, 1)[0]) for row in rows]


@finding(
    "paths",
    "The error of completeness falls with the square of the number of points.",
    MIDPOINT,
    at={"activation": ("tanh", "relu"), "points": (20, 50, 100, 200)},
)
def j2_order(ds: xr.Dataset) -> Claim:
    orders = _order(ds, "tanh", "completeness_err")
    return below(
        ORDER,
        abs(np.array(orders) - 2.0),
        control=("ReLU", abs(np.array(_order(ds, "relu", "completeness_err")) - 2.0)),
        because=f"distance of the order from 2; its mean is {np.mean(orders):.3f}",
    )


@finding(
    "paths",
    "Where the map has kinks it falls only with the number of points.",
    MIDPOINT,
    at={"activation": ("tanh", "relu"), "points": (20, 50, 100, 200)},
)
def j2_kinks(ds: xr.Dataset) -> Claim:
    orders = _order(ds, "relu", "typical_err")
    return below(
        ORDER,
        abs(np.array(orders) - 1.0),
        control=("tanh", abs(np.array(_order(ds, "tanh", "typical_err")) - 1.0)),
        because="distance of the order of the root mean square error from 1; its mean is "
        f"{np.mean(orders):.3f}",
    )


@finding(
    "maps",
    "The eigenvalues of the local interaction basis are those of any linear map of the layer.",
    APOLLO,
    kind="exact",
)
def j3_invariant(ds: xr.Dataset) -> Claim:
    return within(
        INVARIANT,
        ds["change_lib"],
        because="largest relative change by a random invertible map; those of PCA change by "
        f"{float(ds['change_pca'].min()):.2f} or more",
    )


@finding(
    "maps",
    "There are as many as outputs where those are fewer than the layer's dimensions.",
    APOLLO,
    kind="exact",
)
def j3_number(ds: xr.Dataset) -> Claim:
    wrong = ds["n_directions"] != ds["n_outputs"]
    return within(0, int(wrong.sum()), cases=wrong.size, because="models with another number")


@planted(
    "Of a linear map each principal output interacts with one direction.",
    APOLLO,
    at={"next_layer": "linear"},
    kind="exact",
)
def j4_linear(ds: xr.Dataset) -> Claim:
    return within(
        SMALL,
        at(ds["off_diagonal"], next_layer="linear"),
        because="largest share of interactions off the diagonal",
    )


@planted(
    "Between modules there are no interactions where their directions are uncorrelated.",
    APOLLO,
    at={"next_layer": "modules", "decorrelated": True},
    kind="exact",
)
def j4_modules(ds: xr.Dataset) -> Claim:
    here = at(ds["off_block"], next_layer="modules", decorrelated=True)
    return within(
        SMALL,
        at(here, method="lib"),
        because="largest share of interactions between modules; at least "
        f"{float(at(here, method='turned').min()):.2g} after a rotation of the basis, "
        f"{float(at(here, method='neuron').min()):.2g} of neurons",
    )


@planted(
    "In 4,000 samples, whose correlations are small and not zero, there are hardly any.",
    "own question: the exact claim holds only for samples without correlation",
    at=natural,
)
def j4_sampled(ds: xr.Dataset) -> Claim:
    here = at(ds["off_block"], **natural)
    return below(
        0.01,
        at(here, method="lib"),
        control=("PCA", at(here, method="pca")),
        because=f"share of interactions between modules; by basis: {listed(here, 4)}",
    )


def _sparser(axis: str, value: float | bool, against: str) -> Callable[[xr.Dataset], Claim]:
    def judge(ds: xr.Dataset) -> Claim:
        number = at(ds["edge_number"], **{axis: value})
        number = number.copy(data=np.log2(number.values))
        local, other = at(number, method="lib"), at(number, method=against)
        return above(
            0.0,
            other - local,
            control=(
                "the basis turned in its span, in place of it",
                other - at(number, method="turned"),
            ),
            unit="bits",
            because=f"log2 of the directions an output interacts with, of {against} minus those of "
            "the local interaction basis; directions by basis: "
            f"{listed(at(ds['edge_number'], **{axis: value}), 1)}",
        )

    return judge


def _on(
    sweep: str, axis: str, names: dict[str, float | bool], told: dict[str, str]
) -> list[Finding]:
    """The two comparisons on each kind of a study's networks."""
    against = {"pca": "principal directions", "neuron": "the neurons themselves"}
    if sweep == "gates":
        against["neuron"] = "the bits themselves"
    return [
        finding(
            sweep,
            f"In {told[name]} interactions are sparser in the local interaction basis than in "
            f"{words}.",
            APOLLO,
            at={axis: value},
        )(_sparser(axis, value, method), id=f"j5_{name}_{method}")
        for name, value in names.items()
        for method, words in against.items()
    ]


j5_gates = _on(
    "gates",
    "frozen",
    {"gates": False, "frozen": True},
    {"gates": "trained networks of gates", "frozen": "networks of gates with a random first layer"},
)
j5_features = _on(
    "features",
    "bias_offset",
    {"poly": 0.0, "mono": -0.5},
    {"poly": "polysemantic models of features", "mono": "monosemantic models of features"},
)


def _kept(ds: xr.Dataset, **where: float | bool) -> Claim:
    """Ablation where half of the local basis is kept, as many directions in all bases."""
    here = at(ds, **where)
    half = int(at(here["n_directions"], method="lib").min()) // 2
    loss = here["ablation_loss"].isel(n_kept=half)
    return above(
        0.0,
        at(loss, method="pca") - at(loss, method="lib"),
        control=(
            "the basis turned in its span, in place of it",
            at(loss, method="pca") - at(loss, method="turned"),
        ),
        because=f"error with {half} of the directions kept, PCA's minus the local interaction "
        f"basis's; by basis: {listed(loss, 3)}",
    )


@finding(
    "features",
    "Ablation of directions costs less in the order of the local interaction basis than of PCA.",
    APOLLO,
    at={"bias_offset": 0.0},
)
def j5_ablation_features(ds: xr.Dataset) -> Claim:
    return _kept(ds, bias_offset=0.0)


@finding(
    "gates",
    "In networks of gates too.",
    APOLLO,
    at={"frozen": False},
)
def j5_ablation_gates(ds: xr.Dataset) -> Claim:
    return _kept(ds, frozen=False)


j5_language = untestable(
    "j5_language",
    "In language models the local interaction basis makes interactions no sparser.",
    "Apollo Research 2024, not gated on",
    "no language model is read here; modular addition and TinyStories would do",
)


horizon = untestable(
    "horizon",
    "A layer's output is read by few of the layers behind it.",
    "a comment's question on the effective horizon of layers",
    "judged on decoders of text in the study embedding: reads_fall, first_reader, read_beyond",
)
