#!/usr/bin/env python3
"""Write the smallest network of each family of keras.applications, with the output of every layer.

For each, `<name>.keras` and `<name>.h5` with random weights, and an `.npz` beside each as make_oracles.py
writes it. They are large, so they go to a folder outside of the repository:

    python tools/make_networks.py /tmp/networks
    LAYERSCOPE_NETWORKS=/tmp/networks cargo test --release --test oracles_engine -- --ignored
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np

# The smallest input that each takes.
NETWORKS = {
    "MobileNet": 32,
    "MobileNetV2": 32,
    "MobileNetV3Small": 32,
    "EfficientNetB0": 32,
    "EfficientNetV2B0": 32,
    "DenseNet121": 32,
    "NASNetMobile": 32,
    "ResNet50": 32,
    "ResNet50V2": 32,
    "VGG16": 32,
    "Xception": 71,
    "InceptionV3": 75,
    "InceptionResNetV2": 75,
    "ConvNeXtTiny": 32,
}


def randomise(model, rng: np.random.Generator) -> None:
    """Statistics and shifts as training leaves them; the other weights stay as they were drawn."""
    for variable in model.variables:
        name = variable.path.split("/")[-1]
        shape = tuple(variable.shape)
        if name in ("moving_mean", "beta", "bias", "mean"):
            variable.assign(rng.normal(0, 0.1, shape).astype(np.float32))
        elif name in ("moving_variance", "gamma", "variance"):
            variable.assign(rng.uniform(0.5, 1.5, shape).astype(np.float32))
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def every_layer(model, prefix: str = "") -> dict:
    """Tensors by the names that layerscope gives them: those of models inside behind the model's."""
    named = {}
    for layer in model.layers:
        if isinstance(layer, keras.Sequential | keras.Model):
            continue
        if type(layer).__name__ != "InputLayer":
            named[prefix + layer.name] = layer.output
    for operation in model.operations:  # `x + 3` is no layer
        if not isinstance(operation, keras.layers.Layer):
            named[prefix + operation.name] = operation.output
    return named


def write(name: str, size: int, out: Path) -> None:
    """One network in both containers."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    rng = np.random.default_rng(7)
    model = getattr(keras.applications, name)(weights=None, classes=10, input_shape=(size, size, 3))
    randomise(model, rng)
    batch = rng.uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
    if name.startswith(("MobileNetV3", "EfficientNet", "ConvNeXt")):
        batch = ((batch + 1) * 127.5).astype(np.float32)  # they rescale by themselves
    named = every_layer(model)
    values = keras.Model(model.inputs, list(named.values()))(batch, training=False)
    arrays = {"input": batch}
    for key, value in zip(named, values, strict=True):
        arrays[key] = np.asarray(value)
    for suffix in ("keras", "h5"):
        stem = out / f"{name}_{suffix}"
        model.save(stem.with_suffix(f".{suffix}"))
        if suffix == "keras":
            np.savez(stem.with_suffix(".npz"), **arrays)
        else:
            shutil.copy(out / f"{name}_keras.npz", stem.with_suffix(".npz"))
    print(f"{name}: {model.count_params():,} parameters, {len(named)} layers")


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="output folder, some gigabytes")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=NETWORKS, help="write these only")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name, size in NETWORKS.items():
        if args.only is None or name in args.only:
            write(name, size, args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
