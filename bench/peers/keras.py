"""Keras on TensorFlow: LSTM layers and a dense layer, trained with train_on_batch."""

import keras
import numpy

from .protocol import CLASSES, CLIP_NORM, FEATURES, LEARNING_RATE, serve


def prepare(B, T, H, L):
    layers = [keras.layers.LSTM(H, return_sequences=True) for _ in range(L)]
    model = keras.Sequential([keras.Input((T, FEATURES)), *layers, keras.layers.Dense(CLASSES, activation="softmax")])
    optimizer = keras.optimizers.SGD(LEARNING_RATE, global_clipnorm=CLIP_NORM)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    random = numpy.random.default_rng(1)
    inputs = random.integers(2, size=(B, T, FEATURES)).astype("float32")
    labels = random.integers(CLASSES, size=(B, T))

    def train(steps):
        for _ in range(steps):
            model.train_on_batch(inputs, labels)

    return train


serve({"Keras train_on_batch": prepare})
