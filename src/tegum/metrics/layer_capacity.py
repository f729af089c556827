"""How each layer of a network embeds the features, and what more capacity there would be worth.

The authors of Scherlis et al. 2022 (comments) propose to follow C_i and dL/dC_i through a deeper
network and know no generic technique. The approximation used here: at a layer with
pre-activations z, W_i are the least-squares coefficients of z on the features, u_i = W_i / |W_i|,
and I_i = u_i . (z - E z) - |W_i| (x_i - E x_i) is the interference on feature i, with
1 / C_i - 1 = Var(I_i) / (|W_i|^2 Var(x_i)) for equal variances. Shrinking it, z - s u_i I_i, keeps
the norm and raises C_i by 2 C_i (1 - C_i) s, so that
g_i = -dL_i / dC_i = v_i E[(y_i - x_i) dy_i] / (C_i (1 - C_i)), L_i being the loss of output i and
dy_i its derivative along u_i I_i. For a linear layer tied to its readout this is v_i w_i^2 / C_i^2
times Var(x_i), the derivative of v_i w_i^2 (1 / C_i - 1) Var(x_i).

The loss of the *own* output is taken because at a minimum every first-order change of the first
layer's weights leaves the whole loss as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tegum.controls.weights import untrained
from tegum.metrics.capacity import capacities

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ReluNetwork:
    """Affine layers with ReLU between them; output and input are both (sample, feature)."""

    weights: Sequence[Array]
    """(input, output) each, from the features to the readout."""
    biases: Sequence[Array]
    """(output,) each."""

    def pre_activations(self, inputs: Array) -> list[Array]:
        """z of every layer, the output last: (sample, hidden) each."""
        found: list[Array] = []
        code = inputs
        for weight, bias in zip(self.weights, self.biases, strict=True):
            found.append(code @ weight + bias)
            code = np.maximum(found[-1], 0.0)
        return found

    def jacobians(self, pre_activations: Sequence[Array], layer: int) -> Array:
        """dy_i / dz of every output i at each sample: (feature, sample, hidden)."""
        found = self.weights[-1].T[:, None, :]
        for z, weight in zip(pre_activations[-2:layer:-1], self.weights[-2:layer:-1], strict=True):
            found = (found * (z > 0)) @ weight.T
        return found * (pre_activations[layer] > 0)


def stacked_network(weights: Mapping[str, Array]) -> ReluNetwork:
    """The network of the weights that `tegum.models.feature_networks.stacked_layers` stacked."""
    matrices = [weights["encoder"], *weights["between"], weights["decoder"]]
    return ReluNetwork(matrices, [*weights["bias"], weights["output_bias"]])


def return_spread(returns: Array, shared: NDArray[np.bool_]) -> Array:
    """Standard deviation / |mean| of the returns of shared features: (..., feature) -> (...).

    NaN where no feature is shared.
    """
    among = np.where(shared, returns, np.nan)
    with np.errstate(invalid="ignore"):
        return np.nanstd(among, axis=-1) / np.abs(np.nanmean(among, axis=-1))


def untrained_network(network: ReluNetwork, seed: int) -> ReluNetwork:
    """Fresh default weights of the same shapes, without biases."""
    fresh = [untrained(w.T, seed + layer).T for layer, w in enumerate(network.weights)]
    weights = [weight.astype(np.float64) for weight in fresh]
    return ReluNetwork(weights, [np.zeros_like(b) for b in network.biases])


def layer_embedding(inputs: Array, pre_activations: Array) -> Array:
    """Least-squares coefficients of pre-activations on the features: (feature, hidden)."""
    centred = inputs - inputs.mean(0)
    return np.linalg.lstsq(centred, pre_activations - pre_activations.mean(0), rcond=None)[0]


def layer_returns(
    network: ReluNetwork, inputs: Array, values: Array, layer: int
) -> tuple[Array, Array]:
    """Embedding (feature, hidden) and marginal return g_i (feature,) at a hidden layer.

    Shapes: `inputs` (sample, feature), `values` (feature,). g is NaN for a feature that is not
    embedded or has nothing that interferes with it.
    """
    pre_activations = network.pre_activations(inputs)
    embedding = layer_embedding(inputs, pre_activations[layer])
    norms = np.linalg.norm(embedding, axis=1)
    unit = embedding / np.where(norms > 0, norms, 1.0)[:, None]
    centred = inputs - inputs.mean(0)
    interference = (
        pre_activations[layer] - pre_activations[layer].mean(0)
    ) @ unit.T - centred * norms
    along = np.einsum("nsh,nh->sn", network.jacobians(pre_activations, layer), unit)
    slope = values * ((pre_activations[-1] - inputs) * along * interference).mean(0)
    capacity = capacities(embedding)
    room = capacity * (1.0 - capacity)
    return embedding, np.divide(slope, room, out=np.full_like(slope, np.nan), where=room > 1e-9)


def returns_of_layers(network: ReluNetwork, inputs: Array, values: Array) -> tuple[Array, Array]:
    """`layer_returns` of all hidden layers: (layer, feature, hidden) and (layer, feature)."""
    each = [layer_returns(network, inputs, values, i) for i in range(len(network.weights) - 1)]
    return np.stack([one for one, _ in each]), np.stack([gain for _, gain in each])
