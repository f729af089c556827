"""What depends on the world: probabilities, subspaces, trained toy models."""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed
from tegum.ledger.findings import untestable
from tegum.studies.sae_recovery.claims.shared import (
    GAUSSIAN,
    HALF,
    NEAREST,
    OPEN,
    RANDOM,
    RECOVERED_MEAN,
    fits,
    of,
)

NOTICED = 0.9
"""Least agreement with the subspaces, and share of a latent in one: own choice."""
APART = 0.05
"""Least difference that opposite directions make: own choice."""
LOSS = 0.9
"""Least share of a toy model's loss that is recovered: own choice."""


@fits("hierarchy", "More probable features are recovered better.", OPEN, at={"level": NEAREST})
def rare(ds: xr.Dataset) -> Claim:
    probability, best = (at(ds[n], level=NEAREST) for n in ("feature_probability", "best_cosine"))
    moved = best.roll(feature=best.sizes["feature"] // 2)
    return above(
        0.0,
        _rank_correlation(probability, best).mean("architecture"),
        control=(
            "the best |cos| of other features",
            _rank_correlation(probability, moved).mean("architecture"),
        ),
        because="rank correlation over features of probability and best |cos|, mean over "
        "architectures",
    )


def _rank_correlation(first: xr.DataArray, second: xr.DataArray) -> xr.DataArray:
    from scipy.stats import spearmanr

    return xr.apply_ufunc(
        lambda a, b: spearmanr(a, b)[0],
        first,
        second,
        input_core_dims=[["feature"], ["feature"]],
        vectorize=True,
    )


@fits(
    "subspaces",
    "Of a direct sum of subspaces with dense features, fewer than half of the features are "
    "recovered.",
    OPEN,
    no_effect=True,
)
def subspace_features(ds: xr.Dataset) -> Claim:
    name = "recovered_fraction"
    return below(
        HALF,
        of(ds, name).max("architecture"),
        control=(GAUSSIAN, of(ds, name, "gaussian").max("architecture")),
        because=f"share with |cos| >= 0.9, largest over architectures: {listed(of(ds, name))}",
    )


@fits("subspaces", "There nearly every latent lies in one subspace.", OPEN)
def subspace_purity(ds: xr.Dataset) -> Claim:
    name = "subspace_purity"
    return above(
        NOTICED,
        of(ds, name).min("architecture"),
        control=(GAUSSIAN, of(ds, name, "gaussian").min("architecture")),
        because="largest share of a direction's squared norm in one subspace, mean over latents "
        f"that fire, least over architectures: {listed(of(ds, name))}",
    )


def _grouped(name: str, ds: xr.Dataset) -> Claim:
    return above(
        NOTICED,
        of(ds, name).max("architecture"),
        control=(GAUSSIAN, of(ds, name, "gaussian").max("architecture")),
        because="adjusted Rand index of a spectral clustering that is told the number of "
        f"subspaces, largest over architectures: {listed(of(ds, name))}",
    )


subspace_decoder = fits(
    "subspaces",
    "Clusters of the directions of some architecture's latents are the subspaces.",
    OPEN,
)(partial(_grouped, "decoder_grouping"), id="subspace_decoder")
subspace_firing = fits(
    "subspaces",
    "Clusters of what fires together in some architecture are the subspaces.",
    OPEN,
)(partial(_grouped, "firing_grouping"), id="subspace_firing")


@fits(
    ("toy_model", "frontier"),
    "On toy models |cos| overstates recovery: features lie in opposite directions.",
    OPEN,
)
def toy_signed(toys: xr.Dataset, frontier: xr.Dataset) -> Claim:
    independent = at(frontier, level=NEAREST)

    def apart(ds: xr.Dataset) -> xr.DataArray:
        return (of(ds, "mcc") - of(ds, "mcc_signed")).mean("architecture")

    return above(
        APART,
        apart(toys),
        control=("independent random features", apart(independent)),
        because="matched |cos| minus matched cosine, mean over architectures",
    )


@fits(
    "toy_model",
    "Some architecture recovers nearly all directions of the toy models' features.",
    OPEN,
)
def toy_recovered(ds: xr.Dataset) -> Claim:
    signed = of(ds, "mcc_signed")
    return above(
        RECOVERED_MEAN,
        signed.max("architecture"),
        control=(RANDOM, of(ds, "mcc_signed", "random").max("architecture")),
        because=f"matched cosine, largest over architectures: {listed(signed)}",
    )


@fits("toy_model", "Spliced reconstructions keep most of the toy models' loss.", OPEN)
def toy_loss(ds: xr.Dataset) -> Claim:
    loss = of(ds, "loss_recovered")
    return above(
        LOSS,
        loss.mean("architecture"),
        control=(RANDOM, of(ds, "loss_recovered", "random").mean("architecture")),
        because="share of the loss between zero ablation and the model's own, mean over "
        f"architectures: {listed(loss)}; against mean ablation "
        f"{listed(of(ds, 'loss_recovered_mean'))}",
    )


language_model = untestable(
    "language_model",
    "The same holds on the residual stream of a language model.",
    OPEN,
    "needs a language model's activations; the truth about its features is not known, so that "
    "only reconstruction and loss can be measured: study real_dictionaries",
)
