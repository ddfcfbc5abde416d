//! [`Packed`]: numbers as text of fixed width, six bits a character, which is short and quick to read in scripts.

const DIGITS: &[u8; 64] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

/// The largest value of a share: three characters.
pub(super) const WHOLE: u32 = (1 << 18) - 1;

/// Text that grows number by number.
#[derive(Debug, Default)]
pub(super) struct Packed(String);

impl Packed {
    /// A whole number in this many characters, the highest six bits first. What is too large is cut to the largest.
    pub(super) fn number(&mut self, value: usize, characters: usize) {
        let largest = 1usize
            .checked_shl(6 * characters as u32)
            .map_or(usize::MAX, |bound| bound - 1);
        let value = value.min(largest);
        for place in (0..characters).rev() {
            let digit = (value >> (6 * place)) & 63;
            self.0.push(char::from(DIGITS[digit]));
        }
    }

    /// A share in [0, 1], rounded to one of [`WHOLE`] steps. What lies outside, and no number, is moved to the nearer
    /// end.
    pub(super) fn share(&mut self, share: f64) {
        let steps = if share.is_nan() {
            0.0
        } else {
            (share.clamp(0.0, 1.0) * f64::from(WHOLE)).round()
        };
        self.number(steps as usize, 3);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.0.push_str(text);
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// Characters that hold every number below `bound`.
pub(super) fn characters(bound: usize) -> usize {
    let mut characters = 1;
    while characters < 10 && bound > 1 << (6 * characters) {
        characters += 1;
    }
    characters
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As `assets/data.js` reads them.
    fn read(text: &str) -> usize {
        text.bytes().fold(0, |value, byte| {
            value << 6 | DIGITS.iter().position(|&digit| digit == byte).unwrap()
        })
    }

    #[test]
    fn shares_are_rounded_and_bounded() {
        for (share, expected) in [
            (0.0, 0),
            (1.0, WHOLE),
            (0.5, 131_072),
            (7.0, WHOLE),
            (-1.0, 0),
            (f64::NAN, 0),
            (f64::INFINITY, WHOLE),
        ] {
            let mut packed = Packed::default();
            packed.share(share);
            assert_eq!(read(&packed.into_text()), expected as usize, "{share}");
        }
    }

    #[test]
    fn there_are_as_many_characters_as_needed() {
        let found: Vec<usize> = [0, 1, 64, 65, 4096, 4097].map(characters).to_vec();
        assert_eq!(found, [1, 1, 1, 2, 2, 3]);
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_they_are_written(bound in 1usize..10_000_000, share in 0.0f64..1.0) {
            let value = (bound as f64 * share) as usize;
            let mut packed = Packed::default();
            packed.number(value, characters(bound));
            prop_assert_eq!(read(&packed.into_text()), value);
        }
    }
}
