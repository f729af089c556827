"""A job whose numbers are not numbers leaves nothing that is trusted."""

from faults.injection import NOTHING
from repository import LONGER

TRAIN = "src/tegum/studies/random_walk/train.py"
CHECK = "if not np.isfinite(walks).all():"


def test_a_job_that_makes_nan_and_does_not_notice_is_refused_by_the_schema(built, from_nothing):
    built.edit(TRAIN, CHECK, "if False:")
    built.params(*LONGER)
    failed = built.snakemake(fault="train:nan", fails=True)
    assert "random_walk/train/drift/0.nc: " in failed.text and "position" in failed.text
    assert "nullable" in failed.text or "null" in failed.text
    built.edit(TRAIN, "if False:", CHECK)
    again = built.snakemake()
    assert NOTHING not in again.text
    assert built.outputs() == from_nothing
