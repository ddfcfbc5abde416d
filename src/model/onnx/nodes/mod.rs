//! What each operator of ONNX becomes. A new one is a function in one of the files here and a line in
//! [`REGISTER`].

mod call;
mod convolution;
mod einsum;
mod elementwise;
mod linear;
mod normalization;
mod reducing;
mod resizing;
mod selecting;
mod shaping;

pub use call::{Call, Outputs};

use self::elementwise as value;

/// An operator that depends on the image.
pub struct Entry {
    pub operator: &'static str,
    pub import: fn(&mut Call<'_, '_>) -> Outputs,
    /// What of it is not supported, for the documentation; empty for nothing.
    pub limits: &'static str,
}

const fn entry(operator: &'static str, import: fn(&mut Call<'_, '_>) -> Outputs) -> Entry {
    Entry {
        operator,
        import,
        limits: "",
    }
}

const fn limited(
    operator: &'static str,
    import: fn(&mut Call<'_, '_>) -> Outputs,
    limits: &'static str,
) -> Entry {
    Entry {
        operator,
        import,
        limits,
    }
}

const TRUTH: &str = "of layers: what comparisons say";
const COMPARED: &str = "of layers: floats";
const CONSTANT_WEIGHTS: &str = "weights are constants; one and two dimensions";

/// Everything that can be imported, in the order of the alphabet.
pub const REGISTER: &[Entry] = &[
    entry("Abs", value::function),
    entry("Add", value::combine),
    limited("And", value::both, TRUTH),
    limited(
        "AveragePool",
        convolution::average_pool,
        "one and two dimensions",
    ),
    limited(
        "BatchNormalization",
        normalization::batch_normalization,
        "inference",
    ),
    limited(
        "Cast",
        shaping::cast,
        "of layers: to floats, which all values are",
    ),
    limited(
        "CastLike",
        shaping::cast_like,
        "of layers: to floats, which all values are",
    ),
    entry("Ceil", value::function),
    entry("Celu", value::activation),
    entry("Clip", value::clip),
    entry("Concat", selecting::concat),
    limited("Conv", convolution::conv, CONSTANT_WEIGHTS),
    limited(
        "ConvTranspose",
        convolution::conv_transpose,
        CONSTANT_WEIGHTS,
    ),
    entry("Cos", value::function),
    entry("DepthToSpace", shaping::depth_to_space),
    entry("Div", value::combine),
    limited("Dropout", shaping::dropout, "inference; no mask"),
    limited(
        "Einsum",
        einsum::einsum,
        "products of two tensors as matrices",
    ),
    entry("Elu", value::activation),
    limited("Equal", value::compare, COMPARED),
    entry("Erf", value::function),
    entry("Exp", value::plain_activation),
    entry("Expand", shaping::expand),
    entry("Flatten", shaping::flatten),
    entry("Floor", value::function),
    limited("Gather", selecting::gather, "indices are constants"),
    entry("Gelu", value::activation),
    limited("Gemm", linear::gemm, "B and C are constants"),
    entry("GlobalAveragePool", convolution::global_average_pool),
    entry("GlobalMaxPool", convolution::global_max_pool),
    limited("Greater", value::compare, COMPARED),
    limited("GreaterOrEqual", value::compare, COMPARED),
    entry("GroupNormalization", normalization::group_normalization),
    entry("HardSigmoid", value::activation),
    entry("HardSwish", value::plain_activation),
    entry("Identity", shaping::identity),
    entry(
        "InstanceNormalization",
        normalization::instance_normalization,
    ),
    entry("LRN", normalization::local_response_normalization),
    limited(
        "LayerNormalization",
        normalization::layer_normalization,
        "only the first result",
    ),
    entry("LeakyRelu", value::activation),
    limited("Less", value::compare, COMPARED),
    limited("LessOrEqual", value::compare, COMPARED),
    entry("Log", value::function),
    entry("LogSoftmax", reducing::log_softmax),
    entry("MatMul", linear::mat_mul),
    entry("Max", value::combine),
    limited(
        "MaxPool",
        convolution::max_pool,
        "no indices; one and two dimensions",
    ),
    entry("Mean", value::combine),
    entry("Min", value::combine),
    entry("Mish", value::plain_activation),
    entry("Mul", value::combine),
    entry("Neg", value::function),
    limited("Not", value::not, TRUTH),
    limited("Or", value::both, TRUTH),
    limited("PRelu", value::parametric_relu, "slopes are constants"),
    limited("Pad", selecting::pad, "borders are constants"),
    limited("Pow", value::combine, "one of both is a constant"),
    entry("Reciprocal", value::function),
    entry("ReduceL1", reducing::reduce),
    entry("ReduceL2", reducing::reduce),
    entry("ReduceMax", reducing::reduce),
    entry("ReduceMean", reducing::reduce),
    entry("ReduceMin", reducing::reduce),
    entry("ReduceSum", reducing::reduce),
    entry("ReduceSumSquare", reducing::reduce),
    entry("Relu", value::plain_activation),
    limited(
        "Reshape",
        shaping::reshape,
        "the shape is a constant, or follows from other shapes",
    ),
    limited(
        "Resize",
        resizing::resize,
        "of height and width; not `tf_crop_and_resize`",
    ),
    entry("Selu", value::activation),
    entry("Shape", shaping::shape),
    entry("Sigmoid", value::plain_activation),
    entry("Sin", value::function),
    entry("Size", shaping::size),
    limited("Slice", selecting::slice, "places are constants"),
    entry("Softmax", reducing::softmax),
    entry("Softplus", value::plain_activation),
    entry("Softsign", value::plain_activation),
    entry("SpaceToDepth", shaping::space_to_depth),
    entry("Split", selecting::split),
    entry("Sqrt", value::function),
    entry("Squeeze", shaping::squeeze),
    entry("Sub", value::combine),
    entry("Sum", value::combine),
    entry("Swish", value::activation),
    entry("Tanh", value::plain_activation),
    entry("ThresholdedRelu", value::activation),
    entry("Transpose", shaping::transpose),
    entry("Unsqueeze", shaping::unsqueeze),
    limited(
        "Upsample",
        resizing::resize,
        "nearest and linear, of height and width",
    ),
    entry("Where", value::choose),
];

/// What to do about operators that people meet and that are not there.
pub fn hint(operator: &str) -> &'static str {
    match operator {
        "QuantizeLinear"
        | "DequantizeLinear"
        | "DynamicQuantizeLinear"
        | "QLinearConv"
        | "QLinearMatMul"
        | "ConvInteger"
        | "MatMulInteger" => {
            ": it comes from quantisation, so export the model before it is quantised"
        }
        "If" | "Loop" | "Scan" => {
            ": the way through the model depends on the image; export it by tracing, or simplify it"
        }
        "LSTM" | "GRU" | "RNN" => ": recurrent networks are not supported",
        "NonMaxSuppression" | "RoiAlign" | "TopK" | "ArgMax" => {
            ": it belongs to what follows a classifier's scores; export the model up to the scores"
        }
        _ => "",
    }
}

/// The operators that are supported, each with what of it is not (empty for nothing).
pub fn supported() -> impl Iterator<Item = (&'static str, &'static str)> {
    REGISTER.iter().map(|entry| (entry.operator, entry.limits))
}
