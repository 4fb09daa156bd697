//! Identifiers that look random and are not: hashes of the seed, a purpose and a count.

use sha2::{Digest as _, Sha256};

/// The root of every identifier of one cloud.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(pub(crate) u64);

/// What an identifier is for: a word, or a word and whose it is.
pub(crate) trait Purpose: Copy {
    fn add_to(&self, hasher: &mut Sha256);
}

impl Purpose for &str {
    fn add_to(&self, hasher: &mut Sha256) {
        hasher.update(self.as_bytes());
    }
}

impl Purpose for &String {
    fn add_to(&self, hasher: &mut Sha256) {
        hasher.update(self.as_bytes());
    }
}

impl Purpose for (&str, &str) {
    fn add_to(&self, hasher: &mut Sha256) {
        hasher.update(self.0.as_bytes());
        hasher.update(b"/");
        hasher.update(self.1.as_bytes());
    }
}

impl Seed {
    /// Thirty-two bytes that differ for each (seed, purpose, count).
    pub(crate) fn digest(self, purpose: impl Purpose, count: u64) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.0.to_be_bytes());
        hasher.update(count.to_be_bytes());
        purpose.add_to(&mut hasher);
        hasher.finalize().into()
    }

    /// Three numbers that look random and are not, for what needs many of them: a stream asks for every event.
    /// Steele, Lea and Flood's `SplitMix64`.
    pub(crate) fn numbers(self, count: u64) -> [u64; 3] {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut state = self.0 ^ count.wrapping_mul(STEP).rotate_left(17);
        [(); 3].map(|()| {
            state = state.wrapping_add(STEP);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        })
    }

    /// A GUID of version 4.
    pub(crate) fn guid(self, purpose: impl Purpose, count: u64) -> String {
        let mut bytes = self.digest(purpose, count);
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let mut text = String::with_capacity(36);
        for (position, byte) in bytes.iter().take(16).enumerate() {
            if matches!(position, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            push_hex(&mut text, *byte);
        }
        text
    }

    /// `length` letters and digits, as in `chatcmpl-…`.
    pub(crate) fn letters(self, purpose: impl Purpose, count: u64, length: usize) -> String {
        self.letters_after("", purpose, count, length)
    }

    /// The same after a beginning.
    pub(crate) fn letters_after(self, start: &str, purpose: impl Purpose, count: u64, length: usize) -> String {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let bytes = self.digest(purpose, count);
        let mut text = String::with_capacity(start.len() + length);
        text.push_str(start);
        for position in 0..length {
            text.push(char::from(ALPHABET[usize::from(bytes[position % 32]) % 62]));
        }
        text
    }

    /// `length` (at most 64) hexadecimal digits.
    pub(crate) fn hex(self, purpose: impl Purpose, count: u64, length: usize) -> String {
        self.hex_after("", purpose, count, length)
    }

    /// The same after a beginning.
    pub(crate) fn hex_after(self, start: &str, purpose: impl Purpose, count: u64, length: usize) -> String {
        let mut text = String::with_capacity(start.len() + length + 1);
        text.push_str(start);
        for byte in self.digest(purpose, count).iter().take(length.div_ceil(2)) {
            push_hex(&mut text, *byte);
        }
        text.truncate(start.len() + length);
        text
    }
}

fn push_hex(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 15)]));
}
