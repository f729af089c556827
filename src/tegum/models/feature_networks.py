"""Networks that share a few neurons among many sparse features, trained on samples.

Architectures beside the quadratic toy model of Scherlis et al. 2022 (arXiv 2210.01892). Features
x_i are independent, Bernoulli(p) times a uniform amplitude; each has a value v_i. Losses are
divided by that of the best constant, so that they compare across p and architectures.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble
from tegum.models.tied import Tied
from tegum.synthetic.draws import INIT, Draws

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "gelu": nn.functional.gelu,
    "square": torch.square,
}


class FeatureNetwork(Ensemble):
    """What the networks have in common: the features' values and the null loss.

    Arguments: ``values`` v_i, (cell, feature); ``null``, loss of the best constant, (cell,).
    """

    def __init__(self, values: np.ndarray, null: np.ndarray) -> None:
        super().__init__()
        self.values: Tensor
        self.null: Tensor
        self.register_buffer("values", torch.as_tensor(values, dtype=torch.float32))
        self.register_buffer("null", torch.as_tensor(null, dtype=torch.float32))

    @abstractmethod
    def squared_error(self, inputs: Tensor) -> Tensor:
        """Squared error of each sample, (cell, sample), of features (cell, sample, feature)."""

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Mean squared error over the null loss: (cell,)."""
        return self.squared_error(batch[0]).mean(1) / self.null


class ScalarNetwork(FeatureNetwork):
    """u . act(sum_i x_i W_i + b) + c against sum_i v_i x_i^2: the toy model's task and shape.

    Parameters ``embedding`` (cell, feature, hidden), ``bias`` and ``readout`` (cell, hidden),
    ``offset`` (cell, 1). ``activation`` is a key of ``ACTIVATIONS``.
    """

    def __init__(
        self,
        *,
        activation: str,
        values: np.ndarray,
        null: np.ndarray,
        hidden: int,
        seeds: list[int],
    ) -> None:
        super().__init__(values, null)
        self.activation = activation
        self.embedding = normal_parameter((values.shape[1], hidden), seeds, 0)
        self.readout = normal_parameter((1, hidden), seeds, 1)
        self.bias = nn.Parameter(torch.zeros(len(seeds), 1, hidden))
        self.offset = nn.Parameter(torch.zeros(len(seeds), 1))

    def squared_error(self, inputs: Tensor) -> Tensor:
        before = torch.baddbmm(self.bias, inputs, self.embedding)
        hidden = ACTIVATIONS[self.activation](before)
        output = torch.bmm(hidden, self.readout.transpose(1, 2))[..., 0] + self.offset
        target = torch.bmm(inputs.square(), self.values[..., None])[..., 0]
        return (output - target).square()


def shallow_network(
    architecture: str, values: np.ndarray, null: np.ndarray, hidden: int, seeds: list[int]
) -> tuple[Ensemble, str]:
    """A network of one hidden layer, and the name of the parameter that embeds the features.

    ``architecture`` is an activation of ``ScalarNetwork``, or ``tied_relu``: relu(W W^T x + b) of
    x, whose errors are weighted by value. The other arguments are those of ``ScalarNetwork``.
    """
    if architecture == "tied_relu":
        start = normal_entries((values.shape[1], hidden), seeds, 0)
        return Tied(weight=start, output="relu", importance=values / null[:, None]), "weight"
    network = ScalarNetwork(
        activation=architecture, values=values, null=null, hidden=hidden, seeds=seeds
    )
    return network, "embedding"


class DeepNetwork(FeatureNetwork):
    """x through ``depth`` hidden ReLU layers and a linear readout, against x weighted by value.

    Parameters ``weight_0`` (cell, feature, hidden), ``weight_l`` (cell, hidden, hidden), the
    readout ``weight_<depth>`` (cell, hidden, feature), and ``bias_l`` (cell, 1, output).
    """

    def __init__(
        self, *, values: np.ndarray, null: np.ndarray, hidden: int, depth: int, seeds: list[int]
    ) -> None:
        super().__init__(values, null)
        self.depth = depth
        sizes = [values.shape[1], *[hidden] * depth, values.shape[1]]
        for layer, shape in enumerate(pairwise(sizes)):
            weight = normal_parameter(shape, seeds, layer, (2.0 / shape[0]) ** 0.5)
            self.register_parameter(f"weight_{layer}", weight)
            bias = nn.Parameter(torch.zeros(len(seeds), 1, shape[1]))
            self.register_parameter(f"bias_{layer}", bias)

    def squared_error(self, inputs: Tensor) -> Tensor:
        code = inputs
        for layer in range(self.depth + 1):
            weight, bias = getattr(self, f"weight_{layer}"), getattr(self, f"bias_{layer}")
            code = torch.baddbmm(bias, code, weight)
            code = torch.relu(code) if layer < self.depth else code
        return torch.bmm((code - inputs).square(), self.values[..., None])[..., 0]


def stacked_layers(parameters: Mapping[str, np.ndarray], depth: int) -> dict[str, np.ndarray]:
    """Parameters of a ``DeepNetwork`` by what they do, those between hidden layers stacked.

    ``encoder`` (cell, feature, hidden), ``between`` (cell, link, hidden, hidden), ``decoder``
    (cell, hidden, feature), ``bias`` (cell, layer, hidden) and ``output_bias`` (cell, feature).
    """
    between = [parameters[f"weight_{layer}"] for layer in range(1, depth)]
    biases = [parameters[f"bias_{layer}"] for layer in range(depth)]
    return {
        "encoder": parameters["weight_0"],
        "between": np.stack(between, axis=1),
        "decoder": parameters[f"weight_{depth}"],
        "bias": np.concatenate(biases, axis=1),
        "output_bias": parameters[f"bias_{depth}"][:, 0],
    }


def normal_parameter(
    shape: tuple[int, int], seeds: list[int], number: int, scale: float | None = None
) -> nn.Parameter:
    """Independent normal entries of deviation ``scale`` (by default 1 / sqrt(columns)), each cell
    from its init stream: (cell, rows, columns)."""
    return nn.Parameter(torch.from_numpy(normal_entries(shape, seeds, number, scale)))


def normal_entries(
    shape: tuple[int, int], seeds: list[int], number: int, scale: float | None = None
) -> np.ndarray:
    """The initial entries of ``normal_parameter``, float32."""
    drawn = {s: Draws(s).normal(shape, INIT, number) for s in dict.fromkeys(seeds)}
    scale = shape[1] ** -0.5 if scale is None else scale
    return np.stack([drawn[s] for s in seeds]) * np.float32(scale)
