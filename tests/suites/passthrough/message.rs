//! HTTP/1 messages as they stood on a wire, taken apart so that a difference can be named.
//!
//! **Invariant:** the parts put together again are the bytes, checked at each parse: nothing gets lost here.

use annex_tests::http::parse::chunked;

/// One request or answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The first line and the header lines, byte for byte (one `char` per byte), without their ends.
    pub lines: Vec<String>,
    pub frame: Frame,
    /// The content, or what followed an upgrade.
    pub body: Vec<u8>,
    pub whole: Whole,
}

/// How the body stood on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    None,
    Length,
    /// The exact bytes, with sizes, extensions and trailers.
    Chunked(String),
    UntilClose,
    /// No HTTP any more.
    Upgraded,
}

/// Whether the message came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    Yes,
    Cut,
}

impl Message {
    /// The value of the first header line of that name, trimmed.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.lines.iter().skip(1).find_map(|line| value_of(line, name))
    }

    /// The position of the first header line of that name.
    pub fn at(&self, name: &str) -> Option<usize> {
        let found = self.lines.iter().skip(1).position(|line| value_of(line, name).is_some());
        found.map(|at| at + 1)
    }

    /// The status of an answer.
    pub fn status(&self) -> u16 {
        let word = self.lines[0].split(' ').nth(1).and_then(|word| word.parse().ok());
        word.unwrap_or_else(|| panic!("no status: {}", self.lines[0]))
    }

    /// Its bytes.
    pub fn wire(&self) -> Vec<u8> {
        let head = format!("{}\r\n\r\n", self.lines.join("\r\n"));
        let mut wire = bytes(&head);
        match &self.frame {
            Frame::Chunked(frame) => wire.extend(bytes(frame)),
            _ => wire.extend(&self.body),
        }
        wire
    }
}

/// The value of a header line, if it has that name.
pub fn value_of<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (before, value) = line.split_once(':')?;
    before.eq_ignore_ascii_case(name).then(|| value.trim_matches([' ', '\t']))
}

/// One `char` per byte: every byte can be told apart.
pub fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Back again.
pub fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(c).expect("one char per byte")).collect()
}

/// What a connection became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoken {
    Http,
    /// After the first `Upgrade` it was accepted, and no HTTP any more.
    Upgraded,
}

impl Spoken {
    /// Read off the answers.
    pub fn of(answers: &[u8]) -> Self {
        if answers.starts_with(b"HTTP/1.1 101 ") { Self::Upgraded } else { Self::Http }
    }
}

/// The requests of one connection.
pub fn requests(wire: &[u8], spoken: Spoken) -> Vec<Message> {
    let mut found = Vec::new();
    let mut rest = wire;
    while let Some((lines, behind)) = head(rest) {
        let mut message = Message { lines, frame: Frame::None, body: Vec::new(), whole: Whole::Yes };
        rest = if spoken == Spoken::Upgraded && message.value("upgrade").is_some() {
            take_all(&mut message, Frame::Upgraded, behind)
        } else {
            take_body(&mut message, behind)
        };
        found.push(message);
    }
    check(&found, wire, rest);
    found
}

/// The answers to `asked` on one connection.
pub fn answers(wire: &[u8], asked: &[Message]) -> Vec<Message> {
    let mut found = Vec::new();
    let mut rest = wire;
    let mut asked = asked.iter();
    while let Some((lines, behind)) = head(rest) {
        let mut message = Message { lines, frame: Frame::None, body: Vec::new(), whole: Whole::Yes };
        let status = message.status();
        let is_last = status == 101 || status >= 200;
        let to_head = is_last && asked.next().is_some_and(|request| request.lines[0].starts_with("HEAD "));
        rest = match status {
            101 => take_all(&mut message, Frame::Upgraded, behind),
            204 | 304 => behind,
            _ if to_head || !is_last => behind,
            _ if message.at("content-length").is_none() && message.at("transfer-encoding").is_none() => {
                take_all(&mut message, Frame::UntilClose, behind)
            }
            _ => take_body(&mut message, behind),
        };
        found.push(message);
    }
    check(&found, wire, rest);
    found
}

fn head(wire: &[u8]) -> Option<(Vec<String>, &[u8])> {
    let end = wire.windows(4).position(|window| window == b"\r\n\r\n")?;
    let lines = latin1(&wire[..end]).split("\r\n").map(str::to_owned).collect();
    Some((lines, &wire[end + 4..]))
}

fn take_all<'a>(message: &mut Message, frame: Frame, behind: &'a [u8]) -> &'a [u8] {
    message.frame = frame;
    message.body = behind.to_vec();
    &[]
}

fn take_body<'a>(message: &mut Message, behind: &'a [u8]) -> &'a [u8] {
    if message.value("transfer-encoding").is_some() {
        return take_chunks(message, behind);
    }
    let Some(length) = message.value("content-length").and_then(|text| text.parse::<usize>().ok()) else {
        return behind;
    };
    message.frame = Frame::Length;
    let (body, rest) = behind.split_at(length.min(behind.len()));
    message.body = body.to_vec();
    message.whole = if body.len() == length { Whole::Yes } else { Whole::Cut };
    rest
}

fn take_chunks<'a>(message: &mut Message, behind: &'a [u8]) -> &'a [u8] {
    let found = chunked(behind).unwrap_or_else(|error| panic!("{error} in {}", latin1(behind)));
    let (frame, rest) = match found {
        Some(found) => {
            message.body = found.body;
            behind.split_at(found.taken)
        }
        None => {
            message.whole = Whole::Cut;
            message.body = content_so_far(behind);
            (behind, &[][..])
        }
    };
    message.frame = Frame::Chunked(latin1(frame));
    rest
}

/// The content of the whole chunks of a body that is cut.
fn content_so_far(mut frame: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    while let Some(end) = frame.windows(2).position(|window| window == b"\r\n") {
        let line = latin1(&frame[..end]);
        let digits = line.split(';').next().unwrap_or_default();
        let Ok(size) = usize::from_str_radix(digits, 16) else { break };
        let from = end + 2;
        let to = (from + size).min(frame.len());
        content.extend_from_slice(&frame[from..to]);
        frame = frame.get(to + 2..).unwrap_or_default();
    }
    content
}

fn check(found: &[Message], wire: &[u8], rest: &[u8]) {
    assert!(rest.is_empty(), "bytes that are no message: {:?}", latin1(rest));
    let again: Vec<u8> = found.iter().flat_map(Message::wire).collect();
    assert!(again == wire, "a parse lost something of {}", latin1(wire));
}
