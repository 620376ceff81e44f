//! What `machine.bitstream` sends, which is how NeoPixels are driven.

use std::time::Duration;

/// One stream of bits on a pin.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bitstream {
    /// When it began, counted from the first start of the board.
    pub at: Duration,
    /// Nanoseconds high and low for a zero, then for a one.
    pub timing: [u32; 4],
    /// The bytes, each sent with its most significant bit first.
    pub data: Vec<u8>,
}

impl Bitstream {
    /// Red, green and blue of each pixel, of a strip that takes green first as WS2812 do. An
    /// incomplete pixel at the end is left out.
    pub fn pixels(&self) -> Vec<[u8; 3]> {
        let (pixels, _) = self.data.as_chunks();
        pixels.iter().map(|&[g, r, b]| [r, g, b]).collect()
    }

    /// The same with white as the fourth.
    pub fn pixels_rgbw(&self) -> Vec<[u8; 4]> {
        let (pixels, _) = self.data.as_chunks();
        pixels.iter().map(|&[g, r, b, w]| [r, g, b, w]).collect()
    }
}
