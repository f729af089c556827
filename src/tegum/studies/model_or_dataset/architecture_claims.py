"""Which controls the dictionaries of other architectures beat: FVU at about equal L0, by seeds."""

from collections.abc import Iterator

import xarray as xr

from tegum.ledger.claims import Claim, statistical
from tegum.studies.model_or_dataset.findings import ARCHITECTURES, HARDEST, told
from tegum.studies.model_or_dataset.ladder_claims import ANOTHER, another


def architectures(rungs: xr.Dataset) -> Iterator[Claim]:
    """Every finding about other architectures."""
    for name in ARCHITECTURES:
        here = rungs.sel(architecture=name).transpose("seed", "control", ...)
        own = here["fvu"].sel(control="none")
        for group, (controls, _) in HARDEST.items():
            more = here["fvu"].sel(control=list(controls)) - own
            yield statistical(
                *told(f"{name}_{group}"),
                values=more.min("control").values,
                threshold=0.0,
                direction="above",
                control=ANOTHER,
                control_values=another(own),
                reason=f"FVU {_told(here, 'none')}; {', '.join(_told(here, c) for c in controls)}",
            )


def _told(rungs: xr.Dataset, control: str) -> str:
    """FVU and L0 under a control, in words."""
    at = rungs[["fvu", "l0"]].sel(control=control).mean("seed")
    name = "of its own" if control == "none" else control
    return f"{name} {float(at['fvu']):.4f} (L0 {float(at['l0']):.2f})"
