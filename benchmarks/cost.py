"""How far `tegum cost` is off: each sweep that trains, at laptop scale, foretold from the others.

    python benchmarks/cost.py

Prints the numbers in docs/cluster.md, from the rates that the package comes with.
"""

from statistics import quantiles

from tegum.build.project import CODE, Project
from tegum.build.rates import RATES, Rates, cells_of
from tegum.build.work import of_cell
from tegum.data.files import read_json

LEAST = 3.0
"""Seconds of a sweep's jobs below which it is left out: they are start-up and not work."""


def errors() -> list[float]:
    """Of each sweep that can be foretold from its study's, the factor by which it is off."""
    measured, project = read_json(RATES), Project("laptop", "cpu", read_json(CODE))
    found = []
    for name, row in measured.items():
        if name.count("/") != 2 or row.get("seconds", 0.0) < LEAST:
            continue
        study, stage, sweep = name.split("/")
        if stage == "measure" or not of_cell(cells_of(project, study, sweep, stage)[0]).steps:
            continue
        others = {n: r for n, r in measured.items() if n != name and r.get("seconds", 0) >= LEAST}
        rate = Rates(others).of(study, stage, sweep, trains=True).seconds
        if rate is not None:
            ratio = rate * row["work"] / row["seconds"]
            found.append(max(ratio, 1 / ratio))
    return found


if __name__ == "__main__":
    found = errors()
    tenths = quantiles(found, n=10, method="inclusive")
    print(f"{len(found)} sweeps: half within {tenths[4]:.1f}, nine of ten within {tenths[8]:.1f}")
