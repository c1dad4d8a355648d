//! One conversation of the corpus, written down: what is sent, what is waited for, what is kept for later.
//!
//! Promise: the same script gives the same bytes in every run but for the `$names$` that earlier answers gave.

use std::collections::BTreeMap;

/// The name by which the corpus calls the CRM.
pub const HOST: &str = "Host: crm.example.test";
/// The credential of whoever registered first.
pub const AUTH: &str = "Authorization: Bearer $access$";

/// One conversation on a connection of its own.
#[derive(Debug, Clone)]
pub struct Step {
    pub name: &'static str,
    pub acts: Vec<Act>,
    pub keeps: Vec<(&'static str, Keep)>,
    /// What stands in for the CRM's answer.
    pub instead: Option<&'static str>,
}

/// What the client does next.
#[derive(Debug, Clone)]
pub enum Act {
    /// Sends a text in which `$name$` is replaced, and `$length$` by the length of what follows the head.
    Send(String),
    /// Sends bytes as they are.
    SendBytes(Vec<u8>),
    /// Waits for a whole answer, or for the end of the connection.
    Answer,
    /// The same for HEAD.
    HeadAnswer,
    /// Waits for so many bytes.
    Bytes(usize),
    /// Closes its own direction.
    Finish,
    /// Reads until the connection ends.
    Rest,
}

/// What of the last answer is kept under a name.
#[derive(Debug, Clone, Copy)]
pub enum Keep {
    /// The text at a JSON pointer of the body.
    Json(&'static str),
    /// The value of a header.
    Header(&'static str),
}

/// A new conversation.
pub fn step(name: &'static str) -> Step {
    Step { name, acts: Vec::new(), keeps: Vec::new(), instead: None }
}

impl Step {
    /// A request with `Host` and these further lines, and its answer.
    pub fn ask(self, line: &str, lines: &[&str], body: &str) -> Self {
        let text = request(line, lines, body);
        let answer = if line.starts_with("HEAD ") { Act::HeadAnswer } else { Act::Answer };
        self.act(Act::Send(text)).act(answer)
    }

    /// A GET as a signed-in client sends it.
    pub fn get(self, target: &str) -> Self {
        self.ask(&format!("GET {target} HTTP/1.1"), &[HOST, AUTH, "Accept: */*"], "")
    }

    /// A JSON body as a signed-in client sends it.
    pub fn json(self, method: &str, target: &str, body: &str) -> Self {
        let lines = [HOST, AUTH, "Accept: */*", "Content-Type: application/json", "Content-Length: $length$"];
        self.ask(&format!("{method} {target} HTTP/1.1"), &lines, body)
    }

    pub fn send(self, text: &str) -> Self {
        self.act(Act::Send(text.to_owned()))
    }

    pub fn send_bytes(self, bytes: Vec<u8>) -> Self {
        self.act(Act::SendBytes(bytes))
    }

    pub fn act(mut self, act: Act) -> Self {
        self.acts.push(act);
        self
    }

    pub fn answer(self) -> Self {
        self.act(Act::Answer)
    }

    pub fn keep(mut self, name: &'static str, pointer: &'static str) -> Self {
        self.keeps.push((name, Keep::Json(pointer)));
        self
    }

    pub fn keep_header(mut self, name: &'static str, header: &'static str) -> Self {
        self.keeps.push((name, Keep::Header(header)));
        self
    }

    pub fn instead(mut self, answer: &'static str) -> Self {
        self.instead = Some(answer);
        self
    }
}

/// A request's text: its line, its header lines, and its body.
pub fn request(line: &str, lines: &[&str], body: &str) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{line}\r\n{lines}\r\n{body}")
}

/// The bytes of a text, its names replaced by what was kept.
pub fn fill(text: &str, kept: &BTreeMap<&'static str, String>) -> Vec<u8> {
    let mut filled = text.to_owned();
    for (name, value) in kept {
        filled = filled.replace(&format!("${name}$"), value);
    }
    if let Some((head, body)) = filled.split_once("\r\n\r\n") {
        filled = format!("{}\r\n\r\n{body}", head.replace("$length$", &body.len().to_string()));
    }
    assert!(!filled.contains('$'), "a name was kept by nobody: {filled}");
    filled.into_bytes()
}
