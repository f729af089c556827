"""C4: what more latents than dimensions gain, beyond what a Gaussian gains."""

from collections.abc import Mapping

import xarray as xr

from tegum.ledger.claims import Claim, statistical, untested
from tegum.studies.readout import findings as f

Data = Mapping[str, xr.Dataset]
KNEE, PAST = 4, 2
"""The expansion G / d of superposed features, and the one past which orthonormal ones gain none."""
PLAIN, CROWDED = "orthonormal", "superposed"


def excess_gain(ds: xr.Dataset, gaussian: str | None = CROWDED) -> xr.DataArray:
    """D(e) = [FVU_gauss(e) - FVU_gauss(1)] - [FVU(e) - FVU(1)], positive where the data gain more.

    `gaussian` names the data set whose Gaussian is compared; each with its own if None.
    """
    change = ds["fvu"] - ds["fvu"].sel(expansion=1)
    noise = change.sel(control="gaussian", drop=True)
    noise = noise if gaussian is None else noise.sel(dataset=gaussian, drop=True)
    return noise - change.sel(control="none", drop=True)


def excess_recovered(ds: xr.Dataset, loss: str = "cross_entropy_recovered") -> xr.DataArray:
    """Gain in a recovered loss over expansion 1, less that of dictionaries of a Gaussian."""
    share = ds[loss]
    change = share - share.sel(expansion=1)
    return change.sel(control="none") - change.sel(control="gaussian")


def dictionaries(data: Data) -> list[Claim]:
    """C4, and the same on a hidden layer that feeds only a readout."""
    ds = data["expansion"]
    last = int(ds["expansion"].max())
    if KNEE not in ds["expansion"] or last == KNEE:
        names = [n for n in f.FINDINGS if n.startswith("c4_")]
        return [untested(*f.told(n), reason="needs expansions of 1, 2, 4 and 8") for n in names]
    return [*_known(ds, last), *_excess(ds), *_recovered(data["hidden"])]


def _known(ds: xr.Dataset, last: int) -> list[Claim]:
    fvu = ds["fvu"]
    real, noise = fvu.sel(control="none"), fvu.sel(control="gaussian")
    late = real.sel(expansion=PAST) - real.sel(expansion=last)
    knee = (fvu.sel(expansion=KNEE) - fvu.sel(expansion=last)) / (
        fvu.sel(expansion=PAST) - fvu.sel(expansion=KNEE)
    )
    knee = knee.sel(dataset=CROWDED)
    early = (real.sel(expansion=1) - real.sel(expansion=PAST)).sel(dataset=PLAIN)
    falls = -fvu.diff("expansion").max("expansion")
    return [
        statistical(
            *f.told("c4_orthonormal"),
            values=late.sel(dataset=PLAIN).values,
            threshold=f.FLAT,
            direction="below",
            control="superposed features",
            control_values=late.sel(dataset=CROWDED).values,
            reason=f"fall of the unexplained variance from e = {PAST} to {last}; before, from e = "
            f"1, it is {float(early.mean()):.3f}",
        ),
        statistical(
            *f.told("c4_knee"),
            values=knee.sel(control="none").values,
            threshold=f.KNEE,
            direction="below",
            control="a Gaussian of the same covariance",
            control_values=knee.sel(control="gaussian").values,
            reason=f"gain from e = {KNEE} to {last} over that from {PAST} to {KNEE}",
        ),
        statistical(
            *f.told("c4_gaussian"),
            values=falls.sel(control="gaussian", dataset=CROWDED).values,
            threshold=f.FLAT,
            direction="above",
            control="orthonormal features",
            control_values=falls.sel(control="none", dataset=PLAIN).values,
            reason="least fall between neighbouring expansions; in all from "
            f"{float(noise.sel(dataset=CROWDED, expansion=1).mean()):.3f} to "
            f"{float(noise.sel(dataset=CROWDED, expansion=last).mean()):.3f}",
        ),
    ]


def _excess(ds: xr.Dataset) -> list[Claim]:
    shared = excess_gain(ds).sel(expansion=KNEE)
    own = excess_gain(ds, None).sel(expansion=KNEE)
    cases = (
        ("c4_excess", shared, CROWDED, PLAIN, "above"),
        ("c4_no_excess", shared, PLAIN, CROWDED, "below"),
        ("c4_own_gaussian", own, PLAIN, CROWDED, "below"),
    )
    return [
        statistical(
            *f.told(name),
            values=gain.sel(dataset=data).values,
            threshold=f.CLEARLY,
            direction="above" if side == "above" else "below",
            control=f"{other} features",
            control_values=gain.sel(dataset=other).values,
            reason="excess gain D(4), in shares of the variance",
        )
        for name, gain, data, other, side in cases
    ]


def _recovered(ds: xr.Dataset) -> list[Claim]:
    every = excess_recovered(ds)
    excess = every.sel(expansion=KNEE)
    own = excess_recovered(ds, "loss_recovered").sel(expansion=KNEE).mean("seed")
    share = ds["cross_entropy_recovered"].sel(control="none").mean("seed")
    found = []
    for name, head, other in (
        ("c4_softmax", "softmax", "linear"),
        ("c4_linear", "linear", "softmax"),
    ):
        ends = [float(share.sel(readout=head, expansion=e)) for e in (1, KNEE)]
        found.append(
            statistical(
                *f.told(name),
                values=excess.sel(readout=head).values,
                threshold=0.0,
                direction="above" if name == "c4_softmax" else "below",
                control=f"a {other} readout",
                control_values=excess.sel(readout=other).values,
                reason=f"recovered at e = 1 and {KNEE}: {ends[0]:.3f} and {ends[1]:.3f}, less the "
                "gain of dictionaries fitted to a Gaussian and read on the same activations; by "
                "the loss that the head was trained on the excess is "
                f"{float(own.sel(readout=head)):.3f}; at other expansions it is "
                + ", ".join(f"{v:.3f} (e = {e})" for e, v in _others(every.sel(readout=head))),
            )
        )
    return [
        *found,
        untested(
            *f.told("c4_scale"),
            reason="needs a language model of one layer with 512 neurons, and dictionaries of up "
            "to 131,072 latents on its activations",
        ),
    ]


def _others(excess: xr.DataArray) -> list[tuple[int, float]]:
    """Mean excess at each expansion but the first and the one that is judged."""
    mean = excess.mean("seed")
    rest = [int(e) for e in mean["expansion"].values if e not in (1, KNEE)]
    return [(e, float(mean.sel(expansion=e))) for e in rest]
