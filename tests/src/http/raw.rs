//! A client that sends exactly the given bytes and keeps exactly the bytes that came back.
//!
//! Promise: nothing is added, folded or retried. A connection may carry several requests, pipelined
//! or not, and what follows an upgrade. Every wait has a deadline.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::parse::{Asked, Framing, Head, chunked, framing, head};

/// Far above any bound that a suite measures.
const DEADLINE: Duration = Duration::from_secs(30);

/// One response, with the bytes that it was made of.
#[derive(Debug, Clone)]
pub struct Response {
    /// Such as 200.
    pub status: u16,
    /// Status line and headers.
    pub head: Head,
    /// The content, without its framing.
    pub body: Vec<u8>,
    /// How the body was framed.
    pub framing: Framing,
    /// The sizes of the chunks, if it was chunked.
    pub chunks: Vec<usize>,
    /// What followed the last chunk.
    pub trailers: Vec<(String, String)>,
    /// The responses 1xx before it, without 101.
    pub informational: Vec<Head>,
    /// The exact bytes of head and framed body.
    pub raw: Vec<u8>,
}

impl Response {
    /// The only value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.get(name)
    }

    /// The content as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The content as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text()))
    }
}

/// Sends `request` on a connection of its own and waits for the response.
pub async fn exchange(port: u16, request: &[u8]) -> Response {
    let shown = String::from_utf8_lossy(request).into_owned();
    let response = try_exchange(port, request).await;
    response.unwrap_or_else(|error| panic!("no response ({error}) to\n{shown}"))
}

/// As [`exchange`], for requests that may go unanswered.
///
/// # Errors
/// If the connection fails, closes early, or stays silent; or if what comes back is not HTTP.
pub async fn try_exchange(port: u16, request: &[u8]) -> io::Result<Response> {
    let mut connection = Connection::open(port).await?;
    connection.send(request).await?;
    connection.response(Asked::of(request)).await
}

/// A connection to a port of this machine.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// What came and was not yet taken.
    pending: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// If nobody accepts.
    pub async fn open(port: u16) -> io::Result<Self> {
        let stream = bounded(TcpStream::connect(("127.0.0.1", port))).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, pending: Vec::new() })
    }

    /// Sends `bytes`, in one segment if they fit.
    ///
    /// # Errors
    /// If the other side is gone.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        bounded(self.stream.write_all(bytes)).await
    }

    /// Tells the other side that nothing more will be sent (half close).
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn finish(&mut self) -> io::Result<()> {
        bounded(self.stream.shutdown()).await
    }

    /// The next final response; the bytes behind it stay for the next call.
    ///
    /// # Errors
    /// If the connection closes before it is complete, or it is not HTTP.
    pub async fn response(&mut self, asked: Asked) -> io::Result<Response> {
        let mut informational = Vec::new();
        let head = loop {
            let head = self.head().await?;
            if head.status >= 200 || head.status == 101 {
                break head;
            }
            informational.push(head);
        };
        let framing = framing(&head, asked)?;
        let mut response = Response {
            status: head.status,
            raw: head.raw.clone(),
            head,
            body: Vec::new(),
            framing,
            chunks: Vec::new(),
            trailers: Vec::new(),
            informational,
        };
        self.body(&mut response).await?;
        Ok(response)
    }

    /// The next `count` bytes, such as those after an upgrade.
    ///
    /// # Errors
    /// If the connection closes before.
    pub async fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.pending.len() < count {
            self.more().await?;
        }
        Ok(self.take(count))
    }

    /// Everything up to the end of the connection, whether closed or reset.
    ///
    /// # Errors
    /// If it stays open until the deadline.
    pub async fn rest(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.more().await {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(error),
                Err(_) => return Ok(self.take(self.pending.len())),
            }
        }
    }

    async fn head(&mut self) -> io::Result<Head> {
        loop {
            if let Some(head) = head(&self.pending)? {
                self.take(head.raw.len());
                return Ok(head);
            }
            self.more().await?;
        }
    }

    async fn body(&mut self, response: &mut Response) -> io::Result<()> {
        let raw = match response.framing {
            Framing::None => Vec::new(),
            Framing::Length(length) => self.bytes(length).await?,
            Framing::Close => self.rest().await?,
            Framing::Chunked => return self.chunks(response).await,
        };
        response.raw.extend_from_slice(&raw);
        response.body = raw;
        Ok(())
    }

    async fn chunks(&mut self, response: &mut Response) -> io::Result<()> {
        let found = loop {
            if let Some(found) = chunked(&self.pending)? {
                break found;
            }
            self.more().await?;
        };
        let raw = self.take(found.taken);
        response.raw.extend_from_slice(&raw);
        response.body = found.body;
        response.chunks = found.sizes;
        response.trailers = found.trailers;
        Ok(())
    }

    /// Reads once. The end of the connection is an error here.
    async fn more(&mut self) -> io::Result<()> {
        let read = bounded(self.stream.read_buf(&mut self.pending)).await?;
        let closed = || {
            let pending = String::from_utf8_lossy(&self.pending).into_owned();
            io::Error::new(io::ErrorKind::UnexpectedEof, format!("closed after `{pending}`"))
        };
        if read == 0 { Err(closed()) } else { Ok(()) }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        self.pending.drain(..count).collect()
    }
}

async fn bounded<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = || io::Error::new(io::ErrorKind::TimedOut, format!("nothing for {DEADLINE:?}"));
    tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| Err(late()))
}
