#!/usr/bin/env python3
"""Makes a classifier of 40 classes and a test set for it, which the browser tests report on: more classes than a table of
confusions has room for.

    python tools/many_classes.py        # writes many_classes.h5 and many_classes.npz in tests/oracles/classifiers

An image's class is where a bright column stands on it and how bright it is; the network is random, its answers are the
labels, and every third label is that of the class after. Keras 3.15.1, NumPy.
"""
import pathlib

import keras
import numpy

CLASSES, SIDE, SAMPLES = 40, 8, 320


def main():
    out = pathlib.Path(__file__).resolve().parent.parent / "tests" / "oracles" / "classifiers"
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            keras.layers.Conv2D(8, 3, activation="relu", name="conv"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(CLASSES, activation="softmax", name="dense"),
        ]
    )
    model.save(out / "many_classes.h5")
    numbers = numpy.random.default_rng(7)
    images = numpy.zeros((SAMPLES, SIDE, SIDE, 3), "uint8")
    for image in images:
        image[:, numbers.integers(SIDE)] = numbers.integers(64, 256, 3)
        image[numbers.integers(SIDE)] = numbers.integers(64, 256, 3)
    labels = model.predict(images / 255.0, verbose=0).argmax(axis=1)
    labels[::3] = (labels[::3] + 1) % CLASSES
    numpy.savez_compressed(out / "many_classes.npz", images=images, labels=labels.astype("uint8"))


if __name__ == "__main__":
    main()
