"""ONNX Runtime: the network as an ONNX graph, its statistics as further nodes and outputs."""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import network as networks


class Builder:
    def __init__(self, network, statistics):
        self.network, self.statistics = network, statistics
        self.nodes, self.constants, self.outputs = [], [], []
        self.values = {}

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind, inputs, name, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def build(self):
        for layer in self.network.layers:
            self.values[layer.name] = self.layer(layer)
            if self.statistics and layer in self.network.observed():
                self.reduce(layer, self.values[layer.name])
        shape = self.network.input.shape
        input = helper.make_tensor_value_info(
            self.network.input.name, TensorProto.FLOAT, ["N", shape[2], shape[0], shape[1]]
        )
        names = [self.values[self.network.output.name], *self.outputs]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
        graph = helper.make_graph(self.nodes, "peer", [input], outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
        model.ir_version = 9
        return model.SerializeToString()

    def layer(self, layer):
        name, kind, config = layer.name, layer.kind, layer.config
        if kind == "InputLayer":
            return name
        inputs = [self.values[source] for source in layer.inputs]
        source = self.network[layer.inputs[0]].shape
        if kind in ("Conv2D", "DepthwiseConv2D"):
            return self.activate(layer, self.convolution(layer, inputs[0], source))
        if kind == "Dense":
            bias = layer.weights.get("bias", np.zeros(config["units"], np.float32))
            weights = [
                self.constant(f"{name}/kernel", layer.weights["kernel"]),
                self.constant(f"{name}/bias", bias),
            ]
            return self.activate(layer, self.node("Gemm", [inputs[0], *weights], f"{name}/sum"))
        if kind in ("MaxPooling2D", "AveragePooling2D"):
            pool = "MaxPool" if kind.startswith("Max") else "AveragePool"
            size = networks.pair(config["pool_size"])
            return self.node(pool, inputs, name, kernel_shape=size, **self.window(layer, source))
        if kind == "GlobalAveragePooling2D":
            return self.node("Flatten", [self.node("GlobalAveragePool", inputs, f"{name}/mean")], name)
        if kind == "BatchNormalization":
            weights = self.normalization(layer, source[-1])
            return self.node("BatchNormalization", inputs + weights, name, epsilon=config["epsilon"])
        if kind == "ZeroPadding2D":
            (top, bottom), (left, right) = networks.padding(layer, source)
            pads = np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
            return self.node("Pad", [inputs[0], self.constant(f"{name}/pads", pads)], name)
        if kind in ("Activation", "ReLU"):
            return self.activate(layer, inputs[0])
        if kind == "Add":
            return self.node("Add", inputs, name)
        if kind == "Flatten":
            # Keras flattens with the channels last.
            if len(source) == 3:
                inputs = [self.node("Transpose", inputs, f"{name}/last", perm=[0, 2, 3, 1])]
            return self.node("Flatten", inputs, name)
        return inputs[0]  # Dropout

    def window(self, layer, source):
        (top, bottom), (left, right) = networks.padding(layer, source)
        return {"strides": networks.strides(layer), "pads": [top, left, bottom, right]}

    def convolution(self, layer, input, source):
        kernel = layer.weights["kernel"]
        depthwise = layer.kind == "DepthwiseConv2D"
        # From height, width, in, out to out, in, height, width.
        kernel = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
        inputs = [input, self.constant(f"{layer.name}/kernel", kernel)]
        if "bias" in layer.weights:
            inputs.append(self.constant(f"{layer.name}/bias", layer.weights["bias"]))
        return self.node(
            "Conv",
            inputs,
            f"{layer.name}/sum",
            kernel_shape=kernel.shape[2:],
            group=source[2] if depthwise else layer.config.get("groups", 1),
            dilations=networks.pair(layer.config.get("dilation_rate", 1)),
            **self.window(layer, source),
        )

    def normalization(self, layer, channels):
        default = {"gamma": np.ones, "beta": np.zeros, "moving_mean": None, "moving_variance": None}
        return [
            self.constant(f"{layer.name}/{key}", layer.weights.get(key, make and make(channels, np.float32)))
            for key, make in default.items()
        ]

    def activate(self, layer, value):
        name = f"{layer.name}/output"
        match networks.activation(layer):
            case "relu":
                return self.node("Relu", [value], name)
            case "relu6":
                limits = [
                    self.constant(f"{name}/{limit}", np.array(limit, np.float32)) for limit in (0, 6)
                ]
                return self.node("Clip", [value, *limits], name)
            case "softmax":
                return self.node("Softmax", [value], name, axis=1)
            case "linear":
                return value
            case other:
                raise SystemExit(f"no peer knows the activation {other} yet")

    def reduce(self, layer, value):
        """Peak, minimum, mean, sum of squares and number of zeros of each channel of each image."""
        axes = "reduced axes"
        if len(layer.shape) == 1:
            self.outputs.append(self.node("Identity", [value], f"{layer.name}/values"))
            return
        if not any(constant.name == axes for constant in self.constants):
            self.constant(axes, np.array([2, 3], np.int64))
            self.constant("zero", np.array(0, np.float32))
        equal = self.node("Equal", [value, "zero"], f"{layer.name}/is zero")
        zeros = self.node("Cast", [equal], f"{layer.name}/ones", to=TensorProto.FLOAT)
        for kind, of in [
            ("ReduceMax", value),
            ("ReduceMin", value),
            ("ReduceMean", value),
            ("ReduceSumSquare", value),
            ("ReduceSum", zeros),
        ]:
            self.outputs.append(self.node(kind, [of, axes], f"{layer.name}/{kind}", keepdims=0))


class Peer:
    channels_first = True

    def __init__(self, network, threads, statistics):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        model = Builder(network, statistics).build()
        self.session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        self.input = network.input.name

    def run(self, batch):
        """The probabilities, and each layer's statistics by image and channel."""
        return self.session.run(None, {self.input: batch})
