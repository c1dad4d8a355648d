//! From bytes that somebody sent to pictures that we drew.
//!
//! One logo: the declared kind is the kind of the bytes → small enough by its header → decoded under limits → turned as
//! its camera said → drawn anew, square, in four sizes, as PNG.
//!
//! **Invariant:** nothing that was sent survives but pixels: no text behind the picture, no EXIF, no profile, no second
//! frame. A decoder's memory is bounded by [`MOST_PIXELS`] and by how many work at once.
//! **Deliberately absent:** SVG, which is a program; GIF; guessing the kind of what was sent.

use std::{borrow::Cow, io::Cursor, sync::Arc};

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbaImage,
    codecs::png::{CompressionType, FilterType as RowFilter, PngEncoder},
    imageops::{self, FilterType},
};
use tokio::sync::Semaphore;

use super::whole;

/// What is sent may be this large.
pub const MOST_BYTES: usize = 1024 * 1024;

/// Width and height of the pictures, in pixels.
pub const SIZES: [u16; 4] = [32, 64, 128, 256];

/// The size that stands for a logo where one address is told.
pub const SHOWN_PX: u16 = 128;

const MOST_SIDE: u32 = 4_096;
/// 64 MiB at eight bytes a pixel, the most that any of the formats takes.
const MOST_PIXELS: u64 = 8 * 1024 * 1024;
const MOST_ALLOCATED: u64 = 80 * 1024 * 1024;

/// How many are decoded at once.
const AT_ONCE: usize = 2;

/// The kinds of picture that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Png,
    Jpeg,
    WebP,
}

/// Why there is no logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadImage {
    #[error("nothing was sent")]
    Empty,
    #[error("more than one megabyte was sent")]
    TooLarge,
    #[error("the bytes are of another kind than was declared")]
    OtherKind,
    #[error("the picture has too many pixels")]
    TooManyPixels,
    #[error("the picture cannot be read, or is not whole")]
    Unreadable,
}

/// A logo in all its sizes, the smallest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo(pub Vec<Picture>);

/// One size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width and height.
    pub px: u16,
    pub png: Vec<u8>,
}

/// Where logos are made, a few at a time.
#[derive(Debug, Clone)]
pub struct Workshop(Arc<Semaphore>);

impl Kind {
    /// By media type, without parameters.
    pub fn of(media_type: &str) -> Option<Kind> {
        let kinds = [("image/png", Kind::Png), ("image/jpeg", Kind::Jpeg), ("image/webp", Kind::WebP)];
        kinds.into_iter().find(|(name, _)| media_type.trim().eq_ignore_ascii_case(name)).map(|(_, kind)| kind)
    }

    fn format(self) -> ImageFormat {
        match self {
            Kind::Png => ImageFormat::Png,
            Kind::Jpeg => ImageFormat::Jpeg,
            Kind::WebP => ImageFormat::WebP,
        }
    }

    /// Whether bytes begin as this kind does (WHATWG MIME Sniffing, section 6.1).
    fn begins(self, bytes: &[u8]) -> bool {
        match self {
            Kind::Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            Kind::Jpeg => bytes.starts_with(b"\xff\xd8\xff"),
            Kind::WebP => bytes.starts_with(b"RIFF") && bytes.get(8..14) == Some(b"WEBPVP".as_slice()),
        }
    }
}

impl BadImage {
    /// The code of the field's error.
    pub fn code(self) -> &'static str {
        match self {
            BadImage::Empty => "required",
            BadImage::TooLarge => "too_large",
            BadImage::OtherKind => "not_what_it_says",
            BadImage::TooManyPixels => "too_many_pixels",
            BadImage::Unreadable => "unreadable",
        }
    }
}

impl Default for Workshop {
    fn default() -> Self {
        Workshop(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Workshop {
    /// Makes a logo on a thread of its own. A decoder that panics has not read the picture.
    pub async fn make(&self, bytes: bytes::Bytes, kind: Kind) -> Result<Logo, BadImage> {
        check(&bytes, kind)?;
        let Ok(_place) = self.0.acquire().await else { return Err(BadImage::Unreadable) };
        let drawn = tokio::task::spawn_blocking(move || draw(&bytes, kind)).await;
        drawn.unwrap_or(Err(BadImage::Unreadable))
    }
}

impl Logo {
    /// Draws it on the thread of the caller, which has nothing else to do.
    pub fn of(bytes: &[u8], kind: Kind) -> Result<Logo, BadImage> {
        check(bytes, kind).and_then(|()| draw(bytes, kind))
    }
}

fn check(bytes: &[u8], kind: Kind) -> Result<(), BadImage> {
    if bytes.is_empty() {
        return Err(BadImage::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(BadImage::TooLarge);
    }
    if !kind.begins(bytes) {
        return Err(BadImage::OtherKind);
    }
    if kind == Kind::Jpeg && !whole::jpeg(bytes) { Err(BadImage::Unreadable) } else { Ok(()) }
}

fn draw(bytes: &[u8], kind: Kind) -> Result<Logo, BadImage> {
    // The largest from what was sent, the others from the largest.
    let picture = fitted(&decode(bytes, kind)?, SIZES.into_iter().max().unwrap_or(1));
    SIZES.into_iter().map(|px| square(&picture, px)).collect::<Result<_, _>>().map(Logo)
}

fn decode(bytes: &[u8], kind: Kind) -> Result<DynamicImage, BadImage> {
    let bytes = match kind {
        Kind::Png => Cow::Owned(whole::png(bytes).ok_or(BadImage::Unreadable)?),
        Kind::Jpeg | Kind::WebP => Cow::Borrowed(bytes),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind.format());
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_ALLOCATED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if width > MOST_SIDE || height > MOST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(BadImage::TooManyPixels);
    }
    let turned = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(turned);
    Ok(picture)
}

fn unreadable(error: ImageError) -> BadImage {
    match error {
        ImageError::Limits(_) => BadImage::TooManyPixels,
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::Unsupported(_)
        | ImageError::IoError(_) => BadImage::Unreadable,
    }
}

/// As large as it may be in a square of `px`, in its own proportions.
fn fitted(picture: &DynamicImage, px: u16) -> DynamicImage {
    let (side, width, height) = (u32::from(px), picture.width(), picture.height());
    let longer = u64::from(width.max(height).max(1));
    let fit = |length: u32| u32::try_from(u64::from(length) * u64::from(side) / longer).unwrap_or(side).clamp(1, side);
    DynamicImage::ImageRgba8(picture.resize_exact(fit(width), fit(height), FilterType::Triangle).into_rgba8())
}

/// The whole picture in the middle of a transparent square.
fn square(picture: &DynamicImage, px: u16) -> Result<Picture, BadImage> {
    let (side, small) = (u32::from(px), fitted(picture, px));
    let middle = |length: u32| i64::from(side.saturating_sub(length) / 2);
    let mut canvas = RgbaImage::new(side, side);
    imageops::overlay(
        &mut canvas,
        small.as_rgba8().ok_or(BadImage::Unreadable)?,
        middle(small.width()),
        middle(small.height()),
    );
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, RowFilter::Adaptive);
    canvas.write_with_encoder(encoder).map_err(unreadable)?;
    Ok(Picture { px, png })
}

#[cfg(test)]
#[path = "logo_tests.rs"]
mod tests;
