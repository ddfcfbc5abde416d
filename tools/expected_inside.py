#!/usr/bin/env python3
"""What scipy, networkx, scikit-learn, numpy and WeightWatcher say of a network's insides.

Writes tests/oracles/inside_expected.json. Every section is a function here; `clusters` takes the
confusion matrix of the demo model from demo_expected.json, and random ones without ties.
"""

from __future__ import annotations

import json
from pathlib import Path

import networkx
import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

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


def main() -> None:
    expected = {"clusters": clusters()}
    path = ORACLES / "inside_expected.json"
    path.write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
