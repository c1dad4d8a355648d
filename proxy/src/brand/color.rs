//! Colours, and how well text reads on them (WCAG 2.2, success criteria 1.4.3 and 1.4.11).
//!
//! **Invariant:** a ratio is rounded down, so that one just below a limit never reads as if it were reached.
//! **Deliberately absent:** a refusal. A brand's colour is the brand's; we say what it is good for.

use serde::{Deserialize, Serialize};

/// A colour in sRGB, written `#rrggbb` in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color {
    red: u8,
    green: u8,
    blue: u8,
}

/// How text reads on a colour, as ratios from 1 to 21.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    pub white_text: f64,
    pub black_text: f64,
    /// The better of the two; it always reaches 4.5.
    pub text: &'static str,
}

/// What somebody should know of a colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Advice {
    pub code: &'static str,
    pub ratio: f64,
    pub needed: f64,
}

/// Text of normal size (1.4.3, level AA).
const TEXT: f64 = 4.5;
/// Buttons, borders, icons (1.4.11, level AA).
const SHAPE: f64 = 3.0;

impl Color {
    const WHITE: Color = Color { red: 255, green: 255, blue: 255 };
    const BLACK: Color = Color { red: 0, green: 0, blue: 0 };

    /// Reads `#rrggbb`, in any case.
    pub fn parse(text: &str) -> Option<Color> {
        let digits = text.strip_prefix('#')?;
        let is_hex = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let channel = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        if !is_hex {
            return None;
        }
        Some(Color { red: channel(0)?, green: channel(2)?, blue: channel(4)? })
    }

    /// How text reads on it.
    pub fn contrast(self) -> Contrast {
        let (white_text, black_text) = (ratio(self, Color::WHITE), ratio(self, Color::BLACK));
        Contrast { white_text, black_text, text: if white_text >= black_text { "white" } else { "black" } }
    }

    /// Whether a shape of it is seen on white.
    pub fn is_seen_on_white(self) -> bool {
        ratio(self, Color::WHITE) >= SHAPE
    }

    /// Relative luminance (WCAG 2.2, definition).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

/// The contrast ratio of two colours (WCAG 2.2, definition), to two places.
fn ratio(one: Color, other: Color) -> f64 {
    let (one, other) = (one.luminance(), other.luminance());
    let exact = (one.max(other) + 0.05) / (one.min(other) + 0.05);
    // 21 is computed as a hair less.
    ((exact + 1e-9) * 100.0).floor() / 100.0
}

/// What somebody should know before this colour goes onto pages, documents and mails, which are white.
pub fn advice(color: Color) -> Vec<Advice> {
    let Contrast { white_text, black_text, .. } = color.contrast();
    let below = |code, ratio: f64, needed: f64| (ratio < needed).then_some(Advice { code, ratio, needed });
    let told = [
        below("white_text_hard_to_read", white_text, TEXT),
        below("black_text_hard_to_read", black_text, TEXT),
        (!color.is_seen_on_white()).then_some(Advice {
            code: "hard_to_see_on_white",
            ratio: white_text,
            needed: SHAPE,
        }),
    ];
    told.into_iter().flatten().collect()
}

impl std::fmt::Display for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl TryFrom<String> for Color {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Color::parse(&text).ok_or("not a colour")
    }
}

impl From<Color> for String {
    fn from(color: Color) -> String {
        color.to_string()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn of(text: &str) -> Color {
        Color::parse(text).unwrap()
    }

    #[test]
    fn ratios_are_those_that_are_known() {
        for (one, other, wanted) in [
            ("#000000", "#ffffff", 21.0),
            ("#ffffff", "#ffffff", 1.0),
            // The darkest grey that fails on white, and the lightest that passes.
            ("#777777", "#ffffff", 4.47),
            ("#767676", "#ffffff", 4.54),
            ("#949494", "#ffffff", 3.03),
            ("#959595", "#ffffff", 2.99),
            ("#ff0000", "#ffffff", 3.99),
            ("#00ff00", "#ffffff", 1.37),
            ("#0000ff", "#ffffff", 8.59),
            ("#ff0000", "#000000", 5.25),
            ("#808080", "#000000", 5.31),
        ] {
            assert_eq!(ratio(of(one), of(other)), wanted, "{one} on {other}");
            assert_eq!(ratio(of(other), of(one)), wanted, "{other} on {one}");
        }
    }

    #[test]
    fn advice_begins_below_a_limit_and_not_at_it() {
        let codes = |text| advice(of(text)).into_iter().map(|told| told.code).collect::<Vec<_>>();
        for (color, wanted) in [
            ("#767676", &[][..]),
            ("#777777", &["white_text_hard_to_read"][..]),
            ("#949494", &["white_text_hard_to_read"][..]),
            ("#959595", &["white_text_hard_to_read", "hard_to_see_on_white"][..]),
            ("#ffff00", &["white_text_hard_to_read", "hard_to_see_on_white"][..]),
            ("#000080", &["black_text_hard_to_read"][..]),
        ] {
            assert_eq!(codes(color), wanted, "{color}");
        }
    }

    #[test]
    fn one_of_white_and_black_always_reads() {
        for step in 0..=255u8 {
            for color in [
                Color { red: step, green: step, blue: step },
                Color { red: step, green: 255 - step, blue: 128 },
                Color { red: 200, green: step, blue: 255 - step },
            ] {
                let Contrast { white_text, black_text, text } = color.contrast();
                assert!(white_text.max(black_text) >= TEXT, "{color}");
                assert_eq!(text == "white", white_text >= black_text);
            }
        }
    }

    #[test]
    fn a_colour_has_one_form() {
        assert_eq!(of("#A1b2C3").to_string(), "#a1b2c3");
        for bad in ["", "#", "a1b2c3", "#abc", "#a1b2c", "#a1b2c3d4", "#a1b2cg", "#+1b2c3", "red", "#ａ1b2c", "url(x)"]
        {
            assert_eq!(Color::parse(bad), None, "{bad}");
        }
    }
}
