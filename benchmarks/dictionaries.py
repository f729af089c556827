"""Eight dictionaries as one ensemble against the same eight by SAELens and dictionary_learning.

Each peer's own trainer makes the steps, one dictionary after another; all sides run in turn in one
process with one thread. Prints, per architecture and shape, the cost of a step of one dictionary
and the better peer's time over ours: the median of the rounds, and their least and largest.
Usage: python benchmarks/dictionaries.py [l1] [topk] [--rounds 7] [--steps 20], in the environment
of `make interop`.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from dictionary_learning.trainers.standard import StandardTrainerAprilUpdate
from dictionary_learning.trainers.top_k import TopKTrainer
from sae_lens import (
    StandardTrainingSAE,
    StandardTrainingSAEConfig,
    TopKTrainingSAE,
    TopKTrainingSAEConfig,
)
from sae_lens.config import SAETrainerConfig
from sae_lens.training.sae_trainer import SAETrainer
from torch import Tensor

from tegum.dictionaries.l1 import L1
from tegum.dictionaries.topk import TopK
from tegum.synthetic.batches import TensorStream
from tegum.synthetic.features import feature_probabilities
from tegum.synthetic.tasks import SuperpositionStream
from tegum.training.fused import FusedPlan
from tegum.training.loop import Loop, prepare_process

CELLS = 8
LEARNING_RATE, STRENGTHS = 1e-3, [0.15 * 2 ** (i / 3) for i in range(CELLS)]
SHAPES = (
    (16, 64, 128, 8),
    (32, 128, 512, 8),
    (64, 256, 512, 8),
    (64, 512, 1024, 8),
    (64, 1024, 1024, 32),
    (256, 2048, 1024, 32),
)
"""(n_inputs, latents, batch, latents that TopK keeps)"""
PEERS = ("sae_lens", "dictionary_learning")
TOTAL = 10**6
"""Steps that every plan is for; far more than are made."""

Run = Callable[[int], None]
"""Makes that many steps of all eight dictionaries."""


def activations(n_inputs: int) -> Tensor:
    """Four sparse features per dimension, (1, sample, input)."""
    stream = SuperpositionStream(
        task="decoder",
        seeds=[1],
        n_inputs=n_inputs,
        probabilities=feature_probabilities("uniform", 4 * n_inputs, 0.03)[None],
        batch=2**14,
    )
    data = stream.batch(0)[0]
    return data * (n_inputs**0.5 / data.norm(dim=2).mean())


def minibatches(data: Tensor, batch: int) -> Iterator[Tensor]:
    """What a user gives a peer: rows of the stored activations, drawn with replacement."""
    while True:
        yield data[torch.randint(len(data), (batch,))]


def tegum(architecture: str, data: Tensor, latents: int, batch: int, k: int) -> Run:
    n_inputs, seeds = data.shape[2], list(range(CELLS))
    if architecture == "l1":
        ensemble = L1(n_inputs=n_inputs, latents=latents, penalty_strength=STRENGTHS, seeds=seeds)
    else:
        ensemble = TopK(
            n_inputs=n_inputs, latents=latents, k=k, seeds=seeds, auxiliary_weight=1 / 32
        )
    plan = FusedPlan(
        steps=TOTAL, learning_rate=LEARNING_RATE, gradient_clip=1.0, checkpoints=(TOTAL - 1,)
    )
    loop = Loop(ensemble, TensorStream(data, [0] * CELLS, [1] * CELLS, batch), plan)
    loop.start()
    return lambda steps: loop.advance(loop.step + steps, loop.optimiser.step)


def sae_lens(architecture: str, data: Tensor, latents: int, batch: int, k: int) -> Run:
    shape = {"d_in": data.shape[2], "d_sae": latents}
    options = SAETrainerConfig(
        total_training_samples=TOTAL * batch,
        train_batch_size_samples=batch,
        lr=LEARNING_RATE,
        lr_end=LEARNING_RATE,
    )
    trainers = []
    for strength in STRENGTHS:
        if architecture == "l1":
            sae = StandardTrainingSAE(StandardTrainingSAEConfig(**shape, l1_coefficient=strength))
        else:
            sae = TopKTrainingSAE(TopKTrainingSAEConfig(**shape, k=k))
        trainers.append(SAETrainer(options, sae, minibatches(data[0], batch)))

    def run(steps: int) -> None:
        for trainer in trainers:
            for _ in range(steps):
                trainer.step(next(trainer.data_provider))
                trainer.n_training_steps += 1

    return run


def dictionary_learning(architecture: str, data: Tensor, latents: int, batch: int, k: int) -> Run:
    common = {
        "activation_dim": data.shape[2],
        "dict_size": latents,
        "lr": LEARNING_RATE,
        "steps": TOTAL,
        "warmup_steps": 0,
        "layer": 0,
        "lm_name": "none",
        "device": "cpu",
    }
    if architecture == "l1":
        trainers = [
            StandardTrainerAprilUpdate(**common, l1_penalty=strength, sparsity_warmup_steps=None)
            for strength in STRENGTHS
        ]
    else:
        trainers = [TopKTrainer(**common, k=k, threshold_start_step=TOTAL) for _ in STRENGTHS]
    stream, done = minibatches(data[0], batch), [0]

    def run(steps: int) -> None:
        for trainer in trainers:
            for step in range(done[0], done[0] + steps):
                trainer.update(step, next(stream))
        done[0] += steps

    return run


def seconds(run: Run, steps: int) -> tuple[float, float]:
    """CPU and wall time of some steps of all eight."""
    cpu, wall = time.process_time(), time.perf_counter()
    run(steps)
    return time.process_time() - cpu, time.perf_counter() - wall


def compare(architecture: str, shape: tuple[int, ...], steps: int, rounds: int) -> None:
    n_inputs, latents, batch, k = shape
    data = activations(n_inputs)
    sides = {
        side.__name__: side(architecture, data, latents, batch, k)
        for side in (tegum, sae_lens, dictionary_learning)
    }
    for run in sides.values():
        run(5)
    times = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            times[name].append(seconds(run, steps))
    print(f"{architecture:4s} n_inputs {n_inputs} latents {latents} batch {batch} k {k}:")
    for name, found in times.items():
        cost = statistics.median(cpu for cpu, _ in found) / steps / CELLS * 1e6
        print(f"  {name:19s} {cost:7.0f} us CPU per dictionary and step")
    for clock, name in enumerate(("CPU", "wall")):
        ratios = [
            min(times[peer][i][clock] for peer in PEERS) / times["tegum"][i][clock]
            for i in range(rounds)
        ]
        print(
            f"  {name}: {statistics.median(ratios):.2f} times as fast as the better peer "
            f"(rounds {min(ratios):.2f} to {max(ratios):.2f})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architectures", nargs="*", default=["l1", "topk"], help="l1, topk")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    prepare_process()
    for architecture in options.architectures:
        for shape in SHAPES:
            compare(architecture, shape, options.steps, options.rounds)


if __name__ == "__main__":
    main()
