"""PyTorch: the network as a list of functions, channels last in memory, its statistics behind each layer."""

import torch
import torch.nn.functional as functional

import network as networks


class Peer:
    channels_first = True

    def __init__(self, network, threads, statistics):
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        torch.set_grad_enabled(False)
        self.network, self.statistics = network, statistics
        self.observed = {layer.name for layer in network.observed()}
        self.functions = [self.function(layer) for layer in network.layers]

    def function(self, layer):
        weights = {key: torch.from_numpy(value) for key, value in layer.weights.items()}
        kind, config = layer.kind, layer.config
        source = self.network[layer.inputs[0]].shape if layer.inputs else None
        activate = self.activation(layer)
        if kind in ("Conv2D", "DepthwiseConv2D"):
            depthwise = kind == "DepthwiseConv2D"
            kernel = weights["kernel"].permute((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
            kernel = kernel.contiguous(memory_format=torch.channels_last)
            groups = source[2] if depthwise else config.get("groups", 1)
            stride, dilation = networks.strides(layer), networks.pair(config.get("dilation_rate", 1))
            pad, rest = self.pads(layer, source)
            return lambda x: activate(
                functional.conv2d(pad(x), kernel, weights.get("bias"), stride, rest, dilation, groups)
            )
        if kind == "Dense":
            kernel = weights["kernel"].T.contiguous()
            return lambda x: activate(functional.linear(x, kernel, weights.get("bias")))
        if kind in ("MaxPooling2D", "AveragePooling2D"):
            pool = functional.max_pool2d if kind.startswith("Max") else functional.avg_pool2d
            size, stride = networks.pair(config["pool_size"]), networks.strides(layer)
            pad, rest = self.pads(layer, source)
            return lambda x: pool(pad(x), size, stride, rest)
        if kind == "GlobalAveragePooling2D":
            return lambda x: x.mean((2, 3))
        if kind == "BatchNormalization":
            of = [weights.get(key) for key in ("moving_mean", "moving_variance", "gamma", "beta")]
            return lambda x: functional.batch_norm(x, *of, eps=config["epsilon"])
        if kind == "ZeroPadding2D":
            (top, bottom), (left, right) = networks.padding(layer, source)
            return lambda x: functional.pad(x, (left, right, top, bottom))
        if kind in ("Activation", "ReLU"):
            return activate
        if kind == "Add":
            return lambda *inputs: sum(inputs[1:], inputs[0])
        if kind == "Flatten":
            return lambda x: x.permute(0, 2, 3, 1).flatten(1) if x.dim() == 4 else x
        return lambda x: x  # Dropout, the input

    @staticmethod
    def pads(layer, source):
        """Padding that convolutions do themselves where both sides are equal."""
        (top, bottom), (left, right) = networks.padding(layer, source)
        if top == bottom and left == right:
            return (lambda x: x), (top, left)
        return (lambda x: functional.pad(x, (left, right, top, bottom))), (0, 0)

    @staticmethod
    def activation(layer):
        match networks.activation(layer):
            case "relu":
                return functional.relu
            case "relu6":
                return functional.relu6
            case "softmax":
                return lambda x: functional.softmax(x, 1)
            case "linear":
                return lambda x: x
            case other:
                raise SystemExit(f"no peer knows the activation {other} yet")

    @staticmethod
    def reduce(x):
        if x.dim() == 2:
            return [x]
        axes = (2, 3)
        return [x.amax(axes), x.amin(axes), x.mean(axes), (x * x).sum(axes), (x == 0).sum(axes)]

    def run(self, batch):
        batch = torch.from_numpy(batch).contiguous(memory_format=torch.channels_last)
        values, statistics = {}, []
        for layer, function in zip(self.network.layers, self.functions):
            inputs = [values[name] for name in layer.inputs] or [batch]
            values[layer.name] = function(*inputs)
            if self.statistics and layer.name in self.observed:
                statistics += self.reduce(values[layer.name])
        return [value.numpy() for value in [values[self.network.output.name], *statistics]]
