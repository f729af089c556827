"""What a stream gives a cell depends on the cell's seed and on the step, and on nothing else."""

import numpy as np
import pytest
import torch

from tegum.synthetic.batches import TensorStream
from tegum.synthetic.bits import BitStream
from tegum.synthetic.corpora import CorpusStream, Language, grammar
from tegum.synthetic.known_features import KnownFeatures, World
from tegum.synthetic.sets import FeatureStream
from tegum.synthetic.signed import SignedStream
from tegum.synthetic.statements import LabelPosition, StatementStream
from tegum.synthetic.tasks import SuperpositionStream

WORLD = World(
    directions=np.random.default_rng(0).standard_normal((12, 5)).astype(np.float32),
    probability=np.full(12, 0.2),
    parent=np.full(12, -1),
    loading=np.zeros((12, 0)),
    gate=np.full(12, -1),
)


def rare(kind, seeds, **options):
    """A stream of six features that are on with their probability."""
    probabilities = np.full((len(seeds), 6), 0.3)
    return kind(seeds=seeds, probabilities=probabilities, batch=32, **options)


def superposed(seeds, task):
    noise = [seed / 10 for seed in seeds]
    return rare(SuperpositionStream, seeds, task=task, n_inputs=4, noise=noise)


def statements(seeds):
    places: list[LabelPosition] = ["before_readout"] * len(seeds)
    return StatementStream(n_statements=4, seeds=seeds, label_positions=places, batch=32)


STREAMS = {
    "decoder": lambda s: superposed(s, "decoder"),
    "random projection": lambda s: superposed(s, "random_projection"),
    "absolute value": lambda s: superposed(s, "absolute_value"),
    "signed": lambda s: rare(SignedStream, s),
    "independent": lambda s: rare(FeatureStream, s, correlation="independent", set_size=2),
    "correlated": lambda s: rare(FeatureStream, s, correlation="correlated", set_size=2),
    "anticorrelated": lambda s: rare(FeatureStream, s, correlation="anticorrelated", set_size=2),
    "known features": lambda s: KnownFeatures([WORLD] * len(s), s, 16),
    "stored samples": lambda s: TensorStream(torch.randn(1, 99, 4), [0] * len(s), s, 16),
    "language": lambda s: CorpusStream(grammar(Language()), s, 4, 9),
    "bits": lambda s: BitStream(seeds=s, n_bits=10, probability=0.3, batch=32),
    "statements": statements,
}


@pytest.mark.parametrize("kind", STREAMS)
def test_a_batch_depends_on_seed_and_step_alone(kind):
    torch.manual_seed(0)
    alone = STREAMS[kind]([2])
    torch.manual_seed(0)
    packed = STREAMS[kind]([9, 2, 1, 2, 5])
    packed.batch(3)
    parts = zip(alone.batch(17), packed.batch(17), packed.select(3).batch(17), strict=True)
    for mine, theirs, chosen in parts:
        assert torch.equal(mine[0], theirs[1]) and torch.equal(mine[0], theirs[3])
        assert torch.equal(mine, chosen)
        assert not torch.equal(theirs[0], theirs[1])
        assert not torch.equal(mine, alone.batch(18)[0])
