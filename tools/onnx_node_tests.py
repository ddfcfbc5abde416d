"""ONNX's own tests of its operators as models that layerscope can read.

Such a test computes one node from several tensors. Here the ones that stand for a layer come out of one
input, cut into parts; the others become constants. The input is once a batch (the first axis of the
tensors) and once a single sample with all axes; what cannot be said in one way may be in the other.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Operators all of whose float inputs are layers; of others only the first is.
ALL_INPUTS = {"Add", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Sum", "Concat", "MatMul", "Einsum"}
# Inputs and outputs with more values are for the full run.
SMALL = 700


def claimed() -> set[str]:
    """The operators in the table of docs/onnx.md."""
    text = Path("docs/onnx.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def collect():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        return collect_testcases(None)


def rounded(arrays):
    """Double precision, in which some tests are written, as single."""
    double = lambda array: isinstance(array, np.ndarray) and array.dtype == np.float64
    return [array.astype(np.float32) if double(array) else array for array in arrays]


def wrapped(case, batched: bool):
    """The model, its input, and the expected outputs; None where it cannot be said in this way."""
    graph = case.model.graph
    if len(graph.node) != 1:
        return None
    node = graph.node[0]
    given, expected = (rounded(arrays) for arrays in case.data_sets[0])
    tensors = {value.name: array for value, array in zip(graph.input, given) if isinstance(array, np.ndarray)}
    names = [name for name in node.input if name in tensors]
    if not names or any(not isinstance(array, np.ndarray) for array in given):
        return None
    floats = [name for name in names if tensors[name].dtype == np.float32 and tensors[name].size > 0]
    layers = list(dict.fromkeys(floats if node.op_type in ALL_INPUTS else floats[:1]))
    if not layers or layers[0] != names[0] and node.op_type not in ALL_INPUTS:
        return None
    samples = 1
    if batched:
        if any(tensors[name].ndim < 2 for name in layers):
            return None
        if len({tensors[name].shape[0] for name in layers}) != 1:
            return None
        samples = tensors[layers[0]].shape[0]
    pixels = np.concatenate([tensors[name].reshape(samples, -1) for name in layers], axis=1)
    if pixels.shape[1] < 1:
        return None
    return build(case, node, tensors, layers, pixels, expected, batched)


def build(case, node, tensors, layers, pixels, expected, batched):
    opset = next(entry.version for entry in case.model.opset_import if entry.domain in ("", "ai.onnx"))
    nodes, weights, start = [], [], 0

    def constant(name, values):
        weights.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    for name in layers:
        shape = tensors[name].shape
        width = tensors[name].size // pixels.shape[0]
        target = [-1, *shape[1:]] if batched else list(shape)
        part = "all" if len(layers) == 1 else f"{name}_part"
        if len(layers) > 1 and opset >= 10:
            places = [constant(f"{name}_{what}", [value]) for what, value in (("from", start), ("to", start + width), ("axis", 1))]
            nodes.append(helper.make_node("Slice", ["all", *places], [part]))
        elif len(layers) > 1:
            nodes.append(helper.make_node("Slice", ["all"], [part], starts=[start], ends=[start + width], axes=[1]))
        nodes.append(helper.make_node("Reshape", [part, constant(f"{name}_shape", target)], [name]))
        start += width
    nodes.append(node)
    weights += [numpy_helper.from_array(array, name) for name, array in tensors.items() if name not in layers]
    batch = "batch" if batched else 1
    image = helper.make_tensor_value_info("all", TensorProto.FLOAT, [batch, pixels.shape[1]])
    floats = [
        (name, array)
        for name, array in zip([value.name for value in case.model.graph.output], expected)
        if isinstance(array, np.ndarray) and array.dtype == np.float32
    ][:1]
    if not floats or floats[0][0] != node.output[0]:
        return None
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name, _ in floats]
    graph = helper.make_graph(nodes, case.name, [image], outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return model, pixels, dict(floats)


def write(out: Path, everything: bool) -> None:
    """Write `nodes.npz`: for each test and way the model as bytes, the input, the expected output."""
    operators = claimed()
    arrays, seen = {}, set()
    for case in collect():
        if len(case.model.graph.node) != 1 or case.model.graph.node[0].op_type not in operators:
            continue
        if case.name in seen:
            continue
        seen.add(case.name)
        for way in ("batch", "sample"):
            try:
                found = wrapped(case, way == "batch")
            except (ValueError, StopIteration):
                found = None
            if found is None:
                continue
            model, pixels, outputs = found
            size = pixels.size + sum(array.size for array in outputs.values()) + len(model.SerializeToString()) // 4
            if size > SMALL and not everything:
                continue
            key = f"{case.model.graph.node[0].op_type}/{case.name}/{way}"
            arrays[f"{key}/model"] = np.frombuffer(model.SerializeToString(), np.uint8)
            arrays[f"{key}/input"] = np.ascontiguousarray(pixels)
            for name, array in outputs.items():
                arrays[f"{key}/output/{name}"] = np.ascontiguousarray(array)
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / "nodes.npz", **arrays)
    print(f"{len(arrays)} arrays of {len({key.split('/')[1] for key in arrays})} tests")
