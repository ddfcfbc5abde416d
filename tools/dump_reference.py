"""Writes what a framework computes for some inputs, layer by layer, so that layerscope can be held against it.

    python dump_reference.py model.h5 dump.npz                        Keras (.h5, .keras)
    python dump_reference.py model.onnx dump.npz                      ONNX Runtime, every tensor that it can hand out
    python dump_reference.py module:function dump.npz --input 3,32,32 PyTorch: a function that returns the module

    layerscope check config.toml --reference dump.npz

The archive has `input`, `output` (before a final softmax where the framework shows it, else after; the highest counts), and an array
`layer/NAME` for each layer (ONNX: for each tensor, in its own order of axes); `channels_first` where channels come before positions.
Inputs are noise with a fixed seed unless `--images` names an .npy of preprocessed images.
"""

import argparse
import importlib

import numpy as np


def inputs(arguments, shape):
    if arguments.images:
        return np.load(arguments.images).astype(np.float32)
    random = np.random.default_rng(20240611)
    return random.uniform(arguments.low, arguments.high, size=(arguments.samples, *shape)).astype(np.float32)


def keras(arguments):
    if arguments.keras2:
        import tf_keras as keras
    else:
        import keras
    model = keras.models.load_model(arguments.model, compile=False)
    images = inputs(arguments, model.input_shape[1:])
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    outputs = [layer.output for layer in layers]
    values = keras.Model(model.inputs, outputs).predict(images, verbose=0)
    if len(layers) == 1:
        values = [values]
    arrays = {f"layer/{layer.name}": value for layer, value in zip(layers, values)}
    return arrays | {"input": images, "output": model.predict(images, verbose=0)}


def onnx(arguments):
    import onnx
    import onnxruntime

    model = onnx.load(arguments.model)
    weights = {weight.name for weight in model.graph.initializer}
    entry = next(value for value in model.graph.input if value.name not in weights)
    batch, *shape = [dimension.dim_value for dimension in entry.type.tensor_type.shape.dim]
    # A model may fix how many images it takes at a time.
    arguments.samples = batch or arguments.samples
    images = inputs(arguments, shape)
    answer = model.graph.output[0].name
    made = {tensor for node in model.graph.node for tensor in node.output}
    known = {value.name for value in model.graph.output}
    inferred = onnx.shape_inference.infer_shapes(model)
    for value in inferred.graph.value_info:
        if value.name in made and value.name not in known:
            model.graph.output.append(value)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    values = dict(zip(names, session.run(names, {entry.name: images})))
    arrays = {"input": images, "output": values[answer], "channels_first": np.array(1, np.uint8)}
    for name, value in values.items():
        # The batch may stand anywhere; what is not computed from it says nothing of a layer.
        if value.dtype.kind == "f" and value.ndim >= 2 and value.size % len(images) == 0:
            arrays[f"layer/{name}"] = value.astype(np.float32)
    return arrays


def torch(arguments):
    import torch

    module, _, function = arguments.model.partition(":")
    network = getattr(importlib.import_module(module), function)().eval()
    images = inputs(arguments, [int(side) for side in arguments.input.split(",")])
    arrays = {"input": images, "channels_first": np.array(1, np.uint8)}

    def keep(name):
        def hook(_module, _inputs, output):
            if not isinstance(output, torch.Tensor):
                return
            # A module that is used again is called `relu_1`, as exporters do. A copy, for activations may work in place.
            key, uses = f"layer/{name}", 0
            while key in arrays:
                uses += 1
                key = f"layer/{name}_{uses}"
            arrays[key] = output.detach().clone().numpy()
        return hook

    for name, part in network.named_modules():
        if name and not list(part.children()):
            part.register_forward_hook(keep(name))
    with torch.no_grad():
        arrays["output"] = network(torch.from_numpy(images)).numpy()
    return arrays


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--low", type=float, default=0.0, help="of the noise")
    parser.add_argument("--high", type=float, default=1.0)
    parser.add_argument("--images", help="an .npy of preprocessed images instead of noise")
    parser.add_argument("--input", help="PyTorch: the shape of one input, such as 3,224,224")
    parser.add_argument("--keras2", action="store_true", help="load with tf_keras")
    arguments = parser.parse_args()
    if arguments.model.endswith(".onnx"):
        arrays = onnx(arguments)
    elif arguments.model.endswith((".h5", ".keras")):
        arrays = keras(arguments)
    else:
        arrays = torch(arguments)
    np.savez_compressed(arguments.out, **arrays)


if __name__ == "__main__":
    main()
