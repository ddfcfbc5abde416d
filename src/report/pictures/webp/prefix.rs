//! [`Code`]: a canonical prefix code from how often each symbol occurs, and how VP8L writes it down.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bits::Bits;

/// Longest code, and longest code of the lengths of codes.
const LONGEST: u8 = 15;
const LONGEST_OF_LENGTHS: u8 = 7;
/// The order in which the lengths of the codes of lengths are written.
const ORDER: [usize; 19] = [
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];

/// How often each symbol occurs.
pub(super) struct Counts(Vec<u32>);

impl Counts {
    pub(super) fn new(symbols: usize) -> Self {
        Self(vec![0; symbols])
    }

    pub(super) fn add(&mut self, symbol: usize) {
        self.0[symbol] += 1;
    }
}

/// A code: of each symbol the bits, the lowest first, and how many they are.
pub(super) struct Code {
    lengths: Vec<u8>,
    symbols: Vec<(u16, u8)>,
    /// The symbols that occur, where they are one or two; or zero, where none does.
    few: Option<Vec<usize>>,
}

impl Code {
    pub(super) fn of(counts: &Counts) -> Self {
        let used: Vec<usize> = (0..counts.0.len())
            .filter(|&symbol| counts.0[symbol] > 0)
            .collect();
        let lengths = lengths(&counts.0, LONGEST);
        let few = match used.len() {
            0 => Some(vec![0]),
            1 | 2 if used.iter().all(|&symbol| symbol < 256) => Some(used),
            _ => None,
        };
        let mut symbols: Vec<_> = canonical(&lengths)
            .into_iter()
            .zip(lengths.clone())
            .collect();
        // A single symbol is known without a bit.
        if few.as_ref().is_some_and(|few| few.len() == 1) {
            symbols.fill((0, 0));
        }
        Self {
            lengths,
            symbols,
            few,
        }
    }

    /// Appends a symbol.
    #[inline]
    pub(super) fn put(&self, out: &mut Bits, symbol: usize) {
        let (code, length) = self.symbols[symbol];
        out.put(code.into(), length.into());
    }

    /// Appends the code itself.
    pub(super) fn write(&self, out: &mut Bits) {
        if let Some(few) = &self.few {
            out.put(1, 1);
            out.put(few.len() as u32 - 1, 1);
            let bits = if few[0] > 1 { 8 } else { 1 };
            out.put(u32::from(bits == 8), 1);
            out.put(few[0] as u32, bits);
            if let Some(&second) = few.get(1) {
                out.put(second as u32, 8);
            }
            return;
        }
        out.put(0, 1);
        let tokens = repeats(&self.lengths);
        let mut counts = vec![0u32; ORDER.len()];
        tokens.iter().for_each(|token| counts[token.0] += 1);
        let lengths = lengths(&counts, LONGEST_OF_LENGTHS);
        let codes = canonical(&lengths);
        let last = ORDER
            .iter()
            .rposition(|&symbol| lengths[symbol] > 0)
            .unwrap_or(0);
        let written = (last + 1).max(4);
        out.put(written as u32 - 4, 4);
        ORDER[..written]
            .iter()
            .for_each(|&symbol| out.put(lengths[symbol].into(), 3));
        // All symbols of the alphabet have a length.
        out.put(0, 1);
        let single = counts.iter().filter(|&&count| count > 0).count() == 1;
        for (symbol, extra, bits) in tokens {
            if !single {
                out.put(codes[symbol].into(), lengths[symbol].into());
            }
            out.put(extra, bits);
        }
    }
}

/// Lengths of codes as the format packs them: a length, or how often one repeats; with the bits that follow.
fn repeats(lengths: &[u8]) -> Vec<(usize, u32, u32)> {
    let mut tokens = Vec::new();
    for run in lengths.chunk_by(|a, b| a == b) {
        let (length, mut left) = (usize::from(run[0]), run.len());
        if length > 0 {
            tokens.push((length, 0, 0));
            left -= 1;
        }
        while left > 0 {
            let (token, taken) = match (length, left) {
                (0, 11..) => {
                    let taken = left.min(138);
                    ((18, taken as u32 - 11, 7), taken)
                }
                (0, 3..) => ((17, left as u32 - 3, 3), left),
                (1.., 3..) => {
                    let taken = left.min(6);
                    ((16, taken as u32 - 3, 2), taken)
                }
                _ => ((length, 0, 0), 1),
            };
            tokens.push(token);
            left -= taken;
        }
    }
    tokens
}

/// The lengths of an optimal prefix code (Huffman 1952) of at most `longest` bits; one symbol has one bit. Where the code
/// would be longer, rare symbols are counted more often than they occur.
fn lengths(counts: &[u32], longest: u8) -> Vec<u8> {
    let mut least = 1;
    loop {
        let lengths = unlimited(counts, least);
        if lengths.iter().all(|&length| length <= longest) {
            return lengths;
        }
        least *= 2;
    }
}

fn unlimited(counts: &[u32], least: u32) -> Vec<u8> {
    let mut parents = Vec::new();
    let mut heap: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let used: Vec<usize> = (0..counts.len())
        .filter(|&symbol| counts[symbol] > 0)
        .collect();
    for (node, &symbol) in used.iter().enumerate() {
        parents.push(usize::MAX);
        heap.push(Reverse((counts[symbol].max(least).into(), node)));
    }
    while let (Some(Reverse(first)), Some(Reverse(second))) = (heap.pop(), heap.pop()) {
        let node = parents.len();
        parents.push(usize::MAX);
        (parents[first.1], parents[second.1]) = (node, node);
        heap.push(Reverse((first.0 + second.0, node)));
    }
    let mut lengths = vec![0u8; counts.len()];
    let mut depths = vec![0u8; parents.len()];
    // A parent comes after its children.
    for node in (0..parents.len()).rev() {
        if parents[node] != usize::MAX {
            depths[node] = depths[parents[node]].saturating_add(1);
        }
    }
    for (node, &symbol) in used.iter().enumerate() {
        lengths[symbol] = depths[node].max(1);
    }
    lengths
}

/// Codes in the order of length, then symbol; their bits reversed, for the stream begins with the lowest.
fn canonical(lengths: &[u8]) -> Vec<u16> {
    let mut codes = vec![0u16; lengths.len()];
    let mut next = 0u16;
    for length in 1..=LONGEST {
        for (symbol, _) in lengths.iter().enumerate().filter(|(_, of)| **of == length) {
            codes[symbol] = next.reverse_bits() >> (16 - length);
            next = next.wrapping_add(1);
        }
        next = next.wrapping_shl(1);
    }
    codes
}
