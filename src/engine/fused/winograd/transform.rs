//! The transforms of Winograd's minimal filtering (Lavin and Gray 2016, *Fast algorithms for convolutional
//! neural networks*) for kernels of three taps: `T` input values give `T − 2` outputs with `T` products.
//!
//! The points are 0, 1, −1, ∞ for four products, and 2 for five, −2 for six, −½ for seven (½ rounds a third
//! worse). The more of them, the more is saved, and the worse it rounds: six points lose about four bits, seven one more.

use crate::engine::fused::simd::Simd;

/// `Bᵀd`: input values to points.
#[inline(always)]
pub fn input<S: Simd, const T: usize>(s: S, d: [S::Vector; T]) -> [S::Vector; T] {
    let mut points = d;
    let k = |value| s.splat(value);
    match T {
        4 => {
            points[0] = s.sub(d[0], d[2]);
            points[1] = s.add(d[1], d[2]);
            points[2] = s.sub(d[2], d[1]);
            points[3] = s.sub(d[1], d[3]);
        }
        5 => {
            let a = s.sub(d[3], d[1]);
            points[0] = s.mul_add(k(2.0), s.sub(d[0], d[2]), a);
            points[1] = s.mul_add(k(-2.0), d[1], s.sub(d[3], d[2]));
            points[2] = s.mul_add(k(2.0), d[1], s.mul_add(k(-3.0), d[2], d[3]));
            points[3] = a;
            points[4] = s.mul_add(k(-2.0), a, s.sub(d[4], d[2]));
        }
        6 => {
            let a = s.mul_add(k(-4.0), d[2], d[4]);
            let b = s.mul_add(k(-4.0), d[1], d[3]);
            let c = s.sub(d[4], d[2]);
            let e = s.sub(d[3], d[1]);
            points[0] = s.mul_add(k(4.0), d[0], s.mul_add(k(-5.0), d[2], d[4]));
            points[1] = s.add(a, b);
            points[2] = s.sub(a, b);
            points[3] = s.mul_add(k(2.0), e, c);
            points[4] = s.mul_add(k(-2.0), e, c);
            points[5] = s.mul_add(k(4.0), d[1], s.mul_add(k(-5.0), d[3], d[5]));
        }
        7 => {
            // All polynomials but that of −½ share the factor x + ½; what is left of them are those of six points.
            let e: [S::Vector; 6] =
                std::array::from_fn(|place| s.mul_add(k(0.5), d[place], d[place + 1]));
            let six = input::<S, 6>(s, e);
            points[..5].copy_from_slice(&six[..5]);
            points[5] = s.mul_add(k(4.0), d[1], s.mul_add(k(-5.0), d[3], d[5]));
            points[6] = six[5];
        }
        _ => unreachable!("a transform of {T} points"),
    }
    points
}

/// `Aᵀm`: products to outputs, of which the first `T − 2` count.
#[inline(always)]
pub fn output<S: Simd, const T: usize>(s: S, m: [S::Vector; T]) -> [S::Vector; T] {
    let mut values = m;
    let k = |value| s.splat(value);
    let (sum, difference) = (s.add(m[1], m[2]), s.sub(m[1], m[2]));
    match T {
        4 => {
            values[0] = s.add(m[0], sum);
            values[1] = s.sub(difference, m[3]);
        }
        5 => {
            values[0] = s.add(s.add(m[0], m[3]), sum);
            values[1] = s.mul_add(k(2.0), m[3], difference);
            values[2] = s.mul_add(k(4.0), m[3], s.add(sum, m[4]));
        }
        6 => {
            let (far, apart) = (s.add(m[3], m[4]), s.sub(m[3], m[4]));
            values[0] = s.add(s.add(m[0], sum), far);
            values[1] = s.mul_add(k(2.0), apart, difference);
            values[2] = s.mul_add(k(4.0), far, sum);
            values[3] = s.mul_add(k(8.0), apart, s.add(difference, m[5]));
        }
        7 => {
            let (far, apart) = (s.add(m[3], m[4]), s.sub(m[3], m[4]));
            values[0] = s.add(s.add(s.add(m[0], sum), far), m[5]);
            values[1] = s.mul_add(k(2.0), apart, s.mul_add(k(-0.5), m[5], difference));
            values[2] = s.mul_add(k(4.0), far, s.mul_add(k(0.25), m[5], sum));
            values[3] = s.mul_add(k(8.0), apart, s.mul_add(k(-0.125), m[5], difference));
            values[4] = s.mul_add(k(16.0), far, s.mul_add(k(0.0625), m[5], s.add(sum, m[6])));
        }
        _ => unreachable!("a transform of {T} points"),
    }
    values
}

/// `Gg`: three taps to points.
pub fn taps(points: usize, g: [f64; 3]) -> Vec<f64> {
    let [a, b, c] = g;
    match points {
        4 => vec![a, (a + b + c) / 2.0, (a - b + c) / 2.0, c],
        5 => vec![
            a / 2.0,
            -(a + b + c) / 2.0,
            (b - a - c) / 6.0,
            (a + 2.0 * b + 4.0 * c) / 6.0,
            c,
        ],
        6 => vec![
            a / 4.0,
            -(a + b + c) / 6.0,
            (b - a - c) / 6.0,
            (a + 2.0 * b + 4.0 * c) / 24.0,
            (a - 2.0 * b + 4.0 * c) / 24.0,
            c,
        ],
        7 => vec![
            a / 2.0,
            -(a + b + c) / 9.0,
            (a - b + c) / 3.0,
            (a + 2.0 * b + 4.0 * c) / 60.0,
            -(a - 2.0 * b + 4.0 * c) / 36.0,
            (a - 0.5 * b + 0.25 * c) / -1.40625,
            c,
        ],
        _ => unreachable!("a transform of {points} points"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fused::simd::{InstructionSet, Kernel};

    /// One axis: transforms and products against the sum itself.
    struct Axis<const T: usize>;

    impl<const T: usize> Kernel for Axis<T> {
        type Output = ();

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) {
            let data: Vec<f32> = (0..T)
                .map(|place| ((place * 7 + 3) % 5) as f32 - 1.5)
                .collect();
            let g = [0.5, -1.25, 2.0];
            let mut d = [simd.splat(0.0); T];
            for (vector, &value) in d.iter_mut().zip(&data) {
                *vector = simd.splat(value);
            }
            let mut m = input::<S, T>(simd, d);
            for (product, tap) in m.iter_mut().zip(taps(T, g)) {
                *product = simd.mul(*product, simd.splat(tap as f32));
            }
            let y = output::<S, T>(simd, m);
            for place in 0..T - 2 {
                let expected: f64 = (0..3)
                    .map(|tap| g[tap] * f64::from(data[place + tap]))
                    .sum();
                let mut lanes = [0.0; 16];
                // SAFETY: no vector is longer than sixteen values.
                unsafe { simd.store(lanes.as_mut_ptr(), y[place]) };
                assert!(
                    (f64::from(lanes[0]) - expected).abs() < 1e-5,
                    "{T} points, output {place}"
                );
            }
        }
    }

    #[test]
    fn products_at_the_points_give_the_convolution() {
        for set in InstructionSet::available() {
            set.run(Axis::<4>);
            set.run(Axis::<5>);
            set.run(Axis::<6>);
            set.run(Axis::<7>);
        }
    }
}
