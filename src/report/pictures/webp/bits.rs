//! [`Bits`]: a stream of bits, the lowest of each byte first.

#[derive(Debug, Default)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    open: u64,
    used: u32,
}

impl Bits {
    /// Appends the lowest `count` bits of a value, 32 at most, the lowest first.
    #[inline]
    pub(super) fn put(&mut self, value: u32, count: u32) {
        self.open |= u64::from(value) << self.used;
        self.used += count;
        if self.used >= 32 {
            self.bytes
                .extend_from_slice(&(self.open as u32).to_le_bytes());
            self.open >>= 32;
            self.used -= 32;
        }
    }

    /// The stream, with zeros up to the end of its last byte.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let rest = self.used.div_ceil(8) as usize;
        self.bytes
            .extend_from_slice(&self.open.to_le_bytes()[..rest]);
        self.bytes
    }
}
