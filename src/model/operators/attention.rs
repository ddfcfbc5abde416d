//! [`MultiHeadAttention`]: every position mixes what all positions say, by how well they answer it.

use super::{Misfit, Rule, Shape, WeightSpec, product};

/// Scaled dot-product attention in several heads, with the projections before and after (Vaswani et al. 2017).
/// Reads queries and values, and keys where they are not the values; each of steps × channels. Read
/// once, a layer is all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultiHeadAttention {
    pub heads: usize,
    /// Channels of a head's queries and keys, and of its values.
    pub key_size: usize,
    pub value_size: usize,
    pub bias: bool,
}

impl MultiHeadAttention {
    /// Queries, values and keys among the inputs.
    fn roles<'a>(inputs: &[&'a Shape]) -> Option<[&'a Shape; 3]> {
        match *inputs {
            [query] => Some([query, query, query]),
            [query, value] => Some([query, value, value]),
            [query, value, key] => Some([query, value, key]),
            _ => None,
        }
    }
}

impl Rule for MultiHeadAttention {
    fn kind(&self) -> &'static str {
        "Attention"
    }

    fn describe(&self, _inputs: &[&Shape], _output: &Shape) -> String {
        let heads = if self.heads == 1 { "head" } else { "heads" };
        let values = if self.value_size == self.key_size {
            String::new()
        } else {
            format!(", values of {}", self.value_size)
        };
        format!(
            "Multi-head attention, {} {heads} of {} channels{values}",
            self.heads, self.key_size
        )
    }

    fn output_shape(&self, inputs: &[&Shape]) -> Result<Shape, Misfit> {
        let roles = Self::roles(inputs)
            .ok_or_else(|| format!("reads {} layers, but takes 1 to 3", inputs.len()))?;
        let [query, value, key] = roles.map(Shape::dimensions);
        match (query, value, key) {
            (&[_, _], &[values, _], &[keys, _]) if values == keys => Ok(roles[0].clone()),
            _ => Err(format!(
                "attends from {} to {} and {}; supported are steps × channels, as many values as keys",
                roles[0], roles[1], roles[2]
            )),
        }
    }

    fn weights(&self, inputs: &[&Shape]) -> Vec<WeightSpec> {
        let channels = Self::roles(inputs).map_or([0; 3], |roles| roles.map(Shape::channels));
        let [query, value, key] = channels;
        let parts: [(&'static str, &'static str, usize, usize); 3] = [
            ("query_kernel", "query_bias", query, self.key_size),
            ("key_kernel", "key_bias", key, self.key_size),
            ("value_kernel", "value_bias", value, self.value_size),
        ];
        let mut weights = Vec::with_capacity(8);
        for (kernel, bias, read, written) in parts {
            weights.push(WeightSpec::trained(kernel, vec![read, self.heads, written]));
            if self.bias {
                weights.push(WeightSpec::trained(bias, vec![self.heads, written]));
            }
        }
        let output = vec![self.heads, self.value_size, query];
        weights.push(WeightSpec::trained("attention_output_kernel", output));
        if self.bias {
            weights.push(WeightSpec::trained("attention_output_bias", vec![query]));
        }
        weights
    }

    fn multiply_adds(&self, inputs: &[&Shape], _output: &Shape) -> u64 {
        let Some([query, value, key]) = Self::roles(inputs) else {
            return 0;
        };
        let (from, to) = (query.positions(), key.positions());
        let heads = self.heads;
        let terms = [
            product(&[query.elements(), heads, self.key_size]),
            product(&[key.elements(), heads, self.key_size]),
            product(&[value.elements(), heads, self.value_size]),
            product(&[from, to, heads, self.key_size]),
            product(&[from, to, heads, self.value_size]),
            product(&[from, heads, self.value_size, query.channels()]),
        ];
        terms.into_iter().fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_projection_has_its_weights() {
        let attention = MultiHeadAttention {
            heads: 2,
            key_size: 3,
            value_size: 5,
            bias: true,
        };
        let (query, value) = (Shape::new([4, 6]), Shape::new([7, 8]));
        assert_eq!(attention.output_shape(&[&query, &value]), Ok(query.clone()));
        let shapes: Vec<_> = attention
            .weights(&[&query, &value])
            .into_iter()
            .map(|spec| spec.shape)
            .collect();
        assert_eq!(shapes[0], [6, 2, 3]);
        assert_eq!(shapes[4], [8, 2, 5]);
        assert_eq!(shapes[6..], [vec![2, 5, 6], vec![6]]);
        assert!(attention.output_shape(&[&Shape::vector(3)]).is_err());
        assert!(attention.output_shape(&[&query, &value, &query]).is_err());
    }
}
