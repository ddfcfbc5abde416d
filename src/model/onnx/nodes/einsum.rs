//! Products in Einstein's notation (`bhid,bhjd->bhij`), as exporters write matrix products: a letter for each axis, and
//! the sum over letters that the result has not. Two tensors are multiplied as matrices, with letters that both and the
//! result have as the places of several such products; what is no product of two tensors is refused.

use std::collections::HashMap;

use super::super::error::Reason;
use super::super::importer::{Value, across_samples};
use super::super::view::{Parts, View};
use super::call::{Call, Outputs, one};
use super::linear::{dense, product};

/// Letters for the axes that `...` stands for, the last axis first.
const UNNAMED: u32 = 0xE000;

pub fn einsum(call: &mut Call<'_, '_>) -> Outputs {
    let text = call.node.text("equation").unwrap_or_default();
    let text: String = text.split_whitespace().collect();
    let refuse = |problem: Reason| {
        format!(
            "computes {text:?}, which {problem}; products of two tensors as matrices are supported"
        )
    };
    let [Some(first), Some(second)] = call.inputs.as_slice() else {
        return Err(refuse("is not of two tensors".into()));
    };
    let values = [first.clone(), second.clone()];
    let extents = values.each_ref().map(|value| match value {
        Value::Layer(view) => call.extents(view),
        Value::Constant(array) => array.dimensions().iter().map(|&side| side as i64).collect(),
    });
    let [first, second] = values;
    let equation = Equation::parse(&text, extents.each_ref().map(Vec::len)).map_err(refuse)?;
    let sizes = equation.sizes(&extents).map_err(refuse)?;
    let [one_axes, other_axes] = equation.factors;
    // A layer comes first, so that a constant can be the kernel of a dense one.
    let (view, axes, other, other_axes) = match (first, second) {
        (Value::Layer(view), other) => (view, one_axes, other, other_axes),
        (other, Value::Layer(view)) => (view, other_axes, other, one_axes),
        _ => return Err(refuse("is of constants".into())),
    };
    let roles = Roles::of(&axes, &other_axes, &equation.result).map_err(refuse)?;
    let (view, labels) = match &other {
        Value::Constant(_) if roles.places.is_empty() => (
            multiplied(call, (&view, &axes), (&other, &other_axes), &roles, &sizes)?,
            roles.labels(),
        ),
        _ => {
            let roles = roles.with_samples((&view, &axes), (&other, &other_axes))?;
            (
                matrices(call, (&view, &axes), (&other, &other_axes), &roles, &sizes)?,
                roles.labels(),
            )
        }
    };
    let place = |label: &char| labels.iter().position(|other| other == label);
    let order: Option<Vec<usize>> = equation.result.iter().map(place).collect();
    one(view.transposed(&order.ok_or_else(|| refuse("is not understood".into()))?))
}

/// The letters of an equation, one an axis.
struct Equation {
    factors: [Vec<char>; 2],
    result: Vec<char>,
}

impl Equation {
    fn parse(text: &str, ranks: [usize; 2]) -> Result<Self, Reason> {
        let (factors, result) = text.split_once("->").ok_or("does not name its result")?;
        let (one, other) = factors.split_once(',').ok_or("is not of two tensors")?;
        let unnamed = |text: &str, rank: usize| {
            rank.checked_sub(text.chars().filter(|sign| *sign != '.').count())
                .filter(|&rest| rest == 0 || text.contains("..."))
                .ok_or_else(|| format!("has other axes than its tensors, of {rank} axes"))
        };
        let rests = [unnamed(one, ranks[0])?, unnamed(other, ranks[1])?];
        let equation = Self {
            factors: [letters(one, rests[0])?, letters(other, rests[1])?],
            result: letters(result, rests[0].max(rests[1]))?,
        };
        Ok(equation)
    }

    /// The extent of each letter's axis; 1 is repeated where it meets another.
    fn sizes(&self, extents: &[Vec<i64>; 2]) -> Result<HashMap<char, i64>, Reason> {
        let mut sizes: HashMap<char, i64> = HashMap::new();
        for (labels, extents) in self.factors.iter().zip(extents) {
            for (&label, &extent) in labels.iter().zip(extents) {
                let known = sizes.entry(label).or_insert(extent);
                if *known == 1 {
                    *known = extent;
                } else if extent != 1 && extent != *known {
                    return Err(format!("has axes of different extents under `{label}`"));
                }
            }
        }
        Ok(sizes)
    }
}

/// One letter an axis, each once; `...` stands for so many axes without one.
fn letters(text: &str, unnamed: usize) -> Result<Vec<char>, Reason> {
    let (before, after) = text.split_once("...").unwrap_or((text, ""));
    let rest = (0..unnamed as u32).rev();
    let unnamed = rest.filter_map(|place| char::from_u32(UNNAMED + place));
    let unnamed = unnamed.filter(|_| text.contains("..."));
    let labels: Vec<char> = before.chars().chain(unnamed).chain(after.chars()).collect();
    for (at, label) in labels.iter().enumerate() {
        if labels[..at].contains(label) {
            return Err(format!("has the axis `{label}` twice in one tensor"));
        }
    }
    match labels
        .iter()
        .find(|label| !label.is_alphabetic() && (**label as u32) < UNNAMED)
    {
        Some(sign) => Err(format!("holds the sign {sign:?}")),
        None => Ok(labels),
    }
}

/// What the axes are to the product of matrices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Roles {
    /// Of both tensors and the result.
    places: Vec<char>,
    /// Of the first tensor and the result.
    rows: Vec<char>,
    /// Of both tensors, but not the result.
    summed: Vec<char>,
    /// Of the second tensor and the result.
    columns: Vec<char>,
}

impl Roles {
    fn of(first: &[char], second: &[char], result: &[char]) -> Result<Self, Reason> {
        let mut roles = Self::default();
        for &label in first {
            match (second.contains(&label), result.contains(&label)) {
                (true, true) => roles.places.push(label),
                (true, false) => roles.summed.push(label),
                (false, true) => roles.rows.push(label),
                (false, false) => return Err(format!("sums one tensor along `{label}`")),
            }
        }
        for &label in second.iter().filter(|label| !first.contains(label)) {
            if !result.contains(&label) {
                return Err(format!("sums one tensor along `{label}`"));
            }
            roles.columns.push(label);
        }
        let known = roles.labels();
        if let Some(label) = result.iter().find(|label| !known.contains(label)) {
            return Err(format!("has `{label}` in its result only"));
        }
        if roles.summed.is_empty() {
            return Err("sums along no axis".into());
        }
        Ok(roles)
    }

    /// The axes of the product, in its order.
    fn labels(&self) -> Vec<char> {
        [self.places.as_slice(), &self.rows, &self.columns].concat()
    }

    /// The axis that holds the samples as one of the places: matrices belong to one sample.
    fn with_samples(
        mut self,
        (view, axes): (&View, &[char]),
        (other, other_axes): (&Value, &[char]),
    ) -> Result<Self, Reason> {
        let held = samples(view, axes);
        if let Value::Layer(other) = other
            && samples(other, other_axes) != held
        {
            return Err(across_samples());
        }
        if let Some(at) = self.rows.iter().position(|&label| Some(label) == held) {
            self.places.insert(0, self.rows.remove(at));
        }
        Ok(self)
    }
}

/// The letter of the axis that holds the samples.
fn samples(view: &View, axes: &[char]) -> Option<char> {
    let at = (0..view.axes.len()).find(|&axis| view.holds_batch(axis))?;
    axes.get(at).copied()
}

/// With a constant: a dense layer over the summed axes.
fn multiplied(
    call: &mut Call<'_, '_>,
    (view, axes): (&View, &[char]),
    (kernel, kernel_axes): (&Value, &[char]),
    roles: &Roles,
    sizes: &HashMap<char, i64>,
) -> Result<View, Reason> {
    let mut seen: Vec<Parts> = roles
        .rows
        .iter()
        .map(|&label| parts(view, axes, &[label]))
        .collect();
    seen.push(parts(view, axes, &roles.summed));
    let view = View {
        axes: seen,
        ..view.clone()
    };
    let kernel = stacked(
        kernel,
        kernel_axes,
        &[],
        [&roles.summed, &roles.columns],
        sizes,
    )?;
    let Value::Constant(kernel) = kernel else {
        return Err("has no constant".into());
    };
    let found = only(dense(call, &view, &kernel, None)?)?;
    if roles.columns.len() == 1 {
        return Ok(found);
    }
    spread(call, &found, roles, sizes)
}

/// Of two layers, or with a constant that has a matrix for each place.
fn matrices(
    call: &mut Call<'_, '_>,
    (view, axes): (&View, &[char]),
    (other, other_axes): (&Value, &[char]),
    roles: &Roles,
    sizes: &HashMap<char, i64>,
) -> Result<View, Reason> {
    let first = Value::Layer(view.clone());
    let first = stacked(
        &first,
        axes,
        &roles.places,
        [&roles.rows, &roles.summed],
        sizes,
    )?;
    let second = stacked(
        other,
        other_axes,
        &roles.places,
        [&roles.summed, &roles.columns],
        sizes,
    )?;
    let found = only(product(call, &[first, second])?)?;
    if roles.rows.len() == 1 && roles.columns.len() == 1 {
        return Ok(found);
    }
    spread(call, &found, roles, sizes)
}

/// A tensor as matrices: an axis a place, of extent 1 where it has none, and two axes made of the others.
fn stacked(
    value: &Value,
    axes: &[char],
    places: &[char],
    sides: [&[char]; 2],
    sizes: &HashMap<char, i64>,
) -> Result<Value, Reason> {
    match value {
        Value::Layer(view) => {
            let mut stacked: Vec<Parts> = places
                .iter()
                .map(|&label| parts(view, axes, &[label]))
                .collect();
            stacked.extend(sides.map(|side| parts(view, axes, side)));
            Ok(Value::Layer(View {
                axes: stacked,
                ..view.clone()
            }))
        }
        Value::Constant(array) => {
            let at = |label: &char| axes.iter().position(|other| other == label);
            let order = places.iter().chain(sides[0]).chain(sides[1]).filter_map(at);
            let turned = array.transpose(&order.collect::<Vec<_>>())?;
            let extent = |label: &char| at(label).map_or(1, |axis| array.dimensions()[axis]);
            let mut extents: Vec<usize> = places.iter().map(extent).collect();
            extents.extend(sides.map(|side| side.iter().map(extent).product::<usize>()));
            let whole = |label: &char| {
                sizes
                    .get(label)
                    .is_some_and(|&size| size == extent(label) as i64)
            };
            if !sides.concat().iter().all(whole) {
                return Err("repeats a constant along an axis of matrices".into());
            }
            Ok(Value::Constant(turned.reshape(&extents)?))
        }
    }
}

/// The axes of these letters as one, the first the outermost; of extent 1 for letters that the tensor has not.
fn parts(view: &View, axes: &[char], labels: &[char]) -> Parts {
    let of = |label: &char| axes.iter().position(|other| other == label);
    let axes = labels.iter().filter_map(of);
    axes.flat_map(|axis| view.axes[axis].clone()).collect()
}

/// The result with an axis a letter, where the product made one of several or of none.
fn spread(
    call: &mut Call<'_, '_>,
    view: &View,
    roles: &Roles,
    sizes: &HashMap<char, i64>,
) -> Result<View, Reason> {
    let size = |label: &char| sizes.get(label).copied().unwrap_or(1);
    let target: Vec<i64> = roles.labels().iter().map(size).collect();
    call.importer.reshape(view, &target, call.node.layer)
}

fn only(outputs: Vec<Value>) -> Result<View, Reason> {
    match outputs.into_iter().next() {
        Some(Value::Layer(view)) => Ok(view),
        _ => Err("computes nothing".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(text: &str, ranks: [usize; 2]) -> Result<[String; 4], Reason> {
        let equation = Equation::parse(text, ranks)?;
        let [first, second] = &equation.factors;
        let roles = Roles::of(first, second, &equation.result)?;
        let words = [roles.places, roles.rows, roles.summed, roles.columns];
        Ok(words.map(|labels| {
            let shown = |label: char| if label as u32 >= UNNAMED { '.' } else { label };
            labels.into_iter().map(shown).collect()
        }))
    }

    #[test]
    fn letters_tell_what_their_axes_are() {
        let of = |places: &str, rows: &str, summed: &str, columns: &str| {
            Ok([places, rows, summed, columns].map(str::to_owned))
        };
        assert_eq!(roles("bhid,bhjd->bhij", [4, 4]), of("bh", "i", "d", "j"));
        assert_eq!(roles("bic,cde->bide", [3, 3]), of("", "bi", "c", "de"));
        assert_eq!(roles("...ij,...jk->...ik", [4, 3]), of(".", ".i", "j", "k"));
        assert_eq!(roles("...i,oi->...o", [3, 2]), of("", "..", "i", "o"));
    }

    #[test]
    fn what_is_no_product_is_refused_by_its_reason() {
        let refused = |text: &str, ranks| roles(text, ranks).err().unwrap_or_default();
        assert!(refused("bij,bjk", [3, 3]).contains("does not name its result"));
        assert!(refused("bij->bji", [3, 3]).contains("not of two tensors"));
        assert!(refused("bii,bij->bj", [3, 3]).contains("`i` twice"));
        assert!(refused("bij,bjk->bk", [3, 3]).contains("one tensor along `i`"));
        assert!(refused("bij,bij->bij", [3, 3]).contains("sums along no axis"));
        assert!(refused("bij,bjk->bikl", [3, 3]).contains("`l` in its result only"));
        assert!(refused("bij,bjk->bik", [3, 4]).contains("other axes"));
        assert!(refused("b1j,bjk->b1k", [3, 3]).contains("'1'"));
    }

    #[test]
    fn axes_of_one_letter_are_of_one_extent() {
        let equation = Equation::parse("bij,bjk->bik", [3, 3]).unwrap();
        let sizes =
            |first: [i64; 3], second: [i64; 3]| equation.sizes(&[first.into(), second.into()]);
        assert_eq!(sizes([1, 2, 3], [7, 3, 4]).unwrap()[&'b'], 7);
        assert!(sizes([1, 2, 3], [1, 4, 4]).is_err());
    }
}
