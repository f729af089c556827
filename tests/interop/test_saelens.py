"""Dictionaries beside SAELens: files both ways, losses, gradients, training.

Runs where sae-lens is installed (`make interop`). Encode and decode agree within 1e-5 of the
largest value, losses within 1e-5 relative, gradients within 1e-4 of the largest entry.
"""

import json

import pytest
import torch

pytest.importorskip("sae_lens", reason="make interop installs sae-lens")

import sae_lens
from sae_lens.config import SAETrainerConfig
from sae_lens.evals import ExplainedVarianceCalculator
from sae_lens.saes.sae import TrainStepInput
from sae_lens.training.sae_trainer import SAETrainer

from tegum.dictionaries.gated import Gated
from tegum.dictionaries.jumprelu import JumpReLU
from tegum.dictionaries.registry import ARCHITECTURES, build, sparsity_argument
from tegum.interop import files
from tegum.metrics.reconstruction import fvu
from tegum.synthetic.batches import Stream
from tegum.training.loop import Loop
from tegum.training.plan import Plan

INPUTS, LATENTS, K, STRENGTH = 16, 40, 4, 0.3
PREFIXES = (10, 25, LATENTS)
SHAPE = {"d_in": INPUTS, "d_sae": LATENTS}
AGREE = {"rtol": 1e-5, "atol": 1e-5}


def samples(count: int = 64, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, INPUTS, generator=torch.Generator().manual_seed(seed))


def shaken(module, seed: int = 1) -> None:
    """Every parameter moved a little, so that none is at its initial value."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))


def ours(name: str, cells: int = 1, **options):
    options = {"prefixes": PREFIXES} | options if name == "matryoshka" else options
    sparsity = K if sparsity_argument(name) == "k" else STRENGTH
    seeds = list(range(cells))
    return build(name, sparsity=sparsity, n_inputs=INPUTS, latents=LATENTS, seeds=seeds, **options)


def pursuit(**options):
    return sae_lens.MatchingPursuitTrainingSAE(
        sae_lens.MatchingPursuitTrainingSAEConfig(
            **SHAPE, max_iterations=K, residual_threshold=0.0, decoder_init_norm=1.0, **options
        )
    )


TRAINING = {
    "standard": lambda: sae_lens.StandardTrainingSAE(
        sae_lens.StandardTrainingSAEConfig(**SHAPE, l1_coefficient=STRENGTH)
    ),
    "gated": lambda: sae_lens.GatedTrainingSAE(
        sae_lens.GatedTrainingSAEConfig(**SHAPE, l1_coefficient=STRENGTH)
    ),
    "jumprelu": lambda: sae_lens.JumpReLUTrainingSAE(
        sae_lens.JumpReLUTrainingSAEConfig(
            **SHAPE, l0_coefficient=STRENGTH, jumprelu_init_threshold=0.1
        )
    ),
    "topk": lambda: sae_lens.TopKTrainingSAE(sae_lens.TopKTrainingSAEConfig(**SHAPE, k=K)),
    "batchtopk": lambda: sae_lens.BatchTopKTrainingSAE(
        sae_lens.BatchTopKTrainingSAEConfig(**SHAPE, k=K)
    ),
    "matryoshka_batchtopk": lambda: sae_lens.MatryoshkaBatchTopKTrainingSAE(
        sae_lens.MatryoshkaBatchTopKTrainingSAEConfig(**SHAPE, k=K, matryoshka_widths=[*PREFIXES])
    ),
    "matching_pursuit": pursuit,
    "all steps": lambda: pursuit(stop_on_duplicate_support=False),
}


def step_input(x: torch.Tensor, dead: torch.Tensor | None = None) -> TrainStepInput:
    """What SAELens's trainer gives to one step."""
    return TrainStepInput(
        sae_in=x,
        coefficients={"l1": STRENGTH, "l0": STRENGTH},
        dead_neuron_mask=torch.zeros(LATENTS, dtype=torch.bool) if dead is None else dead,
        n_training_steps=0,
        is_logging_step=False,
    )


def close(found: torch.Tensor, expected: torch.Tensor, tolerance: float = 1e-4) -> bool:
    """Whether no entry differs by more than a share of the largest."""
    return bool((found - expected).abs().max() <= tolerance * expected.abs().max())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_saelens_computes_with_what_was_saved_here(tmp_path, name):
    dictionary, x = ours(name, 3, scale=[1.0, 1.7, 0.6]), samples()
    shaken(dictionary)
    if hasattr(dictionary, "threshold"):
        dictionary.threshold.copy_(torch.tensor([0.1, 0.2, 0.3]))
    files.save_saelens(dictionary, tmp_path, 1)
    theirs = sae_lens.SAE.load_from_disk(tmp_path)
    latents = dictionary.encode(x.repeat(3, 1, 1))
    rebuilt = dictionary.decode(latents)[1]
    assert 0 < (latents[1] > 0).float().mean() < 0.9
    assert torch.allclose(theirs.encode(x), latents[1] / 1.7, **AGREE)
    assert torch.allclose(theirs(x), rebuilt, **AGREE)


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", TRAINING)
def test_what_saelens_saved_computes_the_same_here(tmp_path, name, training, applied):
    torch.manual_seed(0)
    sae, x = TRAINING[name](), samples()
    sae.cfg.apply_b_dec_to_input = applied
    shaken(sae)
    if hasattr(sae, "topk_threshold"):
        sae.topk_threshold.fill_(0.15)
    (sae.save_model if training else sae.save_inference_model)(tmp_path / "sae")
    sae.save_inference_model(tmp_path / "inference")
    theirs = sae_lens.SAE.load_from_disk(tmp_path / "inference")
    loaded = files.load(tmp_path / "sae")
    latents = theirs.encode(x)
    assert 0 < (latents > 0).float().mean() < 0.9
    assert torch.allclose(loaded.encode(x[None])[0], latents, **AGREE)
    assert torch.allclose(loaded.decode(latents[None])[0], theirs.decode(latents), **AGREE)


@pytest.mark.parametrize("name", ["standard", "gated", "jumprelu", "topk", "matching_pursuit"])
def test_the_configuration_has_the_keys_that_saelens_writes(tmp_path, name):
    TRAINING[name]().save_inference_model(tmp_path / "theirs")
    files.save_saelens(ours(name), tmp_path / "ours")
    written = [json.loads((tmp_path / s / "cfg.json").read_text()) for s in ("theirs", "ours")]
    theirs, mine = written
    assert mine.keys() == theirs.keys()
    same = mine.keys() - {"metadata", "rescale_acts_by_decoder_norm"}
    assert {n: mine[n] for n in same} == {n: theirs[n] for n in same}


def copied(dictionary, sae) -> None:
    """The weights of one cell into SAELens's."""
    with torch.no_grad():
        sae.W_dec.copy_(dictionary.decoder[0])
        sae.b_dec.copy_(dictionary.decoder_bias[0])
        if dictionary.tied:
            return
        sae.W_enc.copy_(dictionary.encoder[0].T)
        if isinstance(dictionary, Gated):
            sae.b_gate.copy_(dictionary.encoder_bias[0])
            sae.b_mag.copy_(dictionary.magnitude_bias[0])
            sae.r_mag.copy_(dictionary.log_gain[0])
        else:
            sae.b_enc.copy_(dictionary.encoder_bias[0])
        if isinstance(dictionary, JumpReLU):
            sae.threshold.copy_(dictionary.log_threshold[0].exp())


def gradients(dictionary, sae, x: torch.Tensor, dead: torch.Tensor | None = None):
    """Losses of both, and pairs of gradients by SAELens's names."""
    loss = dictionary.loss((x[None],))
    loss.sum().backward()
    theirs = sae.training_forward_pass(step_input(x, dead)).loss
    theirs.backward()
    pairs = {
        "W_dec": (dictionary.decoder.grad[0], sae.W_dec.grad),
        "b_dec": (dictionary.decoder_bias.grad[0], sae.b_dec.grad),
    }
    if dictionary.tied:
        return loss.item(), theirs.item(), pairs
    pairs["W_enc"] = (dictionary.encoder.grad[0].T, sae.W_enc.grad)
    if isinstance(dictionary, Gated):
        pairs["b_gate"] = (dictionary.encoder_bias.grad[0], sae.b_gate.grad)
        pairs["b_mag"] = (dictionary.magnitude_bias.grad[0], sae.b_mag.grad)
        pairs["r_mag"] = (dictionary.log_gain.grad[0], sae.r_mag.grad)
    else:
        pairs["b_enc"] = (dictionary.encoder_bias.grad[0], sae.b_enc.grad)
    if isinstance(dictionary, JumpReLU):
        slope = dictionary.log_threshold[0].exp()
        pairs["threshold"] = (dictionary.log_threshold.grad[0] / slope, sae.threshold.grad)
    return loss.item(), theirs.item(), pairs


@pytest.mark.parametrize(
    ("name", "theirs", "options"),
    [
        ("l1", "standard", {}),
        ("jumprelu", "jumprelu", {}),
        ("topk", "topk", {}),
        ("batchtopk", "batchtopk", {}),
        ("matryoshka", "matryoshka_batchtopk", {"weights": (1.0, 1.0, 1.0)}),
        ("matching_pursuit", "matching_pursuit", {}),
        ("matching_pursuit", "all steps", {"stop_at_repeat": False}),
    ],
)
def test_losses_and_gradients_agree(name, theirs, options):
    dictionary, sae = ours(name, **options), TRAINING[theirs]()
    shaken(dictionary)
    if name != "l1":  # SAELens multiplies pre-activations by the norms
        dictionary.project()
    if hasattr(sae.cfg, "rescale_acts_by_decoder_norm"):
        sae.cfg.rescale_acts_by_decoder_norm = False
    copied(dictionary, sae)
    loss, expected, pairs = gradients(dictionary, sae, samples())
    assert loss == pytest.approx(expected, rel=1e-5)
    for parameter, (found, gradient) in pairs.items():
        assert gradient.abs().max() > 0, parameter
        assert close(found, gradient), parameter


@pytest.mark.parametrize("bandwidth", [0.05, 2.0])
@pytest.mark.parametrize("revives", ["nobody", "dead latents"])
def test_the_penalties_of_january_2025_agree(revives, bandwidth):
    """The tanh of latents, and the loss on pre-activations, which dead latents alone have there."""
    weight = 0.0 if revives == "nobody" else 3e-3
    dictionary = ours(
        "jumprelu",
        firing="tanh",
        bandwidth=bandwidth,
        pre_activation_weight=weight,
        dead_after=65,  # and this batch has 64 samples
    )
    shaken(dictionary)
    config = sae_lens.JumpReLUTrainingSAEConfig(
        **SHAPE,
        l0_coefficient=STRENGTH,
        jumprelu_sparsity_loss_mode="tanh",
        jumprelu_tanh_scale=4.0,
        jumprelu_bandwidth=bandwidth,
        pre_act_loss_coefficient=weight or None,
    )
    sae, x = sae_lens.JumpReLUTrainingSAE(config), samples()
    dead = torch.arange(LATENTS) >= 25
    with torch.no_grad():
        dictionary.encoder_bias[:, dead] = -20.0
    if weight:
        dictionary.silent.copy_(dead.long())
    copied(dictionary, sae)
    loss, expected, pairs = gradients(dictionary, sae, x, dead)
    assert loss == pytest.approx(expected, rel=1e-5)
    for parameter, (found, gradient) in pairs.items():
        assert gradient.abs().max() > 0, parameter
        assert close(found, gradient), parameter
    assert bool(pairs["threshold"][1][dead].any()) == bool(weight)


def test_gated_with_free_norms_agrees_where_the_gate_moves_the_decoder():
    dictionary = ours("gated")
    sae = TRAINING["gated"]()
    shaken(dictionary)
    copied(dictionary, sae)
    loss, expected, pairs = gradients(dictionary, sae, samples())
    assert loss == pytest.approx(expected, rel=1e-5)
    for parameter, (found, gradient) in pairs.items():
        assert gradient.abs().max() > 0, parameter
        assert close(found, gradient), parameter


def test_gated_losses_agree_and_the_decoders_gradients_do_not():
    """SAELens lets the gate's own reconstruction move the decoder; here it is held fixed."""
    dictionary = ours("gated", decoder_norm=None, gate_moves_decoder=False)
    sae = TRAINING["gated"]()
    shaken(dictionary)
    dictionary.project()
    copied(dictionary, sae)
    x = samples()
    loss, expected, pairs = gradients(dictionary, sae, x)
    assert loss == pytest.approx(expected, rel=1e-5)
    agreeing = {name for name, (found, gradient) in pairs.items() if close(found, gradient)}
    assert agreeing == {"W_enc", "b_gate", "b_mag", "r_mag"}
    gate = torch.relu((x - sae.b_dec) @ sae.W_enc + sae.b_gate).detach()
    decoder = sae.W_dec.detach().requires_grad_()
    through = (gate @ decoder + sae.b_dec.detach() - x).square().sum(1).mean()
    through = through + STRENGTH * (gate * decoder.norm(dim=1)).sum(1).mean()
    (extra,) = torch.autograd.grad(through, decoder)
    found, gradient = pairs["W_dec"]
    assert close(found + extra, gradient)


def test_saelens_auxk_is_ours_without_the_norm_of_the_residual():
    dead = torch.arange(LATENTS) >= 25
    dictionary = ours("topk", auxiliary_weight=1 / 32, dead_after=1, auxiliary_rectified=False)
    shaken(dictionary)
    dictionary.project()
    with torch.no_grad():
        dictionary.encoder_bias[:, dead] = -20.0
    sae = TRAINING["topk"]()
    sae.cfg.rescale_acts_by_decoder_norm = False
    copied(dictionary, sae)
    x = samples()
    dictionary.auxiliary.silent.fill_(1)
    plain = ours("topk")
    plain.load_state_dict(dictionary.state_dict(), strict=False)
    extra = (dictionary.loss((x[None],)) - plain.loss((x[None],))).item()
    silent = dictionary.auxiliary.silent[0] > 0
    assert silent.sum() >= 15
    output = sae.training_forward_pass(step_input(x, silent))
    residual = (x - output.sae_out).detach()
    variance = (residual - residual.mean(0)).square().sum(1).mean()
    theirs = output.losses["auxiliary_reconstruction_loss"].item()
    assert extra * 32 * variance.item() == pytest.approx(theirs, rel=1e-3)


def test_the_threshold_of_batchtopk_starts_at_zero_there_and_at_the_first_batch_here():
    dictionary, sae = ours("batchtopk"), TRAINING["batchtopk"]()
    sae.cfg.rescale_acts_by_decoder_norm = False
    copied(dictionary, sae)
    rate = 0.01
    mine, theirs, leasts = [], [], []
    for step in range(5):
        x = samples(seed=step)
        dictionary.loss((x[None],))
        acts = sae.training_forward_pass(step_input(x)).feature_acts
        leasts.append(acts[acts > 0].min().item())
        mine.append(dictionary.threshold.item())
        theirs.append(sae.topk_threshold.item())
    assert mine[0] == pytest.approx(leasts[0], rel=1e-5)
    assert theirs[0] == pytest.approx(rate * leasts[0], rel=1e-5)
    missing = leasts[0] * (1 - rate) ** 5
    assert mine[-1] - theirs[-1] == pytest.approx(missing, rel=1e-4)


class Given(Stream):
    """The same given batch at each step for every cell."""

    def __init__(self, batches: torch.Tensor, cells: int) -> None:
        self.n_cells, self._batches = cells, batches

    def batch(self, step: int) -> tuple[torch.Tensor, ...]:
        return (self._batches[step].expand(self.n_cells, -1, -1),)


def test_training_agrees_step_by_step():
    """Same start, same batches, clipping at 1, Adam: weights within 1e-3 of their change."""
    steps, rate = 50, 1e-2
    dictionary, sae = ours("l1", 8), TRAINING["standard"]()
    with torch.no_grad():
        for parameter in dictionary.parameters():
            parameter.copy_(parameter[:1].clone())
    copied(dictionary, sae)
    start = sae.W_dec.detach().clone()
    batches = torch.stack([samples(seed=s) for s in range(steps)])
    options = SAETrainerConfig(
        total_training_samples=steps * 64, train_batch_size_samples=64, lr=rate, lr_end=rate
    )
    SAETrainer(options, sae, iter(batches)).fit()
    plan = Plan(steps=steps, learning_rate=rate, gradient_clip=1.0)
    Loop(dictionary, Given(batches, 8), plan).run()
    change = (sae.W_dec - start).abs().max()
    assert change > 0.1
    assert (dictionary.decoder[0] - sae.W_dec).abs().max() < 1e-3 * change


def test_explained_variance_of_saelens_is_that_of_the_whole_set():
    x = samples(200) + 5.0
    rebuilt = x + 0.5 * samples(200, seed=9)
    calculator = ExplainedVarianceCalculator()
    for part in range(0, 200, 50):
        calculator.add_batch(rebuilt[part : part + 50], x[part : part + 50])
    assert calculator.compute() == pytest.approx(1 - fvu(x, rebuilt), rel=1e-5)
