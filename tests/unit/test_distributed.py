"""A language model on two processes has the losses that it has on one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tegum.data import files
from tegum.models.language import LanguageModel
from tegum.synthetic.corpora import CorpusStream, Language, grammar
from tegum.training.loop import Loop, Result
from tegum.training.plan import Plan
from tegum.training.schedules import Schedule

STEPS, BATCH, LENGTH = 60, 16, 12
TOLERANCE = 2e-5
"""Largest difference of a loss, relative: float32 sums over samples in another order, which 60
steps of Adam carry on."""


def parts(batch: int = BATCH) -> tuple[LanguageModel, CorpusStream, Plan]:
    """The same model, stream and plan in every process."""
    rules = grammar(Language(n_topics=2, n_nouns=6, n_verbs=4, n_adjectives=4, n_adverbs=4))
    model = LanguageModel(
        n_tokens=rules.n_tokens,
        length=LENGTH,
        width=16,
        mlp_width=32,
        n_heads=2,
        n_layers=2,
        seeds=[3],
    )
    plan = Plan(
        steps=STEPS,
        learning_rate=0.003,
        schedule=Schedule("linear_decay_second_half", STEPS),
        checkpoints=tuple(range(9, STEPS, 10)),
        convergence=True,
        pack=1,
    )
    return model, CorpusStream(rules, [5], batch, LENGTH + 1, "cpu"), plan


def described(result: Result) -> dict[str, list[float]]:
    return {
        "loss": result.records["loss"][0].tolist(),
        "change": result.changes["loss_change"].tolist(),
    }


def run(folder: Path, batch: int = BATCH) -> subprocess.CompletedProcess[str]:
    """Train on two processes; the first writes what it found, and what the second did."""
    torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    path = os.pathsep.join([*sys.path, str(Path(__file__).parent)])
    return subprocess.run(
        [sys.executable, *torchrun, __file__, str(folder), str(batch)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_two_processes_have_the_losses_of_one(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1))
    assert first == second, "both have the same weights"
    model, stream, plan = parts()
    alone = described(Loop(model, stream, plan).run())
    assert len(alone["loss"]) == 6 and alone["loss"][-1] < 0.9 * alone["loss"][0], "it learns"
    np.testing.assert_allclose(first["loss"], alone["loss"], rtol=TOLERANCE)
    np.testing.assert_allclose(first["change"], alone["change"], rtol=0, atol=10 * TOLERANCE)


def test_a_batch_that_two_cannot_share_is_refused(tmp_path):
    done = run(tmp_path, batch=15)
    assert done.returncode != 0 and "a batch of 15 samples on 2 processes" in done.stderr


def main(folder: str, batch: str) -> None:
    """What each of the processes runs."""
    from tegum.training.distributed import fit

    result = fit(*parts(int(batch)), processes=2)
    files.write_json(Path(folder, f"{os.environ['RANK']}.json"), described(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
else:
    pytest.importorskip("pytorch_lightning")
