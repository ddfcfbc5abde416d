"""Keras 3 on TensorFlow: the network as a functional model inside one traced function."""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf

import network as networks


class Peer:
    channels_first = False

    def __init__(self, network, threads, statistics):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        values, observed = {}, []
        for layer in network.layers:
            inputs = [values[name] for name in layer.inputs]
            if layer.kind == "InputLayer":
                values[layer.name] = keras.Input(layer.shape)
            else:
                built = self.layer(layer)
                values[layer.name] = built(inputs if len(inputs) > 1 else inputs[0])
                built.set_weights(self.weights(layer, built))
            if statistics and layer in network.observed():
                observed.append(values[layer.name])
        model = keras.Model(
            values[network.input.name], [values[network.output.name], *observed]
        )

        @tf.function(reduce_retracing=True)
        def run(batch):
            values = model(batch, training=False)
            output, *rest = values if isinstance(values, (list, tuple)) else [values]
            return [output] + [value for values in rest for value in self.reduce(values)]

        self.function = run

    @staticmethod
    def layer(layer):
        config, kind = layer.config, layer.kind
        wanted = {
            "Conv2D": ["filters", "kernel_size", "strides", "padding", "dilation_rate", "groups"],
            "DepthwiseConv2D": ["kernel_size", "strides", "padding", "dilation_rate"],
            "Dense": ["units"],
            "MaxPooling2D": ["pool_size", "strides", "padding"],
            "AveragePooling2D": ["pool_size", "strides", "padding"],
            "BatchNormalization": ["epsilon", "center", "scale"],
            "ZeroPadding2D": ["padding"],
        }.get(kind, [])
        options = {key: config[key] for key in wanted if key in config}
        if kind in ("Conv2D", "DepthwiseConv2D", "Dense"):
            options |= {"use_bias": config["use_bias"], "activation": networks.activation(layer)}
        if kind in ("Activation", "ReLU"):
            return keras.layers.Activation(networks.activation(layer))
        if kind == "Dropout":
            options["rate"] = config["rate"]
        return getattr(keras.layers, kind)(**options)

    @staticmethod
    def weights(layer, built):
        return [layer.weights[weight.name] for weight in built.weights if weight.name in layer.weights]

    @staticmethod
    def reduce(x):
        if len(x.shape) == 2:
            return [x]
        axes = (1, 2)
        zeros = tf.math.count_nonzero(tf.equal(x, 0), axes)
        return [
            tf.reduce_max(x, axes),
            tf.reduce_min(x, axes),
            tf.reduce_mean(x, axes),
            tf.reduce_sum(x * x, axes),
            zeros,
        ]

    def run(self, batch):
        return [value.numpy() for value in self.function(batch)]
