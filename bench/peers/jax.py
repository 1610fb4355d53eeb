"""JAX: a scan over the steps, as one jitted training step, and with all training steps inside one fori_loop."""

import jax
from jax import numpy as jnp

from .protocol import CLASSES, CLIP_NORM, FEATURES, LEARNING_RATE, serve


def uniform(key, *shape):
    return jax.random.uniform(key, shape, minval=-0.3, maxval=0.3)


def initial_parameters(H, L):
    keys = iter(jax.random.split(jax.random.key(1), 2 * L + 1))
    layers = []
    for layer in range(L):
        inputs = FEATURES if layer == 0 else H
        layers.append((uniform(next(keys), inputs, 4 * H), uniform(next(keys), H, 4 * H), jnp.zeros(4 * H)))
    return layers, (uniform(next(keys), H, CLASSES), jnp.zeros(CLASSES))


def lstm(parameters, inputs):
    """inputs [T,B,I] → [T,B,H]; the inputs' part of the gates is one product over all steps."""
    kernel, recurrent, bias = parameters
    zeros = jnp.zeros((inputs.shape[1], recurrent.shape[0]))

    def step(state, projection):
        h, c = state
        i, f, g, o = jnp.split(projection + h @ recurrent, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    return jax.lax.scan(step, (zeros, zeros), inputs @ kernel + bias)[1]


def loss(parameters, inputs, labels):
    layers, (kernel, bias) = parameters
    for layer in layers:
        inputs = lstm(layer, inputs)
    logs = jax.nn.log_softmax(inputs @ kernel + bias)
    return -jnp.take_along_axis(logs, labels[..., None], axis=-1).mean()


def update(parameters, inputs, labels):
    gradient = jax.grad(loss)(parameters, inputs, labels)
    norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in jax.tree.leaves(gradient)))
    scale = LEARNING_RATE * CLIP_NORM / jnp.maximum(norm, CLIP_NORM)
    return jax.tree.map(lambda w, g: w - scale * g, parameters, gradient)


def data(B, T):
    inputs = jax.random.bernoulli(jax.random.key(2), shape=(T, B, FEATURES)).astype(jnp.float32)
    return inputs, jax.random.randint(jax.random.key(3), (T, B), 0, CLASSES)


def prepare_step(B, T, H, L):
    step = jax.jit(update)
    state = {"parameters": initial_parameters(H, L)}
    batch = data(B, T)

    def train(steps):
        for _ in range(steps):
            state["parameters"] = step(state["parameters"], *batch)
        jax.block_until_ready(state["parameters"])

    return train


def prepare_loop(B, T, H, L):
    @jax.jit
    def loop(parameters, steps, inputs, labels):
        return jax.lax.fori_loop(0, steps, lambda _, present: update(present, inputs, labels), parameters)

    state = {"parameters": initial_parameters(H, L)}
    batch = data(B, T)

    def train(steps):
        state["parameters"] = jax.block_until_ready(loop(state["parameters"], steps, *batch))

    return train


serve({"JAX jitted step": prepare_step, "JAX fori_loop": prepare_loop})
