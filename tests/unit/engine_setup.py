"""Small ensembles for the engine's tests; also run as a script, as the process that gets killed."""

import sys

import numpy as np

from tegum.models.two_layer import TwoLayer
from tegum.synthetic.features import feature_probabilities
from tegum.synthetic.tasks import SuperpositionStream
from tegum.training.loop import Loop, prepare_process
from tegum.training.plan import Plan, padded
from tegum.training.recorders import TwoLayerRecorder
from tegum.training.schedules import Schedule

N_FEATURES, N_INPUTS, WIDTH = 24, 6, 20


def seeds_of(cells):
    """Cells are numbers; the same number is always the same cell."""
    return [100 + cell for cell in cells]


def build(cells, *, activation="relu", task="decoder", noise=0.0, batch=32, l1=0.0, pad=True):
    pack = padded(cells) if pad else cells
    seeds = seeds_of(pack)
    stream = SuperpositionStream(
        task=task,
        seeds=seeds,
        n_inputs=N_INPUTS,
        probabilities=np.stack(
            [feature_probabilities("uniform", N_FEATURES, 0.1 + 0.01 * (c % 3)) for c in pack]
        ),
        batch=batch,
        noise=[noise * (c % 2) for c in pack],
    )
    model = TwoLayer(
        n_inputs=N_INPUTS,
        width=WIDTH,
        n_outputs=stream.n_outputs,
        activation=activation,
        seeds=seeds,
        bias_offset=[-0.05 * (c % 4) for c in pack],
        l1_hidden=[l1 * (c % 2) for c in pack],
        l1_weights=[l1 * (c % 3) for c in pack],
    )
    return model, stream


def plan_for(cells, steps, *, optimiser="adam", bias_decay=0.5, **options):
    pack = padded(cells)
    options.setdefault("schedule", Schedule("periodic_cosine", steps, half_period=16))
    return Plan(
        steps=steps,
        learning_rate=[0.002 * (1 + c % 3) for c in pack],
        optimiser=optimiser,
        bias_decay=[bias_decay * (c % 2) for c in pack],
        **options,
    )


def recorder_for(stream):
    return TwoLayerRecorder(stream.embedding, stream.batch(10**6))


def trained(cells, steps, *, chunk=None, engine=None, build_options=None, **plan_options):
    """Train without Lightning, ``chunk`` steps per call."""
    prepare_process()
    model, stream = build(cells, **(build_options or {}))
    plan = plan_for(cells, steps, **plan_options)
    loop = Loop(model, stream, plan, recorder_for(stream), keep=len(cells), engine=engine)
    loop.start()
    while loop.step < steps:
        loop.advance(loop.step + (chunk or steps), loop.optimiser.step)
    return loop.result()


def fitted(cells, steps, *, plan_options=None, **options):
    """Train with Lightning."""
    from tegum.training import harness

    model, stream = build(cells)
    plan = plan_for(cells, steps, **(plan_options or {}))
    return harness.fit(model, stream, plan, recorder_for(stream), keep=len(cells), **options)


def same(one, other, cell=0, of=0):
    """Bitwise equality of one cell in two results."""
    pairs = [
        *((one.parameters[k][cell], other.parameters[k][of]) for k in one.parameters),
        *((one.records[k][cell], other.records[k][of]) for k in one.records),
    ]
    return all(a.tobytes() == b.tobytes() for a, b in pairs)


def train_slowly(scratch, cells, steps):
    """What the killed process runs: a checkpoint after every call, and a line per call."""
    original = Loop.advance

    def advance(self, stop, update):
        print(self.step, flush=True)
        return original(self, stop, update)

    Loop.advance = advance
    return fitted(cells, steps, scratch=scratch, save_every=0.0)


if __name__ == "__main__":
    train_slowly(sys.argv[1], [0, 1, 2], int(sys.argv[2]))
