"""A network as data, read from an .h5 file of Keras: `Network`.

Keras 3 refuses models that Keras 2 saved, and every peer wants the same network in a form of its own.
So the file is read here, with h5py alone, and each peer builds its network from what was read.
"""

import json
from dataclasses import dataclass, field

import h5py
import numpy as np

# Layers that hand on what they get: their statistics are those of the layer before.
IDENTITIES = {"Dropout", "Flatten"}


@dataclass
class Layer:
    name: str
    kind: str
    config: dict
    inputs: list[str]
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    # Height, width, channels; or channels alone.
    shape: tuple[int, ...] = ()


@dataclass
class Network:
    layers: list[Layer]

    @property
    def input(self):
        return self.layers[0]

    @property
    def output(self):
        return self.layers[-1]

    def __getitem__(self, name):
        return next(layer for layer in self.layers if layer.name == name)

    def observed(self):
        """The layers whose statistics are counted."""
        return [layer for layer in self.layers if layer.kind not in IDENTITIES]


def pair(value):
    return tuple(value) if isinstance(value, (list, tuple)) else (value, value)


def padding(layer, source):
    """Rows and columns of padding: ((top, bottom), (left, right))."""
    config = layer.config
    if layer.kind == "ZeroPadding2D":
        return tuple(pair(edge) for edge in config["padding"])
    if config.get("padding", "valid") == "valid":
        return (0, 0), (0, 0)
    sizes = pair(config.get("kernel_size", config.get("pool_size")))
    dilations = pair(config.get("dilation_rate", 1))
    both = []
    for extent, size, stride, dilation in zip(source, sizes, strides(layer), dilations):
        reach = (size - 1) * dilation + 1
        total = max((-(-extent // stride) - 1) * stride + reach - extent, 0)
        both.append((total // 2, total - total // 2))
    return tuple(both)


def strides(layer):
    return pair(layer.config.get("strides") or layer.config.get("pool_size"))


def activation(layer):
    config = layer.config
    if layer.kind == "ReLU":
        return "relu6" if config.get("max_value") == 6 else "relu"
    return config.get("activation", "linear")


def shape_of(layer, sources):
    config, source = layer.config, sources[0] if sources else None
    if layer.kind == "InputLayer":
        return tuple(config.get("batch_shape", config.get("batch_input_shape"))[1:])
    if layer.kind in ("Flatten",):
        return (int(np.prod(source)),)
    if layer.kind == "Dense":
        return (config["units"],)
    if layer.kind == "GlobalAveragePooling2D":
        return (source[2],)
    if layer.kind == "ZeroPadding2D":
        (top, bottom), (left, right) = padding(layer, source)
        return source[0] + top + bottom, source[1] + left + right, source[2]
    if layer.kind in ("Conv2D", "DepthwiseConv2D", "MaxPooling2D", "AveragePooling2D"):
        size = pair(config.get("kernel_size", config.get("pool_size")))
        dilation = pair(config.get("dilation_rate", 1))
        extents = [
            (extent + sum(pad) - ((tap - 1) * step + 1)) // stride + 1
            for extent, pad, tap, step, stride in zip(
                source, padding(layer, source), size, dilation, strides(layer)
            )
        ]
        return extents[0], extents[1], config.get("filters", source[2])
    if layer.kind in ("Activation", "ReLU", "BatchNormalization", "Dropout", "Add"):
        return source
    raise SystemExit(f"no peer can build the layer {layer.name} ({layer.kind}) yet")


def inbound(node):
    """Names of the layers that a functional model's layer reads, in the words of Keras 2 or 3."""
    if isinstance(node, dict):
        if "keras_history" in node:
            return [node["keras_history"][0]]
        return [name for value in node.values() for name in inbound(value)]
    if isinstance(node, list):
        if len(node) >= 3 and isinstance(node[0], str) and isinstance(node[1], int):
            return [node[0]]
        return [name for value in node for name in inbound(value)]
    return []


def read_weights(group, name):
    weights = {}
    for path in group[name].attrs["weight_names"]:
        path = path.decode() if isinstance(path, bytes) else path
        key = path.split("/")[-1].split(":")[0]
        weights[key] = np.array(group[name][path], np.float32)
    # Keras 3 calls the kernel of a depthwise convolution as any other.
    return {key.replace("depthwise_kernel", "kernel"): value for key, value in weights.items()}


def load(path):
    """Reads a sequential or functional model."""
    with h5py.File(path) as file:
        model = file.attrs["model_config"]
        model = json.loads(model.decode() if isinstance(model, bytes) else model)
        group = file["model_weights"]
        layers = []
        for entry in model["config"]["layers"]:
            config = entry["config"]
            sources = inbound(entry.get("inbound_nodes", []))
            if model["class_name"] == "Sequential":
                if not layers and entry["class_name"] != "InputLayer":
                    layers.append(Layer("input", "InputLayer", config, []))
                sources = [layers[-1].name] if layers else []
            weights = read_weights(group, config["name"]) if config["name"] in group else {}
            layers.append(Layer(config["name"], entry["class_name"], config, sources, weights))
    network = Network(layers)
    for layer in layers:
        layer.shape = shape_of(layer, [network[name].shape for name in layer.inputs])
    return network
