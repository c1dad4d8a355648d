//! Whether a JPEG came whole.
//!
//! Its decoder fills what is missing with grey, so that half a file would become a picture that nobody made.

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
    use super::jpeg;

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
