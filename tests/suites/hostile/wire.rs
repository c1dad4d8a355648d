//! One connection on which a request is written while the answer is read: a server that refuses early does not wait.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Far above what a refusal takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is written, in order.
#[derive(Debug, Clone)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes so many times, each a write of its own.
    Times(Vec<u8>, usize),
    /// No more will come from this side.
    HalfClose,
}

/// What came of it.
#[derive(Debug)]
pub struct Got {
    /// 0 if there was no answer.
    pub status: u16,
    pub code: String,
    /// How many answers came.
    pub answers: usize,
    /// Whether the other side ended the connection.
    pub closed: bool,
    /// How many bytes of the request were taken.
    pub taken: usize,
    /// The whole answer.
    pub text: String,
}

/// Writes `pieces` on a connection of its own, as far as the other side takes them, and reads to the end.
pub async fn send(port: u16, pieces: Vec<Piece>) -> Got {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("annex listens");
    let (mut reading, mut writing) = stream.into_split();
    let writer = tokio::spawn(async move {
        let mut taken = 0;
        for piece in pieces {
            let (bytes, times) = match piece {
                Piece::Bytes(bytes) => (bytes, 1),
                Piece::Times(bytes, times) => (bytes, times),
                Piece::HalfClose => {
                    let _ = writing.shutdown().await;
                    continue;
                }
            };
            for _ in 0..times {
                if writing.write_all(&bytes).await.is_err() {
                    return (taken, writing);
                }
                taken += bytes.len();
            }
        }
        (taken, writing)
    });
    let mut came = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let closed = loop {
        match tokio::time::timeout(PATIENCE, reading.read(&mut buffer)).await {
            Err(_) => break false,
            Ok(Ok(0) | Err(_)) => break true,
            Ok(Ok(count)) => came.extend_from_slice(&buffer[..count]),
        }
    };
    let taken = match tokio::time::timeout(PATIENCE, writer).await {
        Ok(done) => done.expect("the writer does not panic").0,
        Err(_) => 0,
    };
    got(&String::from_utf8_lossy(&came), closed, taken)
}

fn got(text: &str, closed: bool, taken: usize) -> Got {
    let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).unwrap_or(0);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let json: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let code = json["code"].as_str().unwrap_or_default().to_owned();
    let answers = text.matches("HTTP/1.1 ").count();
    Got { status, code, answers, closed, taken, text: text.to_owned() }
}
