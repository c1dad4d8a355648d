//! Pages that come compressed although nobody asked for it.

use std::io::{self, Write as _};
use std::sync::Mutex;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;

use crate::coding::Coding;

/// Reads one page. The locks are never waited for: they make it a type that threads may share.
pub struct Decoder(Kind);

enum Kind {
    Gzip(Box<Mutex<MultiGzDecoder<Vec<u8>>>>),
    Brotli(Box<Mutex<brotli::DecompressorWriter<Vec<u8>>>>),
}

/// The window in which the brotli decoder works at a time.
const BROTLI_BUFFER: usize = 4096;

impl Decoder {
    /// `None`: there is nothing to read.
    pub fn of(coding: Coding) -> Option<Self> {
        let kind = match coding {
            Coding::Identity => return None,
            Coding::Gzip => Kind::Gzip(Box::new(Mutex::new(MultiGzDecoder::new(Vec::new())))),
            Coding::Brotli => {
                Kind::Brotli(Box::new(Mutex::new(brotli::DecompressorWriter::new(Vec::new(), BROTLI_BUFFER))))
            }
        };
        Some(Decoder(kind))
    }

    /// A piece as it came, in plain. What is no such coding, or ends in its middle, is an error.
    pub fn piece(&mut self, piece: &[u8], end: bool) -> io::Result<Bytes> {
        let plain = match &mut self.0 {
            Kind::Gzip(decoder) => {
                let decoder = decoder.get_mut().map_err(|_| io::ErrorKind::Other)?;
                decoder.write_all(piece)?;
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
        Ok(plain.into())
    }
}
