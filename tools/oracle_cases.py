"""The small models whose layer outputs Keras itself writes down.

Every case is a function that fills a `Chain`; the same functions build with
Keras 3 (`keras`) and with Keras 2 (`tf_keras`), so both layouts are covered.
"""

from __future__ import annotations

import zlib
from typing import Callable

import numpy as np

BATCH = 3


class Chain:
    """A Sequential model that grows layer by layer, with its values so far."""

    def __init__(self, library, case: str, shape: tuple[int, int, int], low=-1.0, high=1.0):
        self.k = library
        self.rng = np.random.default_rng(zlib.crc32(case.encode()))
        self.input = self.rng.uniform(low, high, (BATCH, *shape)).astype(np.float32)
        self.x = self.input
        self.model = library.Sequential(name=case)
        self.model.add(library.Input(shape, name="image"))

    def add(self, kind: str, *args, **kwargs) -> "Chain":
        """Append a layer and give it random weights."""
        layer = getattr(self.k.layers, kind)(*args, **kwargs)
        self.model.add(layer)
        randomise(layer, self.rng)
        self.x = np.asarray(layer(self.x, training=False))
        return self

    def spread(self, name: str) -> "Chain":
        """Append a Rescaling that brings the values to mean 0, deviation 2."""
        mean, deviation = float(self.x.mean()), float(self.x.std())
        scale = round(2 / deviation, 3)
        return self.add("Rescaling", scale, offset=round(-mean * scale, 3), name=name)

    def classify(self, pool: str = "GlobalAveragePooling2D") -> "Chain":
        """End with global pooling and a Softmax layer (no weights: small files)."""
        self.add(pool, name="pool_out")
        return self.add("Softmax", name="softmax_out")


def randomise(layer, rng: np.random.Generator) -> None:
    """Well-scaled random weights; nothing is left at its usual start value."""
    values = []
    for variable in layer.weights:
        shape = tuple(variable.shape)
        # "name:0" in Keras 2, "name" in Keras 3.
        name = variable.name.split("/")[-1].split(":")[0]
        if name.endswith("kernel"):
            fan_in = fan_in_of(layer, name, shape)
            value = rng.normal(0, np.sqrt(2 / fan_in), shape)
        elif name == "gamma":
            value = rng.uniform(0.5, 1.5, shape)
        elif name == "count":  # samples that a Normalization has seen
            value = np.ones(shape)
        elif name in ("moving_variance", "variance"):
            value = rng.uniform(0.2, 1.8, shape)
        else:  # bias, beta, moving_mean
            value = rng.normal(0, 0.4, shape)
        values.append(value.astype(np.float32))
    if values:
        layer.set_weights(values)
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()


def fan_in_of(layer, name: str, shape: tuple[int, ...]) -> int:
    """Inputs that one output value depends on."""
    # A depthwise kernel is called "kernel" in DepthwiseConv2D of Keras 3.
    depthwise = name == "depthwise_kernel" or type(layer).__name__ == "DepthwiseConv2D"
    return int(np.prod(shape[:2] if depthwise else shape[:-1]))


CASES: dict[str, Callable] = {}


def case(function: Callable) -> Callable:
    """Register a case under the function's name."""
    CASES[function.__name__] = function
    return function


# --- convolutions -----------------------------------------------------------

@case
def conv_valid(k, name):
    """`valid` padding: non-square, 1x1, stride 2 without bias."""
    c = Chain(k, name, (9, 11, 3))
    c.add("Conv2D", 4, (3, 2), name="conv_3x2")
    c.add("Conv2D", 3, 1, activation="relu", name="conv_1x1")
    c.add("Conv2D", 4, 3, strides=2, use_bias=False, name="conv_stride")
    c.add("Conv2D", 2, (2, 4), name="conv_2x4")
    return c.classify()


@case
def conv_same_odd(k, name):
    """`same` padding on odd sizes, strides 1 and 2, also 5x5."""
    c = Chain(k, name, (7, 9, 3))
    c.add("Conv2D", 3, 3, padding="same", name="conv_3")
    c.add("Conv2D", 3, (3, 2), padding="same", activation="relu", name="conv_3x2")
    c.add("Conv2D", 4, 3, strides=2, padding="same", name="conv_stride")
    c.add("Conv2D", 3, 5, strides=2, padding="same", name="conv_5_stride")
    return c.classify()


@case
def conv_same_even(k, name):
    """`same` padding on even sizes: one more row and column at the end."""
    c = Chain(k, name, (12, 8, 3))
    c.add("Conv2D", 3, (2, 3), padding="same", name="conv_2x3")
    c.add("Conv2D", 4, 3, strides=2, padding="same", activation="relu", name="conv_stride")
    c.add("Conv2D", 3, 5, strides=2, padding="same", use_bias=False, name="conv_5_stride")
    c.add("Conv2D", 3, 1, strides=2, padding="same", name="conv_1_stride")
    return c.classify()


@case
def conv_dilation(k, name):
    """Dilated kernels, `valid` and `same`, unequal rates; relu and swish."""
    c = Chain(k, name, (12, 10, 3))
    c.add("Conv2D", 3, 3, dilation_rate=2, name="conv_valid")
    c.add("Conv2D", 3, 3, dilation_rate=2, padding="same", activation="relu", name="conv_same")
    c.add("Conv2D", 2, (3, 2), dilation_rate=(2, 1), use_bias=False, activation="swish", name="conv_unequal")
    return c.classify()


@case
def depthwise(k, name):
    """Depthwise: multiplier 2 with stride 2, dilation, `valid`."""
    c = Chain(k, name, (9, 11, 3))
    c.add("DepthwiseConv2D", 3, strides=2, padding="same", depth_multiplier=2, name="depthwise_stride")
    c.add("DepthwiseConv2D", 3, dilation_rate=2, padding="same", activation="relu", name="depthwise_dilated")
    c.add("DepthwiseConv2D", (2, 3), use_bias=False, name="depthwise_valid")
    return c.classify()


@case
def separable(k, name):
    """Separable: multiplier 2 with bias and relu; stride 2 without bias."""
    c = Chain(k, name, (10, 9, 3))
    c.add("SeparableConv2D", 4, 3, padding="same", depth_multiplier=2, activation="relu", name="separable_relu")
    c.add("SeparableConv2D", 3, (3, 2), strides=2, use_bias=False, name="separable_stride")
    c.add("SeparableConv2D", 3, 3, dilation_rate=2, padding="same", name="separable_dilated")
    return c.classify()


# --- pooling ----------------------------------------------------------------

def _pools(k, name, kind):
    # All values are negative: a padding of zeros would show.
    c = Chain(k, name, (10, 12, 2), low=-2, high=-0.1)
    c.add(kind, 2, strides=1, name="valid_2_stride_1")
    c.add(kind, 3, strides=1, padding="same", name="same_3_stride_1")
    c.add(kind, (2, 3), strides=(1, 2), padding="same", name="same_2x3")
    c.add(kind, 3, strides=2, padding="same", name="same_3_stride_2")
    return c.classify(f"Global{kind}")


def _pools_odd(k, name, kind):
    c = Chain(k, name, (13, 11, 2), low=-2, high=-0.1)
    c.add(kind, 2, padding="same", name="same_2")
    c.add(kind, (1, 2), name="valid_1x2")
    c.add(kind, 3, strides=2, name="valid_3_stride_2")
    c.add(kind, 2, strides=3, padding="same", name="same_2_stride_3")
    return c.classify(f"Global{kind}")


@case
def max_pool(k, name):
    """MaxPooling2D: `valid`, `same`, strides 1 and 2. Ends in GlobalMaxPooling2D."""
    return _pools(k, name, "MaxPooling2D")


@case
def max_pool_odd(k, name):
    """MaxPooling2D on odd sizes, stride unlike pool."""
    return _pools_odd(k, name, "MaxPooling2D")


@case
def average_pool(k, name):
    """AveragePooling2D: `valid`, `same`; padding is not counted. Ends in GlobalAveragePooling2D."""
    return _pools(k, name, "AveragePooling2D")


@case
def average_pool_odd(k, name):
    """AveragePooling2D on odd sizes, stride unlike pool."""
    return _pools_odd(k, name, "AveragePooling2D")


@case
def global_keepdims(k, name):
    """Global pooling with keepdims."""
    c = Chain(k, name, (5, 4, 3))
    c.add("GlobalAveragePooling2D", keepdims=True, name="average")
    c.add("Conv2D", 4, 1, name="conv")
    c.add("ZeroPadding2D", (1, 0), name="pad")
    c.add("GlobalMaxPooling2D", keepdims=True, name="max")
    c.add("Flatten", name="flatten")
    return c.add("Dense", 4, activation="softmax", name="dense_out")


# --- normalisation and activations ------------------------------------------

@case
def batch_norm(k, name):
    """BatchNormalization with and without scale and centre, other epsilon."""
    c = Chain(k, name, (4, 5, 3))
    c.add("BatchNormalization", name="default")
    c.add("BatchNormalization", scale=False, name="no_scale")
    c.add("BatchNormalization", center=False, epsilon=1e-5, name="no_center")
    c.add("BatchNormalization", scale=False, center=False, name="neither")
    c.add("Flatten", name="flatten")
    c.add("Dense", 4, name="dense")
    c.add("BatchNormalization", name="flat")
    return c.add("Activation", "softmax", name="softmax_out")


def _activations(k, name, kinds):
    # Wide enough to reach both ends of relu6 and hard_sigmoid, which come first.
    c = Chain(k, name, (4, 3, 2), low=-8, high=8)
    for index, kind in enumerate(kinds):
        if index:
            c.spread(f"spread_{index}")
        c.add("Activation", kind, name=f"act_{kind}")
    return c.classify()


@case
def activations_a(k, name):
    """Activation layers: relu6, sigmoid, tanh, elu, selu, softplus, relu."""
    return _activations(k, name, ["relu6", "sigmoid", "tanh", "elu", "selu", "softplus", "relu"])


@case
def activations_b(k, name):
    """Activation layers: hard_sigmoid, swish, gelu, softsign, linear, exponential, leaky_relu, mish."""
    return _activations(
        k, name,
        ["hard_sigmoid", "swish", "gelu", "softsign", "linear", "exponential", "leaky_relu", "mish"],
    )


@case
def activations_c(k, name):
    """Activations by the names that only Keras 3 has, such as hard_silu and squareplus; and log_softmax."""
    kinds = [
        "hard_silu", "hard_tanh", "log_sigmoid", "hard_shrink", "soft_shrink", "tanh_shrink", "squareplus", "sparse_plus",
        "sparse_sigmoid", "celu",
    ]
    return _activations(k, name, [kind for kind in kinds if hasattr(k.activations, kind)] + ["log_softmax"])


@case
def activation_layers(k, name):
    """ReLU (maximum; slope and threshold), LeakyReLU, ELU, Softmax, Activation softmax."""
    c = Chain(k, name, (4, 3, 2), low=-8, high=8)
    c.add("ReLU", max_value=6.0, name="relu_six")
    c.spread("spread_1")
    c.add("ReLU", negative_slope=0.1, threshold=0.2, name="relu_slope")
    c.spread("spread_2")
    c.add("LeakyReLU", 0.2, name="leaky_relu")
    c.spread("spread_3")
    c.add("ELU", 0.7, name="elu")
    c.spread("spread_4")
    c.add("Softmax", name="softmax")
    c.spread("spread_5")
    c.add("Activation", "softmax", name="act_softmax")
    return c.classify()


# --- shapes -----------------------------------------------------------------

@case
def zero_padding(k, name):
    """Rescaling of 0..255 to -1..1; ZeroPadding2D, symmetrical and not."""
    c = Chain(k, name, (4, 5, 2), low=0, high=255)
    c.add("Rescaling", 1 / 127.5, offset=-1, name="rescaling")
    c.add("ZeroPadding2D", 1, name="even")
    c.add("ZeroPadding2D", ((1, 2), (0, 3)), name="uneven")
    c.add("ZeroPadding2D", (0, 2), name="columns")
    return c.classify()


@case
def reshape(k, name):
    """Reshape (also with -1), Flatten, Dropout."""
    c = Chain(k, name, (4, 6, 3))
    c.add("Reshape", (6, 4, 3), name="turn")
    c.add("Reshape", (-1, 2, 6), name="guess")
    c.add("Dropout", 0.3, name="dropout")
    c.add("Conv2D", 2, 2, name="conv")
    c.add("Flatten", name="flatten")
    c.add("Reshape", (5, 1, -1), name="unflatten")
    return c.classify()


@case
def dense(k, name):
    """Dense on 4-d and 2-d inputs, without bias, with activation; automatic layer names."""
    c = Chain(k, name, (3, 4, 2))
    c.add("Dense", 3, activation="hard_sigmoid")
    c.add("Flatten")
    c.add("Dense", 6, use_bias=False, activation="tanh")
    return c.add("Dense", 4, activation="softmax")


# --- layers of larger networks ----------------------------------------------

@case
def conv_groups(k, name):
    """Groups, with dilation and with stride; SeparableConv2D with dilation; DepthwiseConv2D with multiplier 3."""
    c = Chain(k, name, (8, 7, 4))
    c.add("Conv2D", 6, 3, groups=2, padding="same", name="grouped")
    c.add("Conv2D", 6, (3, 2), groups=3, dilation_rate=(2, 1), name="dilated")
    c.add("SeparableConv2D", 5, 2, dilation_rate=2, padding="same", name="separable")
    c.add("DepthwiseConv2D", 2, depth_multiplier=3, name="depthwise")
    return c.classify()


@case
def transposed(k, name):
    """Conv2DTranspose: `same` and `valid`, strides larger and smaller than the kernel."""
    c = Chain(k, name, (3, 4, 3))
    c.add("Conv2DTranspose", 3, 3, strides=2, padding="same", activation="relu", name="same")
    c.add("Conv2DTranspose", 2, (2, 3), strides=(1, 2), name="valid")
    c.add("Conv2DTranspose", 2, 2, strides=3, use_bias=False, name="gaps")
    return c.classify()


@case
def images(k, name):
    """Cropping2D, CenterCrop, UpSampling2D nearest and bilinear, Resizing larger and smaller."""
    c = Chain(k, name, (9, 8, 2))
    c.add("Cropping2D", ((1, 2), (0, 1)), name="cropping")
    c.add("UpSampling2D", (2, 3), name="nearest")
    c.add("CenterCrop", 7, 10, name="centre")
    c.add("UpSampling2D", 2, interpolation="bilinear", name="bilinear")
    c.add("Resizing", 5, 9, name="smaller")
    c.add("Resizing", 8, 11, interpolation="nearest", name="other")
    return c.classify()


@case
def normalizations(k, name):
    """Normalization, LayerNormalization, GroupNormalization (also one channel a group), UnitNormalization, PReLU."""
    c = Chain(k, name, (4, 5, 6))
    c.add("Normalization", name="training_set")
    c.add("LayerNormalization", epsilon=1e-5, name="layer")
    c.add("PReLU", name="slopes")
    c.add("GroupNormalization", 3, name="group")
    c.add("PReLU", shared_axes=[1, 2], name="shared_slopes")
    c.add("GroupNormalization", -1, scale=False, name="instance")
    c.add("UnitNormalization", name="unit")
    c.add("Rescaling", [1.0, 2.0, 3.0, 0.5, 1.5, 2.5], offset=[0.0, 1.0, 0.5, 0.0, 0.0, -1.0], name="each")
    c.add("Flatten", name="flatten")
    c.add("LayerNormalization", center=False, name="vector")
    return c.add("Dense", 4, activation="softmax", name="dense")


@case
def steps(k, name):
    """Conv1D (causal, dilated, groups), SeparableConv1D, DepthwiseConv1D, pooling over steps, RepeatVector."""
    c = Chain(k, name, (6, 4, 2))
    c.add("Reshape", (12, 4), name="steps")
    c.add("Conv1D", 6, 3, padding="causal", dilation_rate=2, activation="relu", name="causal")
    c.add("Conv1D", 4, 2, groups=2, strides=2, padding="same", name="grouped")
    c.add("SeparableConv1D", 5, 3, depth_multiplier=2, padding="same", name="separable")
    c.add("DepthwiseConv1D", 2, padding="same", name="depthwise")
    c.add("MaxPooling1D", 2, name="max")
    c.add("AveragePooling1D", 2, strides=1, padding="same", name="average")
    c.add("GlobalAveragePooling1D", keepdims=True, name="global")
    c.add("Flatten", name="vector")
    c.add("RepeatVector", 3, name="repeat")
    c.add("GlobalMaxPooling1D", name="peak")
    return c.add("Dense", 4, activation="softmax", name="dense")


@case
def images_scaled(k, name):
    """Resizing and UpSampling2D by bicubic; in Keras 3 antialiased Resizing, too."""
    c = Chain(k, name, (9, 8, 2))
    c.add("UpSampling2D", (2, 1), interpolation="bicubic", name="bicubic")
    c.add("Resizing", 13, 11, interpolation="bicubic", name="mixed")
    if k.__name__ == "keras":
        c.add("Resizing", 7, 12, antialias=True, name="smooth")
        c.add("Resizing", 5, 6, interpolation="bicubic", antialias=True, name="smooth_bicubic")
        c.add("Resizing", 9, 4, interpolation="nearest", antialias=True, name="nearest")
    return c.classify()


@case
def images_small(k, name):
    """CenterCrop of images that are too small: cut to the proportions and enlarged; Resizing with crop_to_aspect_ratio."""
    c = Chain(k, name, (5, 4, 2))
    c.add("PReLU", shared_axes=[1, 2], name="slopes")
    c.add("CenterCrop", 8, 6, name="both")
    c.add("GroupNormalization", -1, name="instance")
    c.add("CenterCrop", 7, 9, name="width")
    c.add("CenterCrop", 10, 3, name="height")
    c.add("CenterCrop", 4, 2, name="cut")
    c.add("Resizing", 9, 11, crop_to_aspect_ratio=True, name="low")
    c.add("Resizing", 8, 5, crop_to_aspect_ratio=True, interpolation="nearest", name="narrow")
    return c.classify()


@case
def transposed_more(k, name):
    """Conv2DTranspose with output_padding, `same` and `valid`."""
    c = Chain(k, name, (3, 4, 3))
    c.add("Conv2DTranspose", 3, 3, strides=2, padding="same", output_padding=1, name="same")
    c.add("Conv2DTranspose", 2, (2, 3), strides=(2, 3), output_padding=(1, 2), activation="relu", name="valid")
    c.add("Conv2DTranspose", 2, 4, strides=2, padding="same", output_padding=1, use_bias=False, name="even")
    return c.classify()


@case
def normalized_axes(k, name):
    """LayerNormalization over several axes, and over one that is not the last."""
    c = Chain(k, name, (4, 5, 3))
    c.add("LayerNormalization", axis=[1, 2, 3], name="all")
    c.add("LayerNormalization", axis=[1, 2], epsilon=1e-5, name="positions")
    c.add("LayerNormalization", axis=2, name="columns")
    c.add("LayerNormalization", axis=[-1, -2], center=False, name="last_two")
    return c.classify()


@case
def steps_more(k, name):
    """ZeroPadding1D, Cropping1D, UpSampling1D, Conv1DTranspose (`same`, `valid`, output_padding)."""
    c = Chain(k, name, (6, 4, 2))
    c.add("Reshape", (12, 4), name="steps")
    c.add("ZeroPadding1D", (1, 2), name="padding")
    c.add("Conv1DTranspose", 3, 3, strides=2, padding="same", activation="relu", name="same")
    c.add("Cropping1D", (2, 1), name="cropping")
    c.add("UpSampling1D", 2, name="twice")
    c.add("Conv1DTranspose", 2, 2, strides=3, output_padding=1, name="valid")
    c.add("ZeroPadding1D", 1, name="both")
    c.add("GlobalAveragePooling1D", name="global")
    return c.add("Dense", 4, activation="softmax", name="dense")


@case
def training_only(k, name):
    """Layers that act while training only: dropouts, noise, augmentation."""
    c = Chain(k, name, (6, 5, 3))
    c.add("RandomFlip", name="flip")
    c.add("RandomRotation", 0.1, name="rotation")
    c.add("GaussianNoise", 0.1, name="noise")
    c.add("Conv2D", 3, 3, name="conv")
    c.add("SpatialDropout2D", 0.2, name="spatial")
    c.add("GaussianDropout", 0.2, name="gaussian")
    c.add("AlphaDropout", 0.2, name="alpha")
    return c.classify()


@case
def training_only_more(k, name):
    """The rest of them, as far as a version of Keras has them and can save them."""
    c = Chain(k, name, (6, 5, 3), low=0.0, high=1.0)
    augmentations = {
        "RandomZoom": 0.1, "RandomTranslation": (0.1, 0.1), "RandomContrast": 0.1,
        "RandomGrayscale": 0.1, "RandomColorJitter": (), "RandomErasing": (),
        "RandomShear": (), "RandomPerspective": (), "RandomGaussianBlur": (), "RandomElasticTransform": (),
        "RandomInvert": (), "RandAugment": (), "AugMix": (), "MixUp": (), "CutMix": (),
    }
    for kind, arguments in augmentations.items():
        if hasattr(k.layers, kind):
            c.add(kind, *arguments if isinstance(arguments, tuple) else [arguments], name=kind.lower())
    c.add("ActivityRegularization", 0.1, name="regularization")
    c.add("Identity", name="identity")
    c.add("Reshape", (10, 9), name="steps")
    c.add("SpatialDropout1D", 0.2, name="spatial")
    return c.classify("GlobalAveragePooling1D")


# --- kinds of output --------------------------------------------------------

def _small(k, name):
    c = Chain(k, name, (6, 5, 3))
    c.add("Conv2D", 3, 3, activation="relu", name="conv")
    return c.add("Flatten", name="flatten")


@case
def output_softmax_dense(k, name):
    """The last layer is a Dense with softmax."""
    return _small(k, name).add("Dense", 5, activation="softmax", name="dense")


@case
def output_softmax_layer(k, name):
    """A linear Dense, then a Softmax layer."""
    return _small(k, name).add("Dense", 5, name="dense").add("Softmax", name="softmax")


@case
def output_linear(k, name):
    """The last layer is a linear Dense: the model gives logits."""
    return _small(k, name).add("Dense", 5, name="dense")


# --- not a chain ------------------------------------------------------------

GRAPHS: dict[str, Callable] = {}


def graph(function: Callable) -> Callable:
    """Register a functional model under the function's name."""
    GRAPHS[function.__name__] = function
    return function


def finish(k, name: str, image, out) -> tuple:
    """A functional model with random weights, and a batch for it."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    model = k.Model(image, out, name=name)
    for layer in model.layers:
        randomise(layer, rng)
    return model, rng.uniform(-1, 1, (BATCH, *image.shape[1:])).astype(np.float32)


def classify(k, x):
    """End as a classifier does, with few weights."""
    pooled = k.layers.GlobalAveragePooling2D(name="pool_out")(x)
    return k.layers.Dense(4, activation="softmax", name="dense")(pooled)


@graph
def branches(k, name: str) -> tuple:
    """A functional model: two convolutions added."""
    image = k.Input((6, 5, 3), name="image")
    left = k.layers.Conv2D(3, 3, padding="same", activation="relu", name="left")(image)
    right = k.layers.Conv2D(3, 1, name="right")(image)
    both = k.layers.Add(name="add")([left, right])
    pooled = k.layers.GlobalAveragePooling2D(name="pool")(both)
    out = k.layers.Dense(4, activation="softmax", name="dense")(pooled)
    return finish(k, name, image, out)


@graph
def combinations(k, name: str) -> tuple:
    """Add of three, Subtract, Multiply, Average of three, Maximum, Minimum; a tensor that all of them read."""
    image = k.Input((6, 5, 3), name="image")
    a = k.layers.Conv2D(3, 3, padding="same", name="a")(image)
    b = k.layers.Conv2D(3, 1, name="b")(a)
    c = k.layers.Add(name="add")([image, a, b])
    d = k.layers.Subtract(name="subtract")([a, c])
    e = k.layers.Multiply(name="multiply")([a, d])
    f = k.layers.Average(name="average")([a, c, e])
    g = k.layers.Maximum(name="maximum")([f, a])
    h = k.layers.Minimum(name="minimum")([g, b, a])
    return finish(k, name, image, classify(k, h))


@graph
def concatenations(k, name: str) -> tuple:
    """Concatenate along channels, rows and columns, of images and of vectors; Permute."""
    image = k.Input((6, 5, 3), name="image")
    a = k.layers.Conv2D(2, 3, padding="same", activation="relu", name="a")(image)
    wide = k.layers.Concatenate(name="channels")([image, a, image])
    tall = k.layers.Concatenate(axis=1, name="rows")([wide, wide])
    broad = k.layers.Concatenate(axis=-2, name="columns")([tall, tall])
    turned = k.layers.Permute((3, 1, 2), name="turned")(broad)
    one = k.layers.GlobalMaxPooling2D(name="one")(turned)
    two = k.layers.GlobalAveragePooling2D(name="two")(turned)
    vector = k.layers.Concatenate(axis=1, name="vector")([one, two])
    out = k.layers.Dense(4, activation="softmax", name="dense")(vector)
    return finish(k, name, image, out)


@graph
def gates(k, name: str) -> tuple:
    """Residual blocks, and a gate of the whole image that multiplies one (squeeze and excitation)."""
    image = k.Input((8, 6, 3), name="image")
    x = k.layers.Conv2D(6, 3, strides=2, padding="same", use_bias=False, name="stem")(image)
    x = k.layers.BatchNormalization(name="stem_norm")(x)
    x = k.layers.ReLU(6.0, name="stem_relu")(x)
    gate = k.layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(x)
    gate = k.layers.Conv2D(2, 1, activation="swish", name="reduce")(gate)
    gate = k.layers.Conv2D(6, 1, activation="sigmoid", name="expand")(gate)
    y = k.layers.Multiply(name="excite")([x, gate])
    y = k.layers.Conv2D(6, 3, padding="same", name="conv")(y)
    y = k.layers.Dropout(0.2, name="drop")(y)
    x = k.layers.Add(name="residual")([y, x])
    return finish(k, name, image, classify(k, x))


@graph
def nested(k, name: str) -> tuple:
    """Models inside of models, one of them used twice; a layer used twice."""
    inner = k.Input((6, 5, 3), name="inner")
    deep = k.Sequential([k.layers.Dense(3, activation="relu", name="dense"), k.layers.Dense(3, name="linear")], name="deep")
    x = k.layers.Conv2D(3, 3, padding="same", name="conv")(inner)
    x = k.layers.BatchNormalization(name="norm")(x)
    base = k.Model(inner, deep(x), name="base")
    shared = k.layers.Conv2D(3, 1, name="shared")
    image = k.Input((6, 5, 3), name="image")
    once = base(image)
    twice = base(once)
    both = k.layers.Add(name="sum")([shared(once), shared(twice)])
    head = k.Sequential([k.layers.Conv2D(4, 3, name="conv"), k.layers.ReLU(name="relu")], name="head")
    return finish(k, name, image, classify(k, head(both)))


@graph
def attention(k, name: str) -> tuple:
    """MultiHeadAttention: of a tensor to itself, to another, with values of another size; a transformer's block."""
    image = k.Input((6, 4, 3), name="image")
    patches = k.layers.Conv2D(6, 2, strides=2, name="patches")(image)
    x = k.layers.Reshape((-1, 6), name="tokens")(patches)
    y = k.layers.LayerNormalization(epsilon=1e-6, name="norm")(x)
    y = k.layers.MultiHeadAttention(2, 3, name="self")(y, y)
    x = k.layers.Add(name="residual")([x, y])
    y = k.layers.Dense(8, activation="gelu", name="wide")(x)
    y = k.layers.MultiHeadAttention(3, 4, value_dim=2, use_bias=False, name="cross")(x, y)
    pooled = k.layers.GlobalAveragePooling1D(name="pool")(y)
    out = k.layers.Dense(4, activation="softmax", name="dense")(pooled)
    return finish(k, name, image, out)


@graph
def dots(k, name: str) -> tuple:
    """Dot along the last and along other axes, of steps, vectors and an image."""
    image = k.Input((4, 5, 3), name="image")
    steps = k.layers.Reshape((10, 6), name="steps")(image)
    queries = k.layers.Dense(4, name="queries")(steps)
    keys = k.layers.Dense(4, name="keys")(steps)
    scores = k.layers.Dot(2, name="scores")([queries, keys])
    scores = k.layers.Softmax(name="shares")(scores)
    mixed = k.layers.Dot((2, 1), name="mixed")([scores, keys])
    columns = k.layers.Dot(1, name="columns")([mixed, queries])
    picture = k.layers.Dot((1, 2), name="picture")([image, columns])
    one = k.layers.GlobalAveragePooling1D(name="one")(mixed)
    other = k.layers.GlobalMaxPooling1D(name="other")(queries)
    single = k.layers.Dot(-1, name="single")([one, other])
    cosine = k.layers.Dot((1, 2), normalize=True, name="cosine")([other, queries])
    weighed = k.layers.Dot((1, 2), name="weighed")([one, mixed])
    pooled = k.layers.GlobalAveragePooling2D(name="pool")(picture)
    x = k.layers.Concatenate(name="all")([single, weighed, cosine, pooled])
    return finish(k, name, image, k.layers.Dense(4, activation="softmax", name="dense")(x))


@graph
def embedded(k, name: str) -> tuple:
    """Embedding of whole numbers and of what is before the point of others."""
    image = k.Input((5, 4, 1), dtype="int32", name="image")
    x = k.layers.Embedding(12, 3, name="levels")(image)
    x = k.layers.Reshape((5, 4, 3), name="picture")(x)
    x = k.layers.Conv2D(2, 2, activation="relu", name="conv")(x)
    y = k.layers.Rescaling(4.0, offset=3.0, name="positive")(k.layers.Activation("sigmoid", name="squashed")(x))
    y = k.layers.Embedding(7, 4, name="deep")(y)
    y = k.layers.Reshape((12, 8), name="steps")(y)
    y = k.layers.GlobalAveragePooling1D(name="mean")(y)
    model, batch = finish(k, name, image, k.layers.Dense(4, activation="softmax", name="dense")(y))
    return model, np.floor((batch + 1) * 6).astype(np.float32)


# --- models whose output has to be chosen or read ----------------------------

OUTPUTS: dict[str, Callable] = {}


def answering(function: Callable) -> Callable:
    """Register a model of which only the outputs are compared."""
    OUTPUTS[function.__name__] = function
    return function


@answering
def several(k, name: str) -> tuple:
    """Two outputs: probabilities of four classes, and logits of three."""
    image = k.Input((4, 3, 2), name="image")
    x = k.layers.Flatten(name="flatten")(image)
    species = k.layers.Dense(4, activation="softmax", name="species")(x)
    colour = k.layers.Dense(3, name="colour")(x)
    return finish(k, name, image, [species, colour])


@answering
def sigmoid(k, name: str) -> tuple:
    """A single sigmoid: the probability of the second of two classes."""
    image = k.Input((4, 3, 2), name="image")
    x = k.layers.Flatten(name="flatten")(image)
    return finish(k, name, image, k.layers.Dense(1, activation="sigmoid", name="score")(x))


# Cases that are written as `.keras` archives, too: those with weights.
ARCHIVED = {
    "conv_valid", "depthwise", "separable", "batch_norm", "dense", "activations_b", "branches", "gates", "conv_groups", "embedded",
    "transposed", "images", "normalizations", "steps", "training_only", "nested", "attention",
}
