#!/usr/bin/env python3
"""Export models to ONNX and write down what ONNX Runtime computes with them.

  cases          tests/oracles/onnx/: small models by both exporters of PyTorch
                 and by tf2onnx, opset 7 to the newest, with every tensor
  nodes          tests/oracles/onnx/nodes.npz: ONNX's own tests of its operators
  torchvision    into a folder of yours: every classifier of torchvision

Each `<case>.npz` holds float32 arrays: `input` and the tensors of the graph
under their names, in ONNX's order of axes.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez(path, **arrays)


# Operators that only look at a tensor in another way: what they read is in the file.
SAME_VALUES = {"Reshape", "Transpose", "Unsqueeze", "Squeeze", "Identity", "Flatten", "Cast", "Dropout"}


def image_input(model: onnx.ModelProto) -> onnx.ValueInfoProto:
    weights = {tensor.name for tensor in model.graph.initializer}
    return next(value for value in model.graph.input if value.name not in weights)


def dump(path: Path, samples: int = 2) -> None:
    """Write the .npz beside a model: every float tensor of its graph for random images."""
    model = onnx.load(path)
    image = image_input(model)
    shape = [dimension.dim_value for dimension in image.type.tensor_type.shape.dim]
    shape[0] = shape[0] or samples
    known = {output.name for output in model.graph.output}
    moved = {name for node in model.graph.node if node.op_type in SAME_VALUES for name in node.output} - known
    for node in model.graph.node:
        for name in node.output:
            if name and name not in known:
                model.graph.output.append(onnx.ValueInfoProto(name=name))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    pixels = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    names = [output.name for output in session.get_outputs()]
    arrays = {"input": pixels}
    for name, value in zip(names, session.run(names, {image.name: pixels})):
        if isinstance(value, np.ndarray) and value.dtype == np.float32 and value.size > 1 and name not in moved:
            arrays[name] = value
    write(path.with_suffix(".npz"), arrays)


def export(model, path: Path, exporter: str, opset: int, batch: int | None, side: int, external: bool = False) -> None:
    """Export a PyTorch model for square images."""
    import torch

    model.eval()
    images = torch.randn(batch or 2, 3, side, side)
    if exporter == "dynamo":
        dynamic = ({0: torch.export.Dim("batch")},) if batch is None else None
        torch.onnx.export(
            model, (images,), str(path), dynamo=True, opset_version=opset, input_names=["image"], output_names=["scores"],
            dynamic_shapes=dynamic, external_data=external, verbose=False,
        )
    else:
        axes = {"image": {0: "batch"}, "scores": {0: "batch"}} if batch is None else None
        torch.onnx.export(
            model, (images,), str(path), dynamo=False, opset_version=opset, input_names=["image"], output_names=["scores"],
            dynamic_axes=axes, training=torch.onnx.TrainingMode.PRESERVE,
        )


def write_cases(out: Path, only: list[str] | None) -> None:
    import torch

    import onnx_cases

    out.mkdir(parents=True, exist_ok=True)
    for name, _, make, exporter, opset, batch in onnx_cases.CASES:
        if only and name not in only:
            continue
        torch.manual_seed(1)
        path = out / f"{name}.onnx"
        try:
            export(randomized(make()), path, exporter, opset, batch, 8 if name.startswith("swin") else 16)
        except Exception as error:  # an exporter that does not know a module of this case
            print(f"{name}: {str(error).splitlines()[0][:150]}", file=sys.stderr)
            continue
        strip(path)
        dump(path)
    write_readme(out)
    if not only or "external" in only:
        write_external(out)
    if not only or "keras" in only:
        write_keras(out)


def randomized(model):
    """Statistics of batch normalisations that are not 0 and 1."""
    import torch

    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.normal_(module.weight)
            torch.nn.init.normal_(module.bias)
    return model


def strip(path: Path) -> None:
    """Leave out stack traces and shapes that nothing reads: they are most of a small file."""
    model = onnx.load(path)
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.doc_string = ""
        kept = [entry for entry in node.metadata_props if entry.key == "pkg.torch.onnx.name_scopes"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    for part in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        del part.metadata_props[:]
    del model.graph.metadata_props[:]
    onnx.save(model, path)


README = """\
# ONNX oracles

Made by `tools/make_onnx_oracles.py`; nothing here is written by hand. Versions: {versions}.

`<case>.onnx` is a model with random weights, `<case>.npz` what ONNX Runtime computes with it: `input` and the
tensors of the graph under their names, in ONNX's order of axes.

| Case | What it covers | Exporter | Operator set |
|---|---|---|---|
{rows}
| `external` | the branches once more, weights in another file, class names in the metadata | older | 17 |
| `keras_tf2onnx` | a Keras model, channels last | tf2onnx | 17 |

`nodes.npz` holds ONNX's own tests of the operators in `docs/onnx.md`, as far as they are small:
`<operator>/<test>/<way>/model` (the file's bytes), `…/input` and `…/output/<tensor>`. `batch` takes the first axis
of the tensors as the batch, `sample` is one sample with all axes.
"""


def write_readme(out: Path) -> None:
    import importlib.metadata

    import onnx_cases

    packages = ["torch", "torchvision", "onnx", "onnxscript", "onnxruntime", "tf2onnx", "keras"]
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)
    exporters = {"script": "older", "dynamo": "newer"}
    rows = [f"| `{name}` | {what} | {exporters[exporter]} | {opset} |" for name, what, _, exporter, opset, _ in onnx_cases.CASES]
    (out / "README.md").write_text(README.format(versions=versions, rows="\n".join(rows)), encoding="utf-8")


def write_external(out: Path) -> None:
    """A model with its weights in another file, and the names of its classes."""
    import torch

    import onnx_cases

    torch.manual_seed(1)
    path = out / "external.onnx"
    export(randomized(onnx_cases.Branches()), path, "script", 17, None, 16)
    strip(path)
    model = onnx.load(path)
    entry = model.metadata_props.add()
    entry.key, entry.value = "names", "{0: 'cat', 1: 'dog', 2: \"guinea pig\", 3: 'horse', 4: 'owl'}"
    (out / "external.data").unlink(missing_ok=True)
    onnx.save(model, path, save_as_external_data=True, location="external.data", size_threshold=256)
    dump(path)


def write_keras(out: Path) -> None:
    """A Keras model with channels last, by tf2onnx."""
    import keras
    import tensorflow as tf
    import tf2onnx

    keras.utils.set_random_seed(1)
    inputs = keras.Input((16, 16, 3), name="image")
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="conv_1")(inputs)
    x = keras.layers.BatchNormalization(name="norm_1")(x)
    x = keras.layers.DepthwiseConv2D(3, padding="same", activation="relu6", name="depthwise_1")(x)
    y = keras.layers.SeparableConv2D(8, 3, padding="same", name="separable_1")(x)
    x = keras.layers.Add(name="add_1")([x, y])
    x = keras.layers.MaxPooling2D(name="pool_1")(x)
    x = keras.layers.Concatenate(name="concatenate_1")([x, keras.layers.AveragePooling2D(3, 1, "same")(x)])
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(7, activation="silu", name="dense_1")(x)
    x = keras.layers.Dense(5, activation="softmax", name="dense_2")(x)
    model = keras.Model(inputs, x)
    norm = model.get_layer("norm_1")
    norm.set_weights([np.random.default_rng(1).uniform(0.5, 2, weight.shape) for weight in norm.get_weights()])
    function = tf.function(lambda image: model(image, training=False))
    signature = [tf.TensorSpec((None, 16, 16, 3), tf.float32, name="image")]
    path = out / "keras_tf2onnx.onnx"
    tf2onnx.convert.from_function(function, signature, opset=17, output_path=str(path))
    strip(path)
    dump(path)


def write_torchvision(out: Path, only: list[str] | None) -> None:
    import torch

    import onnx_cases

    out.mkdir(parents=True, exist_ok=True)
    for name, side in onnx_cases.TORCHVISION.items():
        if only and name not in only:
            continue
        for exporter, opset in (("script", 17), ("dynamo", 20)):
            torch.manual_seed(1)
            path = out / f"{name}_{exporter}.onnx"
            try:
                export(onnx_cases.torchvision_model(name), path, exporter, opset, None, side)
                dump(path)
                print(f"{path.name}: written", flush=True)
            except Exception as error:
                print(f"{path.name}: {str(error).splitlines()[0][:150]}", file=sys.stderr, flush=True)


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["cases", "nodes", "torchvision"])
    parser.add_argument("--out", type=Path, help="output folder")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="write these, leave the rest")
    parser.add_argument("--all", action="store_true", help="nodes: also the large ones")
    args = parser.parse_args()
    out = args.out or Path("tests/oracles/onnx")
    if args.what == "cases":
        write_cases(out, args.only)
    elif args.what == "nodes":
        import onnx_node_tests

        onnx_node_tests.write(out, args.all)
    elif args.out is None:
        parser.error("torchvision needs --out, a folder outside of the repository (about 4 GB)")
    else:
        write_torchvision(out, args.only)
    return 0


if __name__ == "__main__":
    sys.exit(main())
