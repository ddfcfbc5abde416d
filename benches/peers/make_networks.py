"""Writes networks of the usual shapes for 224×224 pixels, with random weights, as .h5 files of Keras."""

import argparse
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
from keras import layers

CLASSES = 1000


def resnet18():
    """He et al. 2016, table 1, with the classifier of the original."""

    def convolution(x, filters, size, stride, activate=True):
        x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        return layers.ReLU()(x) if activate else x

    def block(x, filters, stride):
        y = convolution(x, filters, 3, stride)
        y = convolution(y, filters, 3, 1, activate=False)
        if stride != 1 or x.shape[-1] != filters:
            x = convolution(x, filters, 1, stride, activate=False)
        return layers.ReLU()(layers.Add()([x, y]))

    image = keras.Input((224, 224, 3))
    x = convolution(image, 64, 7, 2)
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    for filters, stride in [(64, 1), (128, 2), (256, 2), (512, 2)]:
        x = block(block(x, filters, stride), filters, 1)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(CLASSES, activation="softmax")(x))


NETWORKS = {
    "mobilenet_v2": lambda: keras.applications.MobileNetV2(weights=None, classes=CLASSES),
    "resnet18": resnet18,
    "resnet50": lambda: keras.applications.ResNet50(weights=None, classes=CLASSES),
}


def randomize(model, images):
    """Moving statistics as training would have left them: those of `images`, a little off.

    Without them the values of a deep network grow or vanish from layer to layer.
    """
    generator = np.random.default_rng(7)
    for layer in model.layers:
        if not isinstance(layer, layers.BatchNormalization):
            continue
        values = keras.Model(model.input, layer.input).predict_on_batch(images)
        gamma, beta, *_ = layer.get_weights()
        layer.set_weights(
            [
                generator.uniform(0.5, 1.5, gamma.shape),
                generator.normal(0, 0.2, beta.shape),
                values.mean((0, 1, 2)),
                values.var((0, 1, 2)) * generator.uniform(0.8, 1.25, gamma.shape),
            ]
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    images = np.random.default_rng(3).random((2, 224, 224, 3), np.float32)
    for name, make in NETWORKS.items():
        path = folder / f"{name}.h5"
        if path.exists():
            continue
        keras.utils.set_random_seed(11)
        model = make()
        randomize(model, images)
        model.save(path)
        print(path, flush=True)


if __name__ == "__main__":
    main()
