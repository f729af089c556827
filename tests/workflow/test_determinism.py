"""The same texts give the same bytes, wherever and however they are built."""

import shutil
import sys
from pathlib import Path

import pytest
from repository import ROOT, SKIPPED, STUDIES, Repository, keep_figures

ROOMS = [
    *filter(Path.is_dir, STUDIES.iterdir()),
    ROOT / "tests" / "properties" / "studies" / "ridge",
]
HERE = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C", "OMP_NUM_THREADS": "1"}
THERE = {
    "PYTHONHASHSEED": "4242",
    "TZ": "Asia/Kathmandu",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "2",
}


class Place(Repository):
    """The project and the test studies in a folder, with variables of its own."""

    python = sys.executable  # each with its own hashes

    def __init__(self, root: Path, variables: dict[str, str]) -> None:
        super().__init__(root)
        self.variables = variables
        for name in ("src", "params", "workflow", "profiles"):
            shutil.copytree(ROOT / name, root / name, ignore=SKIPPED)
        shutil.copy2(ROOT / "Snakefile", root / "Snakefile")
        for room in ROOMS:
            study = root / "src" / "tegum" / "studies" / room.name
            shutil.copytree(room, study, ignore=SKIPPED)
            (study / "params.yaml").rename(root / "params" / f"{room.name}.yaml")
        keep_figures(root, "packing", "loss_below_two", "energy")  # curves, panels, bands

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(**self.variables, **more)

    def build(self, targets: list[str], *, cores: int) -> dict[str, bytes]:
        """Bytes of all files that a build of some targets makes at smoke scale."""
        self.snakemake("--cores", str(cores), "--config", "scale=smoke", "--", *targets)
        files = [f for top in ("data", "results") for f in (self.root / top / "smoke").rglob("*")]
        return {str(f.relative_to(self.root)): f.read_bytes() for f in files if f.is_file()}


STUDIES_WITHOUT_TORCH = ["packing", *(room.name for room in ROOMS)]
ONE_SWEEP_WITH_TORCH = ["data/smoke/monosemanticity/measure/dictionaries.nc"]


@pytest.mark.parametrize(
    ("targets", "kinds"),
    [
        (STUDIES_WITHOUT_TORCH, {".nc", ".json", ".svg", ".png", ".html", ".js"}),
        (ONE_SWEEP_WITH_TORCH, {".nc", ".json"}),
    ],
    ids=["numpy", "torch"],
)
def test_two_builds_elsewhere_give_the_same_bytes(tmp_path, targets, kinds):
    one = Place(tmp_path / "one", HERE).build(targets, cores=1)
    other = Place(tmp_path / "quite another" / "folder", THERE).build(targets, cores=2)
    assert {Path(f).suffix for f in one} == kinds
    assert one.keys() == other.keys()
    assert [f for f in sorted(one) if one[f] != other[f]] == []
