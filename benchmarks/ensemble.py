"""An ensemble against single runs in plain eager PyTorch, and Lightning's share of a bucket.

Both sides are run in turn in one process and compared by CPU time; medians of the ratios.
Usage: python benchmarks/ensemble.py [--rounds 5] [--cells 64]
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from torch import nn

from tegum.models.sparse_two_layer import SparseTwoLayer
from tegum.models.tied_listed import ListTied
from tegum.models.two_layer import TwoLayer
from tegum.synthetic.features import embedder, feature_probabilities
from tegum.synthetic.listed import feature_stream
from tegum.synthetic.tasks import SuperpositionStream
from tegum.training import harness
from tegum.training.loop import Loop, prepare_process
from tegum.training.plan import Plan
from tegum.training.recorders import TwoLayerRecorder

LEARNT = 400
"""Steps after which a model counts as having learnt for a while."""


def ensemble_loop(
    cells: int, n: int, d: int, width: int, batch: int, p: float, steps: int, seeds: int
) -> Loop:
    """A bucket of ``cells`` models on ``seeds`` distinct data streams."""
    chosen = [1 + cell % seeds for cell in range(cells)]
    stream = SuperpositionStream(
        task="decoder",
        seeds=chosen,
        n_inputs=d,
        probabilities=np.stack([feature_probabilities("uniform", n, p)] * cells),
        batch=batch,
    )
    model = TwoLayer(
        n_inputs=d,
        width=width,
        n_outputs=n,
        activation="relu",
        seeds=chosen,
        bias_offset=-0.25,
    )
    plan = Plan(steps=steps, learning_rate=0.003, bias_decay=0.5)
    return Loop(model, stream, plan, TwoLayerRecorder(stream.embedding, stream.batch(steps)))


def eager_steps(
    n: int,
    d: int,
    width: int,
    batch: int,
    p: float,
    steps: int,
    seed: int,
    bias_offset: float = 0.0,
    learning_rate: float = 0.003,
) -> None:
    """One model as it is usually written: modules, two draws per entry, torch's Adam."""
    torch.manual_seed(seed)
    matrix = torch.from_numpy(embedder(n, d, seed)).T.contiguous()
    inner, outer = nn.Linear(d, width), nn.Linear(width, n, bias=False)
    inner.bias.data += bias_offset
    parameters = [*inner.parameters(), *outer.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=learning_rate)
    begin = time.process_time()
    for _ in range(steps):
        features = torch.where(torch.rand(batch, n) < p, torch.rand(batch, n), 0.0)
        outputs = outer(torch.relu(inner(features @ matrix)))
        loss = (outputs - features).square().sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    eager_steps.seconds += time.process_time() - begin


eager_steps.seconds = 0.0


def against_single_runs(cells: int, n: int, batch: int, steps: int, rounds: int) -> None:
    d, p = n // 4, 1 / 16
    ratios, batched = [], []
    loop = ensemble_loop(cells, n, d, n, batch, p, 10**6, cells)
    loop.start()
    loop.advance(2, loop.optimiser.step)
    for _ in range(rounds):
        eager_steps.seconds = 0.0
        for seed in range(cells):
            eager_steps(n, d, n, batch, p, steps, seed)
        begin = time.process_time()
        loop.advance(loop.step + steps, loop.optimiser.step)
        batched.append(time.process_time() - begin)
        ratios.append(eager_steps.seconds / batched[-1])
    cost = statistics.median(batched) / steps / cells * 1e6
    print(
        f"n_features {n:4d}: {statistics.median(ratios):.2f} x "
        f"(rounds {min(ratios):.2f} to {max(ratios):.2f}; {cost:.0f} us per cell and step)"
    )


def large_against_single_runs(width: int, bias_offset: float, steps: int, rounds: int) -> None:
    """Two-layer models of published size, one at a time, whose activity hardly moves meanwhile."""
    n, d, batch, p, rate = 512, 64, 2048, 1 / 64, 1e-7
    ratios, cost = [], []
    for kind in (TwoLayer, SparseTwoLayer):
        model = kind(
            n_inputs=d,
            width=width,
            n_outputs=n,
            activation="relu",
            seeds=[1],
            bias_offset=bias_offset,
        )
        stream = SuperpositionStream(
            task="decoder",
            seeds=[1],
            n_inputs=d,
            probabilities=feature_probabilities("uniform", n, p)[None],
            batch=batch,
        )
        loop = Loop(model, stream, Plan(steps=10**6, learning_rate=rate, pack=1))
        loop.start()
        loop.advance(2, loop.optimiser.step)
        found = []
        for round_ in range(rounds):
            eager_steps.seconds = 0.0
            eager_steps(n, d, width, batch, p, steps, round_, bias_offset, rate)
            begin = time.process_time()
            loop.advance(loop.step + steps, loop.optimiser.step)
            cost.append(time.process_time() - begin)
            found.append(eager_steps.seconds / cost[-1])
        ratios.append(f"{statistics.median(found):.1f} ({min(found):.1f} to {max(found):.1f})")
    active = float((model.hidden(stream.batch(0)[0]) > 0).float().mean())
    print(
        f"two-layer, width {width:4d}, {100 * active:4.1f} % active: {ratios[0]} x by products of "
        f"matrices, {ratios[1]} x as activity says; {cost[-1] / steps * 1e3:.0f} ms per step",
        flush=True,
    )


def eager_tied_steps(n: int, m: int, batch: int, p: float, steps: int, seed: int) -> float:
    """CPU seconds of steps of one tied ReLU model as it is usually written."""
    torch.manual_seed(seed)
    weight = nn.Parameter(torch.randn(n, m) * m**-0.5)
    bias = nn.Parameter(torch.zeros(n))
    optimiser = torch.optim.AdamW([weight, bias], lr=0.003)
    begin = time.process_time()
    for _ in range(steps):
        features = torch.where(torch.rand(batch, n) < p, torch.rand(batch, n), 0.0)
        outputs = torch.relu(features @ weight @ weight.T + bias)
        loss = (outputs - features).square().sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return time.process_time() - begin


def tied_against_single_runs(engine: str, n: int, cells: int, steps: int, rounds: int) -> None:
    """Tied ReLU models at p = 1/64, in their first steps and once they have learnt for a while."""
    m, batch, p = n // 4, 1024, 1 / 64
    start = np.random.default_rng(0).standard_normal((cells, n, m)) * m**-0.5
    model = ListTied(weight=start, output="relu", importance=np.ones((cells, n)))
    probabilities = np.full((cells, n), p)
    stream = feature_stream(engine, seeds=range(cells), probabilities=probabilities, batch=batch)
    loop = Loop(model, stream, Plan(steps=10**6, learning_rate=0.01))
    loop.start()
    loop.advance(2, loop.optimiser.step)
    found = []
    for learnt in (0, LEARNT):
        loop.advance(loop.step + learnt, loop.optimiser.step)
        ratios = []
        for _ in range(rounds):
            alone = sum(eager_tied_steps(n, m, batch, p, steps, seed) for seed in range(cells))
            begin = time.process_time()
            loop.advance(loop.step + steps, loop.optimiser.step)
            ratios.append(alone / (time.process_time() - begin))
        found.append(f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})")
    print(
        f"tied, {engine:8s} n_features {n:4d}: {found[0]} x at first, {found[1]} x later",
        flush=True,
    )


def cost_of_a_step(rounds: int) -> None:
    for seeds in ("distinct", "five"):
        for cells in (8, 20, 40):
            padded = cells + -cells % 8
            count = padded if seeds == "distinct" else 5
            loop = ensemble_loop(padded, 64, 16, 128, 256, 1 / 32, 10**6, count)
            loop.start()
            loop.advance(20, loop.optimiser.step)
            costs = []
            for _ in range(rounds):
                begin = time.process_time()
                loop.advance(loop.step + 60, loop.optimiser.step)
                costs.append((time.process_time() - begin) / 60 / cells * 1e6)
            cost = statistics.median(costs)
            print(f"{cells:3d} cells, {seeds} seeds: {cost:.0f} us per cell and step")


class _Timed:
    """CPU seconds spent in calls of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.seconds = function, 0.0

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        begin = time.process_time()
        try:
            return self.function(*arguments, **options)
        finally:
            self.seconds += time.process_time() - begin


def lightning_share(rounds: int, steps: int = 1000) -> None:
    """CPU time of one bucket outside the inner loop and in Lightning's optimiser wrapper.

    Both parts come from one run, since two runs on a shared machine differ by more than that.
    """
    shares = []
    for _ in range(rounds + 1):
        loop = ensemble_loop(24, 64, 16, 128, 256, 1 / 32, steps, 5)
        inner = loop.optimiser.step = _Timed(loop.optimiser.step)
        updates = []

        def advance(stop: int, update: Callable[..., Any], run=loop.advance, seen=updates) -> Any:
            seen.append(_Timed(update))
            return run(stop, seen[-1])

        whole = loop.advance = _Timed(advance)
        begin = time.process_time()
        harness._run(loop, "", None, False, False, "cpu", 20.0)
        total = time.process_time() - begin
        wrapper = sum(update.seconds for update in updates) - inner.seconds
        overhead = total - whole.seconds + wrapper
        shares.append(100 * overhead / (total - overhead))
    shares = shares[1:]
    print(
        f"Lightning: {statistics.median(shares):.2f} % CPU "
        f"(rounds {min(shares):.2f} to {max(shares):.2f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cells", type=int, default=64)
    options = parser.parse_args()
    prepare_process()
    for n, cells, steps in ((20, 64, 20), (80, 32, 5), (256, 8, 5), (512, 8, 2)):
        for engine in ("torch", "compiled"):
            tied_against_single_runs(engine, n, cells, steps, options.rounds)
    for n, steps in ((20, 10), (80, 4), (256, 2)):
        against_single_runs(options.cells, n, 1024, steps, options.rounds)
    for width in (256, 1024):
        for bias_offset in (0.0, -0.18, -0.34, -1.0):
            large_against_single_runs(width, bias_offset, 8, options.rounds)
    cost_of_a_step(options.rounds)
    lightning_share(options.rounds)


if __name__ == "__main__":
    main()
