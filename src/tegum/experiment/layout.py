"""Where everything lies, relative to the project's root. Pure: no file is opened here."""

from dataclasses import dataclass
from pathlib import Path

LOCAL = Path(".tegum")
"""Local and safe to lose: row cache, training checkpoints, marks of what was restored."""


@dataclass(frozen=True)
class Layout:
    """Paths of one scale. Scales never overwrite each other."""

    scale: str = "laptop"

    def under(self, top: str) -> str:
        """`top`, or the folder of this scale in it."""
        return top if self.scale == "laptop" else f"{top}/{self.scale}"

    def data(self, study: str) -> str:
        """Folder of a study's intermediates and figures (one DVC out)."""
        return f"{self.under('data')}/{study}"

    def rows(self, study: str, stage: str, sweep: str, bucket: str) -> str:
        """netCDF file of one bucket of one row stage."""
        return f"{self.data(study)}/{stage}/{sweep}/{bucket}.nc"

    def measure(self, study: str, sweep: str) -> str:
        """netCDF file of one sweep's labelled Dataset."""
        return f"{self.data(study)}/measure/{sweep}.nc"

    def figure(self, study: str, name: str, suffix: str) -> str:
        """One rendered figure."""
        return f"{self.data(study)}/figures/{name}.{suffix}"

    def provenance(self, study: str) -> str:
        """The records that travel with a study's data."""
        return f"{self.data(study)}/provenance.json.gz"

    def results(self, study: str, name: str) -> str:
        """A small result that lives in git: `claims` or `metrics`."""
        return f"{self.under('results')}/{study}/{name}.json"

    def ledger(self) -> str:
        """All claims of all studies."""
        return f"{self.under('results')}/ledger.json"


def keys_of(rows: str) -> str:
    """The manifest beside a bucket file: the key of each row, and the file's SHA-256."""
    return rows.removesuffix(".nc") + ".keys.json"
