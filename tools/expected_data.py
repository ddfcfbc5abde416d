#!/usr/bin/env python3
"""What scipy, statsmodels, pandas, scikit-learn and imagehash say of slices, features and duplicates.

Writes tests/oracles/data_expected.json: of small made inputs (the same in the
tests), and of the demo model on the whole test set, with features by Keras.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import imagehash
import numpy as np
import pandas as pd
from cleanvision.issue_managers import image_property as cleanvision
from PIL import Image
from scipy import ndimage
from scipy.spatial.distance import cdist
from scipy.stats import hypergeom
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from statsmodels.stats.multitest import multipletests

from expected_appearance import noise

HASH_BITS = 4
BRIGHTNESS = 0.1
PLAIN = 3.0


def rows(seed: int, samples: int, width: int) -> np.ndarray:
    """Multiples of 1/64 in three heaps; `src/analysis/features/tests.rs` makes the same."""
    values = noise(seed, samples * width).reshape(samples, width).astype(float) / 64
    values += (np.arange(samples) % 3)[:, None] * 3.0
    values *= 1 + (np.arange(width) % 4)[None, :]
    return values


def features_case(seed: int, samples: int, width: int, clusters: int) -> dict:
    x = rows(seed, samples, width)
    means = KMeans(clusters, init=x[:clusters], n_init=1, algorithm="lloyd", tol=0, max_iter=50).fit(x)
    pca = PCA(2, svd_solver="full").fit(x)
    scores, axes = pca.transform(x), pca.components_
    for axis in range(2):
        if axes[axis, np.argmax(np.abs(axes[axis]))] < 0:
            scores[:, axis] *= -1
    distances = cdist(x, x)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :8]
    return {
        "seed": seed,
        "samples": samples,
        "width": width,
        "clusters": clusters,
        "labels": means.labels_.tolist(),
        "centres": means.cluster_centers_.tolist(),
        "explained": pca.explained_variance_ratio_.tolist(),
        "scores": scores[:10].tolist(),
        "nearest": nearest[:10].tolist(),
        "nearest_distances": np.take_along_axis(distances, nearest, 1)[:10].tolist(),
    }


def tails() -> list[dict]:
    cases = [
        (10_000, 2_400, 2_000, 600), (10_000, 2_400, 2_000, 480), (10_000, 2_400, 2_000, 400), (10_000, 2_400, 2_000, 900),
        (10, 3, 5, 3), (10, 3, 5, 0), (10, 9, 5, 4), (10, 9, 5, 5), (1, 1, 1, 1), (5, 0, 2, 0), (5, 5, 2, 2), (1000, 1, 500, 1),
        (100_000, 20_000, 20_000, 4_300),
    ]
    return [
        {"all": a, "wrong": w, "drawn": d, "drawn_wrong": k, "p": float(hypergeom.sf(k - 1, a, w, d))} for a, w, d, k in cases
    ]


def holms() -> list[dict]:
    cases = [[0.01, 0.04, 0.03, 0.5], [0.2], [1e-9, 1e-9, 0.9, 1.0], [0.5, 0.5, 0.5], [0.001, 0.2, 0.0005, 0.04, 0.04]]
    return [{"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()} for p in cases]


def cuts() -> list[dict]:
    cases = [
        (noise(5, 100).astype(float)).tolist(), [1.0] * 10, [1.0] * 9 + [2.0], list(map(float, range(7))), [3.0],
        [0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 5.0, 9.0, 9.0, 9.0],
    ]
    found = []
    for values in cases:
        codes, edges = pd.qcut(values, 5, labels=False, retbins=True, duplicates="drop")
        # With one edge or two there is nothing to cut.
        parts = [] if len(edges) < 3 else np.bincount(codes, minlength=len(edges) - 1).tolist()
        found.append({"values": values, "counts": parts, "edges": np.asarray(edges).tolist()})
    return found


def appearance(image: Image.Image) -> dict:
    grey = image.convert("L")
    tones = np.asarray(grey, float)
    brightness = cleanvision.BrightnessProperty("dark").calculate(image)
    return {
        "brightness": brightness["brightness"],
        "dark": brightness["brightness_perc_99"],
        "bright": brightness["brightness_perc_5"],
        "contrast": float(tones.std() / 255),
        "sharpness": float(ndimage.laplace(tones, mode="mirror").var()),
        "entropy": grey.entropy(),
        **cleanvision.BlurrinessProperty().calculate(image),
    }


def slices(values: pd.Series, wrong: np.ndarray) -> list[dict]:
    codes = pd.qcut(values, 5, labels=False, duplicates="drop").to_numpy()
    found = []
    for part in range(codes.max() + 1):
        inside = codes == part
        count, mistakes = int(inside.sum()), int(wrong[inside].sum())
        found.append({"count": count, "wrong": mistakes, "p": float(hypergeom.sf(mistakes - 1, len(wrong), wrong.sum(), count))})
    return found


def alike(hashes: np.ndarray, looks: pd.DataFrame) -> list[list[int]]:
    """Pairs of images that look alike, by comparing all with all."""
    bits = np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1).astype(np.float32)
    sums = bits.sum(1)
    brightness, rich = looks["brightness"].to_numpy(), (looks["entropy"] >= PLAIN).to_numpy()
    pairs = []
    for start in range(0, len(bits), 1000):
        block = bits[start : start + 1000]
        apart = sums[start : start + 1000, None] + sums[None] - 2 * block @ bits.T
        fits = np.abs(brightness[start : start + 1000, None] - brightness[None]) <= BRIGHTNESS
        fits &= rich[start : start + 1000, None] & rich[None]
        for a, b in np.argwhere((apart <= HASH_BITS) & fits):
            if start + a < b:
                pairs.append([int(start + a), int(b)])
    return sorted(pairs)


def demo(data: Path, model_path: Path) -> dict:
    import keras

    sheet = Image.open(data / "tiles.webp").convert("RGB")
    columns, labels = sheet.width // 32, (data / "labels.txt").read_text().split()
    tiles = [
        sheet.crop((i % columns * 32, i // columns * 32, i % columns * 32 + 32, i // columns * 32 + 32)) for i in range(len(labels))
    ]
    classes = (data / "classes.txt").read_text().split()
    truth = np.array([int(label) if label.isdigit() else classes.index(label) for label in labels])
    x = np.stack([np.asarray(tile) for tile in tiles]).astype(np.float32) / np.float32(255)
    model = keras.models.load_model(model_path)
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)][-1]
    inner = keras.Model(model.inputs, [dense.input, model.outputs[0]])
    features, p = (np.concatenate(part) for part in zip(*[map(np.asarray, inner(x[i : i + 500])) for i in range(0, len(x), 500)]))
    wrong = p.argmax(1) != truth
    looks = pd.DataFrame([appearance(tile) for tile in tiles])
    blur = cleanvision.BlurrinessProperty()
    score = blur.get_scores(looks, "blurry", normalizing_factor=0.01, color_threshold=0.18).iloc[:, 0]
    hashes = np.array([int(str(imagehash.phash(tile)), 16) for tile in tiles], np.uint64)
    pca = PCA(2, svd_solver="full").fit(features.astype(float))
    asked = np.flatnonzero(wrong)[:20]
    distances = cdist(features[asked].astype(float), features.astype(float))
    distances[np.arange(len(asked)), asked] = np.inf
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :8]
    return {
        "wrong": int(wrong.sum()),
        "slices": {key: slices(looks[key], wrong) for key in ("brightness", "contrast", "sharpness", "entropy")},
        "odd": {
            "dark": np.flatnonzero(looks["dark"] < 0.32).tolist(),
            "bright": np.flatnonzero(1 - looks["bright"] < 0.05).tolist(),
            "blurred": np.flatnonzero(score < 0.29).tolist(),
            "low_information": np.flatnonzero(looks["entropy"] < PLAIN).tolist(),
        },
        "alike": alike(hashes, looks),
        "explained": pca.explained_variance_ratio_.tolist(),
        "asked": asked.tolist(),
        "nearest": nearest.tolist(),
        "nearest_distances": np.round(np.take_along_axis(distances, nearest, 1), 7).tolist(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/cifar10"))
    parser.add_argument("--model", type=Path, default=Path("data/models/cifar10_cnn.h5"))
    parser.add_argument("--out", type=Path, default=Path("tests/oracles/data_expected.json"))
    arguments = parser.parse_args()
    expected = {
        "tails": tails(),
        "holm": holms(),
        "cuts": cuts(),
        "features": [features_case(1, 60, 5, 3), features_case(2, 200, 16, 6), features_case(3, 9, 2, 2)],
        "demo": demo(arguments.data, arguments.model),
    }
    arguments.out.write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
