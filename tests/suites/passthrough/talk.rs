//! The client's side of one conversation: every byte that came is kept, whatever it was and however it ended.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use annex_tests::http::parse::{Asked, Framing, Head, chunked, framing, head};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::script::{Act, Keep, fill};

/// Far above what any answer takes.
const DEADLINE: Duration = Duration::from_secs(30);

/// How a connection was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It answered one more request.
    Kept,
    /// The other side closed it.
    Closed,
}

/// One connection of the client.
pub struct Talk {
    step: &'static str,
    stream: TcpStream,
    pub sent: Vec<u8>,
    pub got: Vec<u8>,
    /// What of `got` the script has waited for.
    read: usize,
    last: Option<(Head, Vec<u8>)>,
    ended: bool,
}

impl Talk {
    pub async fn open(step: &'static str, port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap_or_else(|error| panic!("{step}: {error}"));
        stream.set_nodelay(true).expect("a TCP connection");
        Self { step, stream, sent: Vec::new(), got: Vec::new(), read: 0, last: None, ended: false }
    }

    pub async fn perform(&mut self, act: &Act, kept: &BTreeMap<&'static str, String>) {
        match act {
            Act::Send(text) => self.send(&fill(text, kept)).await,
            Act::SendBytes(bytes) => self.send(bytes).await,
            Act::Answer => self.answer(Asked::Body).await,
            Act::HeadAnswer => self.answer(Asked::HeadOnly).await,
            Act::Bytes(count) => {
                while self.got.len() < self.read + count && self.more().await {}
                self.read += count;
            }
            Act::Finish => self.stream.shutdown().await.unwrap_or_else(|error| self.fail("half close", &error)),
            Act::Rest => self.rest().await,
        }
    }

    /// Asks once more, unless the other side said that it will close; tells what became of the connection.
    pub async fn end(&mut self, once_more: &Act) -> Ended {
        let closing = self.last.as_ref().is_some_and(|(head, _)| {
            head.version == "HTTP/1.0" && head.all("connection").is_empty()
                || head.all("connection").iter().any(|value| value.eq_ignore_ascii_case("close"))
        });
        if !closing && !self.ended {
            let (sent, got) = (self.sent.len(), self.got.len());
            self.perform(once_more, &BTreeMap::new()).await;
            self.answer(Asked::Body).await;
            if !self.ended {
                return Ended::Kept;
            }
            assert_eq!(self.got.len(), got, "{}: half an answer to one request more", self.step);
            // It reached nobody.
            self.sent.truncate(sent);
        }
        self.rest().await;
        Ended::Closed
    }

    /// The part of the last answer that the script wants to keep.
    pub fn kept(&self, keep: Keep) -> String {
        let (head, body) = self.last.as_ref().unwrap_or_else(|| panic!("{}: nothing to keep", self.step));
        let missing = || -> &str { panic!("{}: no {keep:?} in {}", self.step, String::from_utf8_lossy(&self.got)) };
        match keep {
            Keep::Header(name) => head.get(name).unwrap_or_else(missing).to_owned(),
            Keep::Json(pointer) => {
                let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
                json.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_else(missing).to_owned()
            }
        }
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
        // Whoever closed meanwhile is found out by the next read.
        let _ = self.stream.write_all(bytes).await;
    }

    async fn answer(&mut self, asked: Asked) {
        loop {
            let (found, body_at) = loop {
                match head(&self.got[self.read..]).unwrap_or_else(|error| self.fail("answer", &error)) {
                    Some(found) => break (found.clone(), self.read + found.raw.len()),
                    None if self.more().await => {}
                    None => return,
                }
            };
            if found.status < 200 && found.status != 101 {
                self.read = body_at;
                continue;
            }
            let framed = framing(&found, asked).unwrap_or_else(|error| self.fail("body", &error));
            let body = self.body(framed, body_at).await;
            self.last = Some((found, body));
            return;
        }
    }

    async fn body(&mut self, framed: Framing, at: usize) -> Vec<u8> {
        let end = match framed {
            Framing::None => at,
            Framing::Length(length) => {
                while self.got.len() < at + length && self.more().await {}
                at + length
            }
            Framing::Close => {
                self.rest().await;
                self.got.len()
            }
            Framing::Chunked => loop {
                match chunked(&self.got[at..]).unwrap_or_else(|error| self.fail("chunk", &error)) {
                    Some(found) => {
                        self.read = at + found.taken;
                        return found.body;
                    }
                    None if self.more().await => {}
                    None => break self.got.len(),
                }
            },
        };
        self.read = end.min(self.got.len());
        self.got[at..self.read].to_vec()
    }

    async fn rest(&mut self) {
        while self.more().await {}
        self.read = self.got.len();
    }

    /// Reads once; false at the end of the connection, whether closed or reset.
    async fn more(&mut self) -> bool {
        let read = tokio::time::timeout(DEADLINE, self.stream.read_buf(&mut self.got)).await;
        let late = || io::Error::new(io::ErrorKind::TimedOut, format!("nothing for {DEADLINE:?}"));
        match read {
            Err(_) => self.fail("byte", &late()),
            Ok(Ok(0) | Err(_)) => {
                self.ended = true;
                false
            }
            Ok(Ok(_)) => true,
        }
    }

    fn fail(&self, what: &str, error: &io::Error) -> ! {
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(2000).collect::<String>();
        panic!("{}: no {what}: {error}\nsent: {}\ngot: {}", self.step, shown(&self.sent), shown(&self.got))
    }
}
