//! Somebody's server that webhooks are sent to: it keeps what comes and answers as it is told.

use std::collections::{HashMap, VecDeque};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use super::eventually;
use crate::tree;

/// Far above what a delivery takes.
const DEADLINE: Duration = Duration::from_secs(40);

/// One request that came.
#[derive(Debug, Clone)]
pub struct Received {
    /// The path.
    pub path: String,
    /// In lower case.
    pub headers: HashMap<String, String>,
    /// Exactly as it came.
    pub body: String,
    /// When.
    pub at: tokio::time::Instant,
}

impl Received {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a webhook's body is JSON")
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Whether one of its signatures is that of `secret` (`whsec_…`), as Standard Webhooks computes it.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let base64 = base64::engine::general_purpose::STANDARD;
        let key = base64.decode(secret.strip_prefix("whsec_").expect("a secret begins so")).expect("base64");
        let content = format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length is a key");
        mac.update(content.as_bytes());
        let wanted = format!("v1,{}", base64.encode(mac.finalize().into_bytes()));
        self.header("webhook-signature").split(' ').any(|signature| signature == wanted)
    }
}

/// What the published library of Standard Webhooks says of a webhook whose receiver has `secret`: `verified`, or why not.
/// With `at` (seconds) its clock stands there.
///
/// # Panics
/// If the library is not there; `scripts/setup test` installs it.
pub async fn judged(webhook: &Received, secret: &str, at: Option<u64>) -> String {
    let room = tree::root().join("tests/receiver");
    assert!(room.join("node_modules/standardwebhooks").exists(), "{}: scripts/setup test fills it", room.display());
    let mut question = json!({ "secret": secret, "headers": webhook.headers, "body": webhook.body });
    if let Some(at) = at {
        question["at"] = json!(at);
    }
    let mut node = Command::new("node");
    node.arg(room.join("verify.js")).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut node = node.spawn().expect("node runs");
    node.stdin.take().expect("a pipe").write_all(question.to_string().as_bytes()).await.expect("the question");
    let answer = node.wait_with_output().await.expect("an answer");
    String::from_utf8_lossy(&answer.stdout).trim().to_owned()
}

/// What the next requests are answered.
type Answers = Arc<Mutex<VecDeque<String>>>;

/// The server.
#[derive(Debug)]
pub struct Receiver {
    /// Its address, such as `http://127.0.0.1:20789`.
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    answers: Answers,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    /// Starts one that answers 204.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (received, answers) = (Arc::<Mutex<Vec<Received>>>::default(), Answers::default());
        let (kept, told) = (Arc::clone(&received), Arc::clone(&answers));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&kept), Arc::clone(&told)));
            }
        });
        Self { url, received, answers, task }
    }

    /// The next request is answered by these lines of a head, such as `500 Broken`; after them comes 204 again.
    pub fn answer(&self, head: &str) {
        self.answers.lock().expect("nobody panicked").push_back(head.to_owned());
    }

    /// All that came so far.
    pub fn all(&self) -> Vec<Received> {
        self.received.lock().expect("nobody panicked").clone()
    }

    /// Waits until `count` requests came, and tells them.
    pub async fn wait(&self, count: usize) -> Vec<Received> {
        let enough = || async { self.all().len() >= count };
        eventually(DEADLINE, &format!("{count} webhooks came"), enough).await;
        self.all()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut client: TcpStream, received: Arc<Mutex<Vec<Received>>>, answers: Answers) {
    let mut bytes = Vec::new();
    let request = loop {
        if let Some(request) = whole(&bytes) {
            break request;
        }
        let mut piece = [0; 4096];
        match client.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
        }
    };
    received.lock().expect("nobody panicked").push(request);
    let head = answers.lock().expect("nobody panicked").pop_front().unwrap_or_else(|| "204 No Content".to_owned());
    let answer = format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let _ = client.write_all(answer.as_bytes()).await;
}

fn whole(bytes: &[u8]) -> Option<Received> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    let at = tokio::time::Instant::now();
    (body.len() >= length).then(|| Received { path, headers, body: body.to_owned(), at })
}
