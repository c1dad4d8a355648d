//! What of a file is the picture: whether a JPEG came whole, and which chunks of a PNG draw.
//!
//! The decoder of JPEG fills what is missing with grey, so that half a file would become a picture that nobody made. The one of PNG
//! unpacks whatever else stands in a file, and a kilobyte may hold a megabyte of it.

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// Whether the end-of-image marker stands where the segments lead to (ITU-T T.81, section B.1). What follows is nobody's.
pub fn jpeg(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    loop {
        let Some((marker, after)) = next_marker(rest) else { return false };
        match marker {
            END_OF_IMAGE => return true,
            // Without a length: start of image, restarts, and TEM.
            0xd8 | 0xd0..=0xd7 | 0x01 => rest = after,
            _ => {
                let Some(&[high, low]) = after.first_chunk::<2>() else { return false };
                let Some(behind) = after.get(usize::from(u16::from_be_bytes([high, low]))..) else { return false };
                rest = if marker == START_OF_SCAN { entropy_coded(behind) } else { behind };
            }
        }
    }
}

/// The chunks of a PNG that draw, and the one that says how the camera was held (PNG, sections 5.6 and 11); what is unknown,
/// moves or is only told goes unread. `None`: its chunks do not lead to its end.
pub fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    const SIGNATURE: usize = 8;
    let (mut kept, mut rest) = (bytes.get(..SIGNATURE)?.to_vec(), bytes.get(SIGNATURE..)?);
    loop {
        let length = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
        let kind = rest.get(4..8)?;
        // Length, kind and checksum stand around the content.
        let end = length.checked_add(12)?;
        if matches!(kind, b"IHDR" | b"PLTE" | b"tRNS" | b"eXIf" | b"IDAT" | b"IEND") {
            kept.extend_from_slice(rest.get(..end)?);
        }
        if kind == b"IEND" {
            return Some(kept);
        }
        rest = rest.get(end..)?;
    }
}

fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [0xff, rest @ ..] = bytes else { return None };
    let filled = rest.iter().take_while(|byte| **byte == 0xff).count();
    rest.get(filled..)?.split_first().map(|(marker, after)| (*marker, after))
}

/// What follows the data of a scan: inside it, 0xff is followed by a zero or by a restart marker.
fn entropy_coded(bytes: &[u8]) -> &[u8] {
    let end = bytes.windows(2).position(|pair| matches!(pair, [0xff, marker] if !matches!(marker, 0x00 | 0xd0..=0xd7)));
    end.and_then(|at| bytes.get(at..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{jpeg, png};

    #[test]
    fn of_a_png_what_draws_is_kept_up_to_its_end() {
        let chunk = |kind: &[u8], content: &[u8]| {
            [&u32::try_from(content.len()).unwrap_or_default().to_be_bytes(), kind, content, b"sum!"].concat()
        };
        let head = [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(b"IHDR", b"x")].concat();
        let (rows, end) = (chunk(b"IDAT", b"rows"), chunk(b"IEND", b""));
        let whole = [head.as_slice(), &rows, &end].concat();
        let hidden = [head.as_slice(), &chunk(b"iCCP", b"a"), &rows, &chunk(b"fdAT", b"b"), &end, b"<html>"].concat();
        assert_eq!((png(&whole), png(&hidden)), (Some(whole.clone()), Some(whole.clone())));
        for cut in 0..whole.len() {
            assert_eq!(png(whole.get(..cut).unwrap_or_default()), None, "up to {cut}");
        }
        let endless = [head.as_slice(), &u32::MAX.to_be_bytes(), b"IDAT"].concat();
        assert_eq!(png(&endless), None);
    }

    #[test]
    fn an_end_inside_a_segment_is_no_end() {
        let head: &[u8] = &[0xff, 0xd8, 0xff, 0xe1, 0, 4, 0xff, 0xd9];
        let scan: &[u8] = &[0xff, 0xda, 0, 2, 1, 0xff, 0x00, 0xff, 0xd3, 2];
        let end: &[u8] = &[0xff, 0xff, 0xd9];
        assert!(jpeg(&[head, scan, end].concat()));
        assert!(jpeg(&[head, scan, end, b"<html>"].concat()));
        for half in [head.to_vec(), [head, scan].concat(), [head, scan, &[0xff]].concat(), vec![], vec![0xff, 0xd8]] {
            assert!(!jpeg(&half), "{half:x?}");
        }
    }
}
