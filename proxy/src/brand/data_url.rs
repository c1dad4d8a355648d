//! A picture inside a text: `data:image/png;base64,…` (RFC 2397).

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;

use super::{BadImage, Kind, MOST_BYTES};

/// The kind that it says and its bytes, which nobody has looked at yet; or a code.
pub fn from_data_url(url: &str) -> Result<(Kind, Bytes), &'static str> {
    let (head, data) = url.strip_prefix("data:").and_then(|rest| rest.split_once(',')).ok_or("not_a_data_url")?;
    let kind = head.strip_suffix(";base64").ok_or("not_a_data_url")?;
    let kind = Kind::of(kind).ok_or("not_png_jpeg_or_webp")?;
    // Base64 takes four bytes for three.
    if data.len() > MOST_BYTES.div_ceil(3) * 4 {
        return Err(BadImage::TooLarge.code());
    }
    STANDARD.decode(data).map(|bytes| (kind, bytes.into())).map_err(|_| "not_a_data_url")
}
