//! Functions of single values, and combinations value by value.

use super::super::align::{Operand, Rules};
use super::super::array::Array;
use super::super::error::Reason;
use super::super::importer::{Value, weight};
use super::super::view::{Parts, View};
use super::call::{Call, Outputs, one};
use super::linear;
use crate::model::operators::{
    Activation, ActivationLayer, Arithmetic, ArithmeticKind, Choice, Combination, CombinationKind,
    Comparison, ComparisonKind, Constant, Function, ParametricRelu,
};
use crate::model::{LayerId, Operator};

/// Operators that are one of the activations, without arguments.
pub fn plain_activation(call: &mut Call<'_, '_>) -> Outputs {
    let activation = match call.node.operator() {
        "Relu" => Activation::Relu,
        "Sigmoid" => Activation::Sigmoid,
        "Tanh" => Activation::Tanh,
        "Softplus" => Activation::Softplus,
        "Softsign" => Activation::Softsign,
        "HardSwish" => Activation::HardSilu,
        "Mish" => Activation::Mish,
        "Exp" => Activation::Exponential,
        other => return Err(format!("is no activation: {other}")),
    };
    call.activation(activation)
}

/// Activations with arguments.
pub fn activation(call: &mut Call<'_, '_>) -> Outputs {
    let alpha = call.node.float("alpha");
    match call.node.operator() {
        "LeakyRelu" => call.activation(Activation::relu(None, alpha.unwrap_or(0.01), 0.0)),
        "Elu" => call.activation(Activation::Elu {
            alpha: alpha.unwrap_or(1.0),
        }),
        "Gelu" => {
            let tanh = call.node.text("approximate") == Some("tanh");
            call.activation(Activation::Gelu { tanh })
        }
        "HardSigmoid" => hard_sigmoid(
            call,
            alpha.unwrap_or(0.2),
            call.node.float("beta").unwrap_or(0.5),
        ),
        "Selu" => selu(call),
        "Swish" => match alpha.unwrap_or(1.0) {
            1.0 => call.activation(Activation::Silu),
            alpha => Err(format!("has the alpha {alpha}; only 1 is supported")),
        },
        "Celu" => call_function(
            call,
            Function::Celu {
                alpha: alpha.unwrap_or(1.0),
            },
        ),
        _ => {
            let threshold = alpha.unwrap_or(1.0);
            call_function(call, Function::ThresholdedRelu { threshold })
        }
    }
}

fn call_function(call: &mut Call<'_, '_>, function: Function) -> Outputs {
    let view = call.view(0)?;
    call.pointwise(&view, function)
}

fn hard_sigmoid(call: &mut Call<'_, '_>, slope: f32, offset: f32) -> Outputs {
    const SIXTH: f32 = 1.0 / 6.0;
    if (slope, offset) == (0.2, 0.5) {
        call.activation(Activation::HardSigmoidKeras2)
    } else if (slope - SIXTH).abs() < 1e-6 && offset == 0.5 {
        call.activation(Activation::HardSigmoidKeras3)
    } else {
        call_function(call, Function::HardSigmoid { slope, offset })
    }
}

/// With other numbers than its own it is a scaled ELU.
fn selu(call: &mut Call<'_, '_>) -> Outputs {
    const ALPHA: f32 = 1.673_263_2;
    const GAMMA: f32 = 1.050_701;
    let alpha = call.node.float("alpha").unwrap_or(ALPHA);
    let gamma = call.node.float("gamma").unwrap_or(GAMMA);
    if (alpha - ALPHA).abs() < 1e-6 && (gamma - GAMMA).abs() < 1e-6 {
        return call.activation(Activation::Selu);
    }
    let view = call.view(0)?;
    let name = format!("{}.elu", call.name());
    let elu = ActivationLayer {
        activation: Activation::Elu { alpha },
    };
    let layer = call.importer.push(&name, elu, vec![view.layer], vec![])?;
    let view = View { layer, ..view };
    let scale = Arithmetic {
        kind: ArithmeticKind::Multiply,
        constant: Constant::Number(gamma),
        constant_first: false,
    };
    call.pointwise(&view, scale)
}

/// Functions that are steps of a formula.
pub fn function(call: &mut Call<'_, '_>) -> Outputs {
    let function = match call.node.operator() {
        "Abs" => Function::Absolute,
        "Neg" => Function::Negative,
        "Reciprocal" => Function::Reciprocal,
        "Sqrt" => Function::SquareRoot,
        "Log" => Function::Logarithm,
        "Erf" => Function::ErrorFunction,
        "Sin" => Function::Sine,
        "Cos" => Function::Cosine,
        "Floor" => Function::Floor,
        "Ceil" => Function::Ceiling,
        other => return Err(format!("is no function of one value: {other}")),
    };
    call_function(call, function)
}

pub fn clip(call: &mut Call<'_, '_>) -> Outputs {
    let minimum = call.number("min", 1)?.unwrap_or(f32::NEG_INFINITY);
    let maximum = call.number("max", 2)?.unwrap_or(f32::INFINITY);
    if minimum == 0.0 && maximum > 0.0 {
        let maximum = maximum
            .is_finite()
            .then_some(maximum)
            .filter(|&maximum| maximum < f32::MAX);
        return call.activation(Activation::relu(maximum, 0.0, 0.0));
    }
    call_function(call, Function::Clip { minimum, maximum })
}

/// `Add`, `Mul`, … of two tensors, `Sum`, `Mean`, `Max`, `Min` of any number.
pub fn combine(call: &mut Call<'_, '_>) -> Outputs {
    let values: Vec<Value> = call.inputs.iter().flatten().cloned().collect();
    let (kind, combination) = match call.node.operator() {
        "Add" | "Sum" => (ArithmeticKind::Add, Some(CombinationKind::Add)),
        "Sub" => (ArithmeticKind::Subtract, Some(CombinationKind::Subtract)),
        "Mul" => (ArithmeticKind::Multiply, Some(CombinationKind::Multiply)),
        "Div" => (ArithmeticKind::Divide, Some(CombinationKind::Divide)),
        "Max" => (ArithmeticKind::Maximum, Some(CombinationKind::Maximum)),
        "Min" => (ArithmeticKind::Minimum, Some(CombinationKind::Minimum)),
        "Mean" => (ArithmeticKind::Add, Some(CombinationKind::Average)),
        _ => (ArithmeticKind::Power, None),
    };
    match values.as_slice() {
        [] => Err("reads nothing".into()),
        [Value::Layer(view)] => one(view.clone()),
        [Value::Layer(view), Value::Constant(array)]
            if combination != Some(CombinationKind::Average) =>
        {
            let plain = kind == ArithmeticKind::Add && call.readers == 1;
            if plain && linear::add_bias(call.importer, view, array) {
                return one(view.clone());
            }
            arithmetic(call, &values, kind, false)
        }
        [Value::Constant(array), Value::Layer(view)]
            if combination != Some(CombinationKind::Average) =>
        {
            let plain = kind == ArithmeticKind::Add && call.readers == 1;
            if plain && linear::add_bias(call.importer, view, array) {
                return one(view.clone());
            }
            arithmetic(call, &values, kind, true)
        }
        _ => {
            let kind = combination
                .ok_or("raises one layer to the power of another, which is not supported")?;
            let aligned = call
                .importer
                .align(&values, Rules::default(), call.node.layer)?;
            let inputs = linear::operands(call, &aligned.operands)?;
            let layer = call.push(Combination { kind }, inputs, vec![])?;
            one(View {
                layer,
                axes: aligned.axes,
                label: None,
            })
        }
    }
}

/// One layer and one constant, in the order of the node.
fn arithmetic(
    call: &mut Call<'_, '_>,
    values: &[Value],
    kind: ArithmeticKind,
    constant_first: bool,
) -> Outputs {
    let constant = match &values[usize::from(!constant_first)] {
        Value::Constant(array) => array.clone(),
        Value::Layer(_) => return Err("combines two layers".into()),
    };
    if let (1, Value::Layer(view)) = (constant.len(), &values[usize::from(constant_first)])
        && constant.dimensions().len() <= view.axes.len()
    {
        let constant = Constant::Number(constant.to_float()?);
        let view = view.clone();
        return call.pointwise(
            &view,
            Arithmetic {
                kind,
                constant,
                constant_first,
            },
        );
    }
    let (layer, numbers, axes) = layer_and_constant(call, values)?;
    let constant = Constant::Weight(numbers.dimensions().to_vec());
    let weights = vec![weight(
        "constant",
        numbers.dimensions(),
        numbers.to_floats(),
    )];
    let layer = call.push(
        Arithmetic {
            kind,
            constant,
            constant_first,
        },
        vec![layer],
        weights,
    )?;
    one(View {
        layer,
        axes,
        label: None,
    })
}

/// One layer and one constant in the same order of axes.
fn layer_and_constant(
    call: &mut Call<'_, '_>,
    values: &[Value],
) -> Result<(LayerId, Array, Vec<Parts>), Reason> {
    let aligned = call
        .importer
        .align(values, Rules::default(), call.node.layer)?;
    let (mut layer, mut numbers): (Option<usize>, Option<Array>) = (None, None);
    for operand in aligned.operands {
        match operand {
            Operand::Layer(found) => layer = Some(found),
            Operand::Constant(found) => numbers = Some(found),
        }
    }
    let (Some(layer), Some(numbers)) = (layer, numbers) else {
        return Err(Reason::from("combines two layers"));
    };
    Ok((layer, numbers, aligned.axes))
}

/// A leaky ReLU with slopes from a constant.
pub fn parametric_relu(call: &mut Call<'_, '_>) -> Outputs {
    let values = [
        Value::Layer(call.view(0)?),
        Value::Constant(call.needed(1)?),
    ];
    let (layer, slopes, axes) = layer_and_constant(call, &values)?;
    let weights = vec![weight("alpha", slopes.dimensions(), slopes.to_floats())];
    let operator = ParametricRelu {
        slopes: slopes.dimensions().to_vec(),
    };
    let layer = call.push(operator, vec![layer], weights)?;
    one(View {
        layer,
        axes,
        label: None,
    })
}

/// A comparison with a number, with other constants or with another layer.
pub fn compare(call: &mut Call<'_, '_>) -> Outputs {
    let kind = match call.node.operator() {
        "Greater" => ComparisonKind::Above,
        "GreaterOrEqual" => ComparisonKind::AtLeast,
        "Less" => ComparisonKind::Below,
        "LessOrEqual" => ComparisonKind::AtMost,
        _ => ComparisonKind::Equal,
    };
    if let (ComparisonKind::Above, Some(Value::Constant(number))) =
        (kind, call.inputs.get(1).cloned().flatten())
        && number.len() == 1
    {
        let number = number.to_float()?;
        return call_function(call, Function::Above { number });
    }
    together(call, Comparison { kind })
}

/// What is 1 or 0 turned round.
pub fn not(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let turned = Arithmetic {
        kind: ArithmeticKind::Subtract,
        constant: Constant::Number(1.0),
        constant_first: true,
    };
    call.pointwise(&view, turned)
}

/// Both, or one of both, of what is 1 or 0.
pub fn both(call: &mut Call<'_, '_>) -> Outputs {
    let kind = match call.node.operator() {
        "And" => CombinationKind::Multiply,
        _ => CombinationKind::Maximum,
    };
    together(call, Combination { kind })
}

/// A layer made of all inputs value by value.
fn together(call: &mut Call<'_, '_>, operator: impl Into<Operator>) -> Outputs {
    let values: Vec<Value> = call.inputs.iter().flatten().cloned().collect();
    let aligned = call
        .importer
        .align(&values, Rules::default(), call.node.layer)?;
    let inputs = linear::operands(call, &aligned.operands)?;
    let layer = call.push(operator, inputs, vec![])?;
    one(View {
        layer,
        axes: aligned.axes,
        label: None,
    })
}

/// PyTorch's softplus takes x itself above a threshold (20) from which both are the same number.
pub fn choose(call: &mut Call<'_, '_>) -> Outputs {
    match softplus(call) {
        Some(view) => one(view),
        None => together(call, Choice),
    }
}

fn softplus(call: &Call<'_, '_>) -> Option<View> {
    let views = (call.view(0).ok()?, call.view(1).ok()?, call.view(2).ok()?);
    let (condition, above, below) = views;
    let (compared, computed) = (
        call.importer.draft(condition.layer),
        call.importer.draft(below.layer),
    );
    let threshold = matches!(compared.operator, Operator::Function(Function::Above { number }) if number >= 17.0);
    let softplus = matches!(&computed.operator, Operator::ActivationLayer(layer) if layer.activation == Activation::Softplus);
    let alike = compared.inputs == [above.layer] && computed.inputs == [above.layer];
    let in_place = condition.axes == above.axes && below.axes == above.axes;
    (threshold && softplus && alike && in_place).then_some(below)
}
