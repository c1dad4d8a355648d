//! Pages that come compressed although nobody asked for it.
//!
//! **Invariant:** one piece becomes at most [`PIECE_MAX`] bytes, however well it is packed.

use std::io::{self, Write};
use std::sync::Mutex;

use bytes::Bytes;
use flate2::write::GzDecoder;

use crate::coding::Coding;

/// Reads one page. The locks are never waited for: they make it a type that threads may share.
pub struct Decoder(Kind);

enum Kind {
    Gzip(Box<Mutex<GzDecoder<Plain>>>),
    Brotli(Box<Mutex<brotli::DecompressorWriter<Plain>>>),
}

/// The window in which the brotli decoder works at a time.
const BROTLI_BUFFER: usize = 4096;

/// Pieces are some 64 KiB: a page becomes ten times as much, and what becomes more than a hundred times as much is none.
const PIECE_MAX: usize = 8 * 1024 * 1024;

impl Decoder {
    /// `None`: there is nothing to read.
    pub fn of(coding: Coding) -> Option<Self> {
        let plain = Plain::default();
        let kind = match coding {
            Coding::Identity => return None,
            Coding::Gzip => Kind::Gzip(Box::new(Mutex::new(GzDecoder::new(plain)))),
            Coding::Brotli => Kind::Brotli(Box::new(Mutex::new(brotli::DecompressorWriter::new(plain, BROTLI_BUFFER)))),
        };
        Some(Decoder(kind))
    }

    /// A piece as it came, in plain. What is no such coding, ends in its middle, or becomes too much is an error.
    pub fn piece(&mut self, piece: &[u8], end: bool) -> io::Result<Bytes> {
        let plain = match &mut self.0 {
            Kind::Gzip(decoder) => {
                let decoder = decoder.get_mut().map_err(|_| io::ErrorKind::Other)?;
                write_until_its_end(decoder, piece)?;
                if end {
                    decoder.try_finish()?;
                }
                std::mem::take(decoder.get_mut())
            }
            Kind::Brotli(decoder) => {
                let decoder = decoder.get_mut().map_err(|_| io::ErrorKind::Other)?;
                decoder.write_all(piece)?;
                if end {
                    decoder.close()?;
                }
                std::mem::take(decoder.get_mut())
            }
        };
        Ok(plain.0.into())
    }
}

/// What stands behind the end of the packed page is nobody's, as for browsers.
fn write_until_its_end(decoder: &mut impl Write, piece: &[u8]) -> io::Result<()> {
    let mut rest = piece;
    while !rest.is_empty() {
        match decoder.write(rest)? {
            0 => break,
            taken => rest = rest.get(taken..).unwrap_or_default(),
        }
    }
    Ok(())
}

/// What one piece became.
#[derive(Default)]
struct Plain(Vec<u8>);

impl Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > PIECE_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "one piece of a page becomes more than 8 MiB"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
