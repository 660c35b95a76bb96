//! Randomness that is the same on every run.

/// `SplitMix64` (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        // Values at which lengths, types and signs turn.
        const TURNS: [u8; 12] = [0x00, 0x01, 0x17, 0x18, 0x5f, 0x7f, 0x80, 0x9b, 0xbf, 0xc0, 0xf8, 0xff];
        if self.below(2) == 0 { TURNS[self.below(TURNS.len())] } else { self.next().to_be_bytes()[0] }
    }

    /// The bytes with one to three changes.
    pub(crate) fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len() + 1);
            let to = at + self.below(bytes.len() - at + 1);
            match self.below(7) {
                0 if at < bytes.len() => bytes[at] = self.byte(),
                1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                3 => bytes.insert(at, self.byte()),
                4 => bytes.truncate(at),
                5 => drop(bytes.drain(at..to)),
                _ => {
                    let copy = bytes[at..to].to_vec();
                    bytes.splice(at..at, copy);
                }
            }
        }
        bytes
    }
}
