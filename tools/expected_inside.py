#!/usr/bin/env python3
"""What scipy, networkx, scikit-learn, numpy and WeightWatcher say of a network's insides.

Writes tests/oracles/inside_expected.json. Every section is a function here; `clusters` takes the
confusion matrix of the demo model from demo_expected.json, and random ones without ties; the others
take the activations and weights of the demo model from Keras, and small random ones that stand in the file.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import networkx
import numpy as np
import torch
import weightwatcher
from make_cifar10 import untile
from PIL import Image
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from weightwatcher.WW_powerlaw import pl_fit

Image.MAX_IMAGE_PIXELS = None

ORACLES = Path(__file__).resolve().parent.parent / "tests" / "oracles"


def matrices() -> dict[str, np.ndarray]:
    """Name: confusion matrix, rows the truth."""
    random = np.random.default_rng(11)
    found = {"demo": np.array(json.loads((ORACLES / "demo_expected.json").read_text())["confusion"])}
    for classes in (2, 3, 5, 12, 40):
        # Large, so that no two pairs of classes are equally far apart.
        found[f"random_{classes}"] = random.integers(0, 10_000, (classes, classes)) + 200_000 * np.eye(classes, dtype=int)
    blocks = np.kron(np.eye(4, dtype=int), np.ones((3, 3), int))
    found["blocks"] = blocks * 3000 + random.integers(0, 500, (12, 12)) + 50_000 * np.eye(12, dtype=int)
    found["empty_class"] = found["random_5"].copy()
    found["empty_class"][2] = 0
    return found


def cut(matrix: np.ndarray, linkage: np.ndarray) -> tuple[list, float]:
    """The cut of the tree with the highest modularity, by networkx."""
    classes = len(matrix)
    off = matrix * (1 - np.eye(classes, dtype=int))
    graph = networkx.Graph()
    graph.add_nodes_from(range(classes))
    graph.add_weighted_edges_from((a, b, int(off[a, b] + off[b, a])) for a in range(classes) for b in range(a + 1, classes))
    best = (-1.0, [])
    for groups in range(1, classes + 1):
        members = hierarchy.fcluster(linkage, groups, criterion="maxclust")
        found = [np.flatnonzero(members == group).tolist() for group in np.unique(members)]
        value = networkx.community.modularity(graph, found)
        if value > best[0] + 1e-12:
            best = (value, found)
    value, found = best
    return (sorted(found), value) if 1 < len(found) < classes else ([], None)


def orders(linkage: np.ndarray, cluster: int) -> list[list[int]]:
    """All orders of the leaves that turn the parts of clusters."""
    classes = len(linkage) + 1
    if cluster < classes:
        return [[cluster]]
    left, right = (orders(linkage, int(part)) for part in linkage[cluster - classes, :2])
    return [a + b for a in left for b in right] + [b + a for a in left for b in right]


def shortest(linkage: np.ndarray, condensed: np.ndarray, distances: np.ndarray) -> float:
    """The smallest sum of distances between neighbours: by trying all orders where they are few (scipy's
    order is not always the best), by scipy otherwise."""
    classes = len(distances)
    tried = orders(linkage, 2 * classes - 2) if classes <= 12 else [
        hierarchy.leaves_list(hierarchy.optimal_leaf_ordering(linkage, condensed)).tolist()]
    return min(float(sum(distances[a, b] for a, b in zip(order, order[1:]))) for order in tried)


def clusters() -> dict:
    """Average linkage, the length of the best leaf order, the best cut and the mistakes within it."""
    expected = {}
    for name, matrix in matrices().items():
        support = matrix.sum(1, keepdims=True)
        rates = np.divide(matrix, support, out=np.zeros(matrix.shape), where=support > 0)
        distances = 1 - (rates + rates.T) / 2
        np.fill_diagonal(distances, 0)
        condensed = squareform(distances, checks=False)
        linkage = hierarchy.linkage(condensed, "average")
        groups, modularity = cut(matrix, linkage)
        expected[name] = {
            "matrix": matrix.tolist(),
            "linkage": linkage.tolist(),
            "length": shortest(linkage, condensed, distances),
            "is_best": len(matrix) <= 12,
            "groups": groups,
            "modularity": modularity,
            "within": int(sum(matrix[np.ix_(group, group)].sum() - matrix[group, group].sum() for group in groups)),
        }
    return expected


def paired() -> list:
    """McNemar's exact test by statsmodels, and Agresti and Min's interval from its formula."""
    found = []
    for lost, gained, n in ((0, 0, 10), (5, 0, 100), (0, 9, 512), (12, 12, 64), (40, 13, 512), (300, 2, 512), (1, 2, 3)):
        b, c, m = lost + 0.5, gained + 0.5, n + 2
        change, half = (c - b) / m, 1.959963984540054 * np.sqrt(b + c - (c - b) ** 2 / m) / m
        found.append({
            "lost": lost, "gained": gained, "n": n, "low": max(change - half, -1), "high": min(change + half, 1),
            "p": float(mcnemar([[0, lost], [gained, 0]], exact=True).pvalue) if lost + gained else 1.0,
        })
    return found


def holm() -> dict:
    """Holm's correction by statsmodels."""
    p = [0.5, 0.001, 0.04, 0.0001, 1.0, 0.012, 0.012, 0.3]
    return {"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()}


def power_laws() -> list:
    """WeightWatcher's fit of eigenvalues that stand in the file; None where it would not fit."""
    random = np.random.default_rng(5)
    cases = [np.sort(random.pareto(1.5, count) + 0.1) for count in (8, 12, 19, 20, 64, 300)]
    cases.append(np.sort(np.concatenate([np.full(9, 1e-7), random.lognormal(0, 1, 40)])))
    cases.append(np.sort(random.random(7)))
    found = []
    for values in cases:
        fit = pl_fit(data=values[values > 1e-5]) if len(values) >= 8 else None
        found.append({"eigenvalues": values.tolist(), "fit": None if fit is None else {
            "alpha": fit.alpha, "sigma": fit.sigma, "lambda_min": fit.xmin, "distance": fit.D, "tail": len(fit.data)}})
    return found


def rounded(weights: np.ndarray, bits: int, axis: int | None) -> float:
    """Relative error of torch's fake quantisation, symmetric, with one scale or one a slice of the axis."""
    top = 2 ** (bits - 1) - 1
    w = torch.tensor(weights, dtype=torch.float32)
    if axis is None:
        q = torch.fake_quantize_per_tensor_affine(w, float(w.abs().max()) / top, 0, -top, top)
    else:
        scales = w.abs().amax(dim=tuple(d for d in range(w.dim()) if d != axis)) / top
        q = torch.fake_quantize_per_channel_affine(w, scales, torch.zeros(len(scales), dtype=torch.int32), axis, -top, top)
    return float((w - q).double().norm() / w.double().norm())


def spectra(model: keras.Model) -> list:
    """Singular values and ranks by numpy, the power law by WeightWatcher itself, errors of quantisation by torch."""
    logging.disable(logging.CRITICAL)
    details = weightwatcher.WeightWatcher(model=model).analyze(plot=False, randomize=False)
    found = []
    for layer in model.layers:
        if not layer.weights:
            continue
        kernel = layer.get_weights()[0]
        matrix = kernel.reshape(-1, kernel.shape[-1])
        values = np.linalg.svd(matrix.astype(float), compute_uv=False)
        share = values / values.sum()
        row = details[details.name == layer.name].iloc[0]
        found.append({
            "layer": layer.name,
            "largest": values[:3].tolist(), "smallest": float(values[-1]), "sum": float(values.sum()),
            "rank": int(np.linalg.matrix_rank(matrix)),
            "effective_rank": float(np.exp(-(share * np.log(share)).sum())),
            "stable_rank": float((values**2).sum() / values[0] ** 2),
            "alpha": row.alpha, "sigma": row.sigma, "distance": row.D, "lambda_min": row.xmin,
            "tail": int(row.num_pl_spikes), "eigenvalues": int(row.num_evals),
            "errors": [rounded(kernel, bits, axis) for axis in (None, kernel.ndim - 1) for bits in (8, 4)],
        })
    return found


def nearest(rows: np.ndarray, truth: np.ndarray, samples, refit: bool) -> list[int]:
    """The nearest class mean of each of these samples, itself left out of its own; by scikit-learn, fitted anew
    for each sample, or by the same arithmetic in numpy."""
    scaled = StandardScaler().fit_transform(rows.astype(float))
    # scikit-learn scales channels that do not vary by 1; they are 0 then.
    classes = np.unique(truth)
    found = []
    sums = {c: scaled[truth == c].sum(0) for c in classes}
    counts = {c: int((truth == c).sum()) for c in classes}
    for sample in samples:
        if refit:
            others = np.arange(len(rows)) != sample
            found.append(int(NearestCentroid().fit(scaled[others], truth[others]).predict(scaled[sample:sample + 1])[0]))
            continue
        x, own = scaled[sample], truth[sample]
        means = [(sums[c] - x) / (counts[c] - 1) if c == own else sums[c] / counts[c] for c in classes]
        found.append(int(classes[np.argmin([((x - mean) ** 2).sum() for mean in means])]))
    return found


def demo(model: keras.Model, images: np.ndarray, truth: np.ndarray) -> dict:
    """What the demo model does to the test set."""
    layers = [layer for layer in model.layers if layer.name not in ("flatten", "dropout")]
    watched = keras.Model(model.inputs, [layer.output for layer in layers])
    outputs = [[] for _ in layers]
    units, logits = [], []
    kernel, bias = model.layers[-1].get_weights()
    for start in range(0, len(images), 500):
        for place, output in enumerate(watched.predict(images[start:start + 500], verbose=0)):
            outputs[place].append(output.reshape(len(output), -1, output.shape[-1]).mean(1))
            if layers[place].name == "dense_0":
                units.append(output)
    units = np.concatenate(units).astype(float)
    logits = units @ kernel.astype(float) + bias.astype(float)
    guess = logits.argmax(1)
    wrong = np.flatnonzero(guess != truth)
    found = {"layers": [], "mistakes": wrong[:40].tolist()}
    for layer, rows in zip(layers, outputs):
        rows = np.concatenate(rows)
        means = np.array([rows[truth == c].mean(0, dtype=float) for c in range(10)])
        all_near = nearest(rows, truth, range(len(rows)), False)
        top = means.argmax(0)
        best = means.max(0)
        others = (means.sum(0) - best) / 9
        x = rows.astype(float)
        correlation = np.corrcoef(x[:, x.std(0) > 0].T)
        upper = correlation[np.triu_indices(len(correlation), 1)]
        with np.errstate(invalid="ignore", divide="ignore"):
            found["layers"].append({
                "layer": layer.name,
                "right": int((np.array(all_near) == truth).sum()),
                "nearest": [all_near[sample] for sample in wrong[:40]],
                "refitted": nearest(rows, truth, wrong[:3], True),
                "selectivity": [float(s) if np.isfinite(s) else None for s in (best - others) / (best + others)],
                "selective_for": top.tolist(),
                "sparseness": [float(s) if np.isfinite(s) else None for s in
                               (1 - x.mean(0) ** 2 / (x**2).mean(0)) / (1 - 1 / len(x))],
                "twins": int((upper >= 0.95).sum()),
                "largest_correlation": float(upper.max()) if len(upper) else None,
            })
    found["decision"] = []
    for sample in wrong[:20]:
        parts = (kernel[:, guess[sample]].astype(float) - kernel[:, truth[sample]]) * units[sample]
        order = np.argsort(-np.abs(parts), kind="stable")[:8]
        found["decision"].append({
            "sample": int(sample), "units": order.tolist(), "parts": parts[order].tolist(),
            "bias": float(bias[guess[sample]] - bias[truth[sample]]),
            "total": float(logits[sample, guess[sample]] - logits[sample, truth[sample]])})
    found["confusions"] = []
    for own, other in ((5, 3), (3, 5), (0, 8)):
        chosen = (truth == own) & (guess == other)
        parts = ((kernel[:, other].astype(float) - kernel[:, own]) * units[chosen]).mean(0)
        found["confusions"].append({"truth": own, "prediction": other, "largest": float(parts[np.abs(parts).argmax()]),
                                    "unit": int(np.abs(parts).argmax()),
                                    "total": float((logits[chosen, other] - logits[chosen, own]).mean())})
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    found["softmax"] = [[float(v) for v in p[truth == c].mean(0)] for c in range(10)]
    return found


def ablation(model: keras.Model, images: np.ndarray, truth: np.ndarray) -> dict:
    """Right answers by class with channels set to zero or to their mean, by Keras, on evenly spread samples."""
    count = 200
    chosen = np.arange(count) * len(images) // count
    found = {"samples": count, "cases": []}
    for name, channels in (("conv_0", (0, 9, 20)), ("conv_1", (3, 40)), ("conv_2", (0, 33, 60))):
        position = [layer.name for layer in model.layers].index(name)
        front = keras.Model(model.inputs, model.layers[position].output)
        inputs = keras.Input(front.output_shape[1:])
        x = inputs
        for layer in model.layers[position + 1:]:
            x = layer(x)
        back = keras.Model(inputs, x)
        means = np.mean([front.predict(images[start:start + 500], verbose=0).mean((0, 1, 2), dtype=float)
                         for start in range(0, len(images), 500)], axis=0)
        maps = front.predict(images[chosen], verbose=0)
        for channel in channels:
            for mode, value in (("zero", 0.0), ("mean", means[channel])):
                changed = maps.copy()
                changed[..., channel] = value
                guess = back.predict(changed, verbose=0).argmax(1)
                right = [int(((guess == truth[chosen]) & (truth[chosen] == c)).sum()) for c in range(10)]
                found["cases"].append({"layer": name, "channel": channel, "mode": mode, "right": right})
    return found


def tiles(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images in [0, 1] and labels of the test set."""
    sheet = Image.open(folder / "tiles.webp").convert("RGB")
    truth = np.array((folder / "labels.txt").read_text().split(), int)
    images = untile(np.asarray(sheet))[:len(truth)]
    return images.astype(np.float32) / np.float32(255), truth


def main() -> None:
    root = ORACLES.parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=root / "data" / "models" / "cifar10_cnn.h5")
    parser.add_argument("--data", type=Path, default=root / "data" / "cifar10")
    arguments = parser.parse_args()
    model = keras.saving.load_model(arguments.model)
    images, truth = tiles(arguments.data)
    expected = {
        "clusters": clusters(), "paired": paired(), "holm": holm(), "power_laws": power_laws(),
        "spectra": spectra(model), "demo": demo(model, images, truth), "ablation": ablation(model, images, truth),
    }
    path = ORACLES / "inside_expected.json"
    path.write_text(json.dumps(expected, separators=(",", ":"), allow_nan=False) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
