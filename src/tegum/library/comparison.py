"""`tegum.compare`: two versions of a study side by side."""

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from tegum.errors import TegumError
from tegum.figures.page import paragraph, table
from tegum.labels import coordinate
from tegum.library.results import Source
from tegum.versions import compare as versions
from tegum.versions import revisions, text
from tegum.versions.align import aligned
from tegum.versions.comparison import Comparison, Version

if TYPE_CHECKING:
    import pandas as pd

TOP = 3


class Compared:
    """Two versions of a study, and what differs: parameters, code, claims and Datasets.

    Printed, it is the table of `tegum compare`; in a notebook the same as HTML.

    Args:
        a: the first version.
        b: the second.
        found: what differs.
    """

    def __init__(self, a: Version, b: Version, found: Comparison) -> None:
        self.a, self.b, self.found = a, b, found

    @property
    def equal(self) -> bool:
        """Whether parameters, code, claims and data are the same."""
        return self.found.equal

    @property
    def claims(self) -> "pd.DataFrame":
        """The claims that moved, a row each: what they were in `a` and are in `b`."""
        import pandas as pd

        rows = {c.id: {("a", f): v for f, v in (c.a or {}).items()} for c in self.found.claims}
        for c in self.found.claims:
            rows[c.id] |= {("b", f): v for f, v in (c.b or {}).items()}
        return pd.DataFrame.from_dict(rows, orient="index")

    def to_dataset(self, sweep: str | None = None) -> xr.Dataset:
        """Both versions of a sweep along `version`, at the points that both have.

        Args:
            sweep: which; not needed where both have a single one.

        Raises:
            TegumError: naming the sweeps that both have.
        """
        both = [name for name in self.a.data if name in self.b.data]
        if sweep is None and len(both) == 1:
            (sweep,) = both
        if sweep not in both:
            raise TegumError(f"sweep is {sweep!r}; both versions have {', '.join(both)}")
        pair = aligned(self.a.data[sweep], self.b.data[sweep])
        names = [n for n in map(str, pair[0].data_vars) if self._both(pair, n)]
        parts = [part[names].drop_attrs(deep=False) for part in pair]
        same: Any = {"coords": "minimal", "compat": "override", "join": "override"}
        found = xr.concat(parts, "version", combine_attrs="override", **same)
        same_name = self.a.name == self.b.name
        labels = ["a", "b"] if same_name else [self.a.name, self.b.name]
        return found.assign_coords(version=coordinate("version", labels, "version"))

    @staticmethod
    def _both(pair: tuple[xr.Dataset, xr.Dataset], name: str) -> bool:
        if name not in pair[1]:
            return False
        a, b = (part[name] for part in pair)
        return a.dims == b.dims and a.shape == b.shape

    def __repr__(self) -> str:
        return text.text(self.found, TOP)

    def _repr_html_(self) -> str:
        head = f"{escape(self.found.study)}: {escape(self.found.a)} → {escape(self.found.b)}"
        parts = [f"<h4>{head}</h4>"]
        parts += [paragraph(f"Note: {note}") for note in self.found.notes]
        parts += [table(title, rows) for title, rows in text.sections(self.found, TOP)]
        return "\n".join([*parts, *(["<p>No difference.</p>"] if self.equal else [])])


def compare(
    study: str,
    a: str,
    b: str | None = None,
    *,
    sweep: str | None = None,
    tolerance: float = 0.0,
    repo: str | Path | None = None,
    scale: str = "laptop",
) -> Compared:
    """Lay two versions of a study side by side, Datasets cell by cell.

    Args:
        study: its name.
        a: a git revision or the name of a DVC experiment.
        b: another; by default what is there now.
        sweep: only this sweep's Dataset.
        tolerance: largest relative difference of two numbers that count as equal.
        repo: path or URL of the repository; by default the one around the current folder.
        scale: of the results.

    Raises:
        TegumError: where there is no such study, sweep, revision or repository.

    Example:
        >>> import tegum
        >>> tegum.compare("packing", "HEAD", "HEAD").equal
        True
    """
    where = Source(repo, None).repo
    if repo is None and where == str(Path.cwd()):
        where = None
    first, second = (revisions.opened(study, rev, scale, sweep, where) for rev in (a, b))
    found = versions.compare(first, second, tolerance=tolerance, top=TOP)
    return Compared(first, second, found)
