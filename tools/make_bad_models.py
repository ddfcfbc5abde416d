"""Damaged and unsupported model files for the tests of error messages."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import h5py
import keras
import numpy as np

import oracle_cases

DESCRIPTIONS = {
    "unknown_layer.h5": "holds an `EinsumDense` layer",
    "lambda_layer.h5": "holds a `Lambda` layer (Python byte code)",
    "wrong_shape.h5": "the kernel of `conv` has 4 filters, the config says 3",
    "missing_weights.h5": "the kernel of `dense` is deleted",
    "nan_weights.h5": "one weight of `conv` is NaN, one of `dense` is infinite",
    "no_config.h5": "weights only, no `model_config`",
    "truncated.h5": "a good file cut in the middle",
    "not_hdf5.h5": "plain text",
    "empty.h5": "no bytes at all",
}


def save_good(path: Path) -> None:
    """A small, sound model."""
    chain = oracle_cases.Chain(keras, "bad", (4, 4, 3))
    chain.add("Conv2D", 3, 3, name="conv").add("Flatten", name="flatten")
    chain.add("Dense", 4, activation="softmax", name="dense")
    chain.model.save(path, include_optimizer=False)


def find(file: h5py.File, layer: str, name: str) -> str:
    """The path of a layer's dataset."""
    found = []
    group = file["model_weights"][layer]
    group.visititems(lambda _, item: found.append(item.name)
                     if isinstance(item, h5py.Dataset) and item.name.endswith("/" + name) else None)
    if len(found) != 1:
        raise SystemExit(f"{layer}/{name}: {len(found)} datasets found, one expected")
    return found[0]


def save_with_layer(path: Path, kind: str, *args, **kwargs) -> None:
    """A small model with one layer of the given kind in its middle."""
    chain = oracle_cases.Chain(keras, "bad", (4, 4, 3))
    chain.add(kind, *args, **kwargs)
    chain.classify()
    chain.model.save(path, include_optimizer=False)


def wrong_shape(path: Path) -> None:
    """Replace a kernel by one that does not fit the config."""
    save_good(path)
    with h5py.File(path, "r+") as file:
        name = find(file, "conv", "kernel")
        del file[name]
        file[name] = np.full((3, 3, 3, 4), 0.1, np.float32)


def missing_weights(path: Path) -> None:
    """Delete a kernel; its name stays in `weight_names`."""
    save_good(path)
    with h5py.File(path, "r+") as file:
        del file[find(file, "dense", "kernel")]


def nan_weights(path: Path) -> None:
    """Put a NaN and an infinity among the weights."""
    save_good(path)
    with h5py.File(path, "r+") as file:
        file[find(file, "conv", "kernel")][1, 1, 0, 0] = np.nan
        file[find(file, "dense", "kernel")][0, 0] = np.inf


def no_config(path: Path) -> None:
    """A file as `save_weights` wrote it: the layer groups at the root."""
    save_good(path)
    with h5py.File(path, "r+") as file:
        weights = file["model_weights"]
        for key, value in weights.attrs.items():
            file.attrs[key] = value
        for key in list(weights):
            file.move(f"model_weights/{key}", key)
        del file["model_weights"]
        del file.attrs["model_config"]


def truncated(path: Path) -> None:
    """The first half of a good file."""
    save_good(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def write_all(out: Path) -> dict[str, str]:
    """Write every file; returns what is wrong with each."""
    save_with_layer(out / "unknown_layer.h5", "EinsumDense", "nhwc,cd->nhwd", (4, 4, 3), name="einsum")
    # Compiled by hand: the byte code holds the name of its source file.
    twice = eval(compile("lambda x: x * 2", "twice.py", "eval"))
    save_with_layer(out / "lambda_layer.h5", "Lambda", twice, name="twice")
    wrong_shape(out / "wrong_shape.h5")
    missing_weights(out / "missing_weights.h5")
    nan_weights(out / "nan_weights.h5")
    no_config(out / "no_config.h5")
    truncated(out / "truncated.h5")
    (out / "not_hdf5.h5").write_text("This is not an HDF5 file.\n")
    (out / "empty.h5").write_bytes(b"")
    return DESCRIPTIONS
