"""Dictionaries beside dictionary_learning: losses, gradients, training.

Runs where dictionary-learning is installed (`make interop`). Tolerances as in `test_saelens`.
"""

import pytest
import torch

pytest.importorskip("dictionary_learning", reason="make interop installs dictionary-learning")

from dictionary_learning.evaluation import evaluate
from dictionary_learning.trainers.batch_top_k import BatchTopKTrainer
from dictionary_learning.trainers.gdm import GatedSAETrainer
from dictionary_learning.trainers.jumprelu import JumpReluTrainer
from dictionary_learning.trainers.matryoshka_batch_top_k import MatryoshkaBatchTopKTrainer
from dictionary_learning.trainers.standard import StandardTrainer, StandardTrainerAprilUpdate
from dictionary_learning.trainers.top_k import TopKTrainer
from test_saelens import INPUTS, LATENTS, STRENGTH, Given, K, close, ours, samples, shaken

from tegum.metrics.reconstruction import fvu, relative_bias, shrinkage
from tegum.training.loop import Loop
from tegum.training.plan import Plan

COMMON = {
    "steps": 10**6,
    "activation_dim": INPUTS,
    "dict_size": LATENTS,
    "layer": 0,
    "lm_name": "none",
    "device": "cpu",
    "warmup_steps": 0,
}
PENALISED = COMMON | {"l1_penalty": STRENGTH, "sparsity_warmup_steps": None}
OF_TOPK = COMMON | {"k": K, "threshold_start_step": -1, "lr": 1e-2}
GROUPS = [10 / LATENTS, 15 / LATENTS, 15 / LATENTS]


def trainer(name: str, **options):
    match name:
        case "standard":
            return StandardTrainer(**PENALISED, **options)
        case "l1":
            return StandardTrainerAprilUpdate(**PENALISED, **options)
        case "gated":
            return GatedSAETrainer(**PENALISED, **options)
        case "topk":
            return TopKTrainer(**OF_TOPK, **options)
        case "batchtopk":
            return BatchTopKTrainer(**OF_TOPK, **options)
    return MatryoshkaBatchTopKTrainer(**OF_TOPK, group_fractions=GROUPS, **options)


def counterparts(dictionary, ae) -> dict[str, tuple[torch.Tensor, torch.Tensor, bool]]:
    """Parameters of both by our names; whether theirs is the transpose."""
    own = dict(dictionary.named_parameters())
    if hasattr(ae, "W_enc"):
        theirs = {"encoder": ae.W_enc, "decoder": ae.W_dec, "encoder_bias": ae.b_enc}
        return {n: (own[n], p, n == "encoder") for n, p in theirs.items()} | {
            "decoder_bias": (own["decoder_bias"], ae.b_dec, False)
        }
    theirs = {"encoder": ae.encoder.weight, "decoder": ae.decoder.weight}
    if hasattr(ae, "gate_bias"):
        theirs |= {"encoder_bias": ae.gate_bias, "decoder_bias": ae.decoder_bias}
        theirs |= {"log_gain": ae.r_mag, "magnitude_bias": ae.mag_bias}
    else:
        theirs["encoder_bias"] = ae.encoder.bias
        theirs["decoder_bias"] = ae.b_dec if hasattr(ae, "b_dec") else ae.bias
    return {n: (own[n], p, n == "decoder") for n, p in theirs.items()}


def copied(dictionary, ae) -> None:
    with torch.no_grad():
        for mine, theirs, transposed in counterparts(dictionary, ae).values():
            theirs.copy_(mine[0].T if transposed else mine[0])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("standard", {}),
        ("l1", {}),
        ("gated", {"decoder_norm": None, "gate_moves_decoder": False}),
        ("topk", {}),
        ("batchtopk", {}),
        ("matryoshka", {"weights": (1 / 9, 1 / 9, 1 / 9)}),
    ],
)
def test_losses_and_gradients_agree(name, options):
    """Those of the matryoshka's prefixes are weighed 1 / K twice there."""
    dictionary, other = ours(name, **options), trainer(name)
    shaken(dictionary)
    if name != "l1":
        dictionary.project()
    copied(dictionary, other.ae)
    x = samples()
    loss = dictionary.loss((x[None],))
    loss.sum().backward()
    expected = other.loss(x, step=0)
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    for parameter, (mine, theirs, transposed) in counterparts(dictionary, other.ae).items():
        gradient = theirs.grad.T if transposed else theirs.grad
        if name == "standard" and parameter == "decoder":  # their optimiser does so
            rows = dictionary.decoder[0].detach()
            gradient = gradient - (gradient * rows).sum(1, keepdim=True) * rows
        assert gradient.abs().max() > 0, parameter
        assert close(mine.grad[0], gradient), parameter


@pytest.mark.parametrize("name", ["standard", "l1"])
def test_training_agrees_step_by_step(name):
    """Same start, same batches: weights within 1e-3 of their change."""
    steps, rate = 50, 1e-2
    dictionary, other = ours(name, 8), trainer(name, lr=rate)
    with torch.no_grad():
        for parameter in dictionary.parameters():
            parameter.copy_(parameter[:1].clone())
    copied(dictionary, other.ae)
    start = dictionary.decoder[0].detach().clone()
    batches = torch.stack([samples(seed=s) for s in range(steps)])
    for step, batch in enumerate(batches):
        other.update(step, batch)
    clip = 1.0 if name == "l1" else None
    Loop(
        dictionary,
        Given(batches, 8),
        Plan(steps=steps, learning_rate=rate, gradient_clip=clip),
    ).run()
    theirs = other.ae.decoder.weight.T
    change = (theirs - start).abs().max()
    assert change > 0.1
    assert (dictionary.decoder[0] - theirs).abs().max() < 1e-3 * change


def test_auxk_agrees_and_not_rectified_only_where_the_dead_latents_are_positive():
    """The encoder of a dead latent that is negative everywhere then has a gradient."""
    dead = torch.arange(LATENTS) >= 25
    for level, rectified in ((0.0, True), (-20.0, True), (0.0, False), (-20.0, False)):
        dictionary = ours(
            "topk", auxiliary_weight=1 / 32, dead_after=100, auxiliary_rectified=rectified
        )
        other = trainer("topk")
        other.dead_feature_threshold = 100
        with torch.no_grad():  # small, so that no dead latent is among the k largest
            dictionary.encoder[:, dead] *= 1e-3
            dictionary.encoder_bias[:, dead] = level + 0.02
        copied(dictionary, other.ae)
        dictionary.auxiliary.silent[:, dead] = 100
        other.num_tokens_since_fired[dead] = 100
        x = samples()
        loss = dictionary.loss((x[None],))
        loss.sum().backward()
        expected = other.loss(x, step=0)
        expected.backward()
        found, gradient = dictionary.encoder.grad[0], other.ae.encoder.weight.grad
        assert (dictionary.auxiliary.silent[0, dead] >= 100).all()
        if rectified or level == 0.0:
            assert close(found[dead], gradient[dead])
            assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
        if level < 0:
            assert (gradient[dead] == 0).all() and (found[dead] != 0).any() != rectified


def test_the_threshold_of_batchtopk_is_the_same_average():
    dictionary = ours("batchtopk", threshold_rate=0.001)
    other = trainer("batchtopk")
    copied(dictionary, other.ae)
    for step in range(5):
        x = samples(seed=step)
        dictionary.loss((x[None],))
        other.loss(x, step=step)
    assert dictionary.threshold.item() == pytest.approx(other.ae.threshold.item(), rel=1e-5)


def test_their_jumprelu_takes_no_bias_from_the_input_and_penalises_the_distance_to_a_target():
    target, dictionary = 5.0, ours("jumprelu", threshold=0.3)
    options = {n: COMMON[n] for n in COMMON if n != "warmup_steps"}
    other = JumpReluTrainer(
        **options, target_l0=target, sparsity_penalty=STRENGTH, sparsity_warmup_steps=None
    )
    with torch.no_grad():
        other.ae.threshold.fill_(0.3)
        other.ae.W_enc.copy_(dictionary.encoder[0].T)
        other.ae.W_dec.copy_(dictionary.decoder[0])
    x = samples()
    firing = (dictionary.encode(x[None]) > 0).float().sum(2).mean()
    squared = dictionary.loss((x[None],)) - STRENGTH * firing
    expected = squared + STRENGTH * (firing / target - 1) ** 2
    assert other.loss(x, step=0).item() == pytest.approx(expected.item(), rel=1e-5)
    with torch.no_grad():
        other.ae.b_dec.fill_(1.0)
        dictionary.decoder_bias.fill_(1.0)
    latents = other.ae.encode(x)
    assert not torch.allclose(dictionary.encode(x[None])[0], latents, atol=1e-2)
    assert torch.allclose(dictionary.encode(x[None] + 1.0)[0], latents, atol=1e-5)


def test_their_explained_variance_forgives_a_constant_error_and_other_measures_agree():
    ae, x = trainer("l1").ae, samples(200)
    theirs, mine = [], []
    for offset in (0.0, 2.0):
        with torch.no_grad():
            ae.bias.fill_(offset)
            ae.encoder.bias.copy_(ae.encoder.weight @ ae.bias)  # the same latents
            rebuilt = ae(x)
        measures = evaluate(ae, iter([x]))
        theirs.append(measures["frac_variance_explained"])
        mine.append(1 - fvu(x, rebuilt))
        forgiven = 1 - fvu(x, rebuilt + (x - rebuilt).mean(0))
        assert theirs[-1] == pytest.approx(forgiven, abs=1e-5)
        bias = relative_bias(x, rebuilt)
        assert measures["relative_reconstruction_bias"] == pytest.approx(bias, rel=1e-4)
        assert measures["l2_ratio"] == pytest.approx(shrinkage(x, rebuilt), rel=1e-4)
    assert theirs[0] == pytest.approx(theirs[1], abs=1e-5)
    assert mine[0] - mine[1] > 1
