//! What Annex may change, row by row, and the comparison that knows nothing else.
//!
//! Each rule says what a message *becomes*: the listed differences are applied to what went in, and what came
//! out must then be the same, byte for byte. So a listed difference cannot hide another one.

use super::message::{Frame, Message, Whole, value_of};
use super::moments::is_now;
use super::play::Capture;
use super::rows::Shown;
use super::talk::Ended;

/// Rules of one run.
pub struct Rules<'a> {
    /// When the run began, in seconds since 1970.
    pub began_s: i64,
    pub situation: Situation,
    pub shown: &'a mut Shown,
}

/// What Annex stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    /// Nothing is on anywhere, or the schema is not there.
    Off,
    /// On for a tenant that is none of the corpus'.
    Pilot,
    /// PostgreSQL was never reached.
    Unreachable,
}

/// Where an answer stands.
#[derive(Clone, Copy)]
struct Rest<'a> {
    through: &'a Capture,
    /// Nothing came after it on the client's connection.
    last: bool,
}

const AGAIN: &str = "/__test/status/200?again";

impl Rules<'_> {
    /// What the client sent, as the CRM should have received it.
    fn requests(&mut self, sent: &[Message]) -> Vec<Message> {
        let mut due = Vec::new();
        for message in sent {
            if message.lines == [""] {
                self.shown.note("empty-lines");
                continue;
            }
            if let Some(row) = self.answered_by_annex(message) {
                self.shown.note(row);
                continue;
            }
            let mut message = message.clone();
            self.tidy_lines(&mut message, "request-spaces", "request-order");
            self.without_ours(&mut message);
            self.without_names(&mut message);
            due.push(message);
        }
        due
    }

    /// The row by which Annex answers a request itself.
    fn answered_by_annex(&self, request: &Message) -> Option<&'static str> {
        let target = request.lines[0].split(' ').nth(1).unwrap_or_default();
        if ["/api/features", "/api/workspaces"].contains(&target) {
            return Some("own-paths");
        }
        let named = request.value("x-workspace-id").is_some() || target.contains("workspaceId=");
        let signed_in = request.value("authorization").is_some_and(|value| value.contains(['.', '<']));
        let api = target.starts_with("/api/");
        (self.situation == Situation::Unreachable && named && signed_in && api).then_some("named-while-unknown")
    }

    /// White space around values, and the order of lines whose name repeats.
    fn tidy_lines(&mut self, message: &mut Message, spaces: &'static str, order: &'static str) {
        let mut lines: Vec<String> = Vec::new();
        for line in &message.lines[1..] {
            let (name, value) = line.split_once(':').expect("a header line");
            let tidy = format!("{name}: {}", value.trim_matches([' ', '\t']));
            if tidy != *line {
                self.shown.note(spaces);
            }
            let same = |other: &String| value_of(other, name).is_some();
            let at = lines.iter().rposition(same).map_or(lines.len(), |at| at + 1);
            if at != lines.len() {
                self.shown.note(order);
            }
            lines.insert(at, tidy);
        }
        message.lines.truncate(1);
        message.lines.extend(lines);
    }

    /// Reserved headers and the marker cookie are gone; the last line takes a gap, the cookies stand at the end.
    fn without_ours(&mut self, request: &mut Message) {
        while let Some(at) = request.lines.iter().skip(1).position(|line| is_reserved(line)) {
            self.shown.note("reserved-headers");
            request.lines.swap_remove(at + 1);
        }
        let is_ours = |pair: &str| matches!(pair.trim().split('=').next(), Some("annex" | "__Host-annex"));
        let Some(cookies) = request.value("cookie").map(str::to_owned) else { return };
        if !cookies.split(';').any(is_ours) {
            return;
        }
        self.shown.note("marker-cookie");
        let at = request.at("cookie").expect("it has a value");
        request.lines.swap_remove(at);
        let kept: Vec<&str> = cookies.split(';').filter(|pair| !is_ours(pair)).map(str::trim).collect();
        if !kept.is_empty() {
            request.lines.push(format!("cookie: {}", kept.join("; ")));
        }
    }

    /// While the flag is on anywhere, the names that Annex reads are gone where they would not count anyway.
    fn without_names(&mut self, request: &mut Message) {
        let target = request.lines[0].split(' ').nth(1).unwrap_or_default();
        if self.situation != Situation::Pilot || target.starts_with("/api/") {
            return;
        }
        while let Some(at) = request.at("x-workspace-id") {
            self.shown.note("names-at-home");
            request.lines.swap_remove(at);
        }
    }

    /// An answer of the CRM, as the client should have got it; `got` tells the moment and the chunks.
    fn answer(&mut self, answer: &Message, asked: Option<&Message>, got: &Message, rest: Rest<'_>) -> Message {
        let Rest { through, last } = rest;
        let mut due = answer.clone();
        self.tidy_lines(&mut due, "answer-spaces", "answer-order");
        if answer.status() < 200 {
            return due;
        }
        let is_old = asked.is_some_and(|request| request.lines[0].ends_with("HTTP/1.0"));
        if due.frame == Frame::UntilClose && !is_old {
            self.shown.note("until-close");
            due.lines[0] = due.lines[0].replacen("HTTP/1.0", "HTTP/1.1", 1);
            due.lines.push("Transfer-Encoding: chunked".to_owned());
            due.frame = got.frame.clone();
        }
        let date = got.value("date").filter(|date| is_now(date, self.began_s));
        if let Some(date) = date
            && due.value("date") != Some(date)
        {
            self.shown.note("date");
            set(&mut due, "Date", date);
        }
        let kept = !last || through.ended == Ended::Kept;
        match due.value("connection") {
            None => {
                self.shown.note("connection");
                set(&mut due, "Connection", if kept { "keep-alive" } else { "close" });
            }
            Some("close") if kept => {
                self.shown.note("connection");
                set(&mut due, "Connection", "keep-alive");
            }
            Some("keep-alive") if through.half => set(&mut due, "Connection", "close"),
            Some(_) => {}
        }
        due
    }

    /// Chunks may be cut elsewhere; what they carry is the same, and nothing stands between them.
    fn chunks(&mut self, due: &mut Message, came: &Message, row: &'static str) {
        if let (Frame::Chunked(before), Frame::Chunked(after)) = (&due.frame, &came.frame)
            && before != after
            && is_plain(after)
        {
            self.shown.note(row);
            due.frame = came.frame.clone();
        }
    }

    /// One run: what went into Annex against what came out, in both directions.
    pub fn through(&mut self, capture: &Capture) -> Result<(), String> {
        let due = self.requests(&capture.sent);
        self.same_requests(due, &capture.received)?;
        let mut answered = capture.answered.iter();
        let mut asked = capture.sent.iter().filter(|request| request.lines != [""]);
        for (at, got) in capture.got.iter().enumerate() {
            let request = if got.status() == 101 || got.status() >= 200 { asked.next() } else { None };
            if let Some(row) = request.and_then(|request| self.answered_by_annex(request)) {
                is_an_answer_of_annex(got, row)?;
                continue;
            }
            let answer = answered.next().ok_or_else(|| format!("an answer out of nothing: {got:?}"))?;
            let rest = Rest { through: capture, last: at + 1 == capture.got.len() };
            self.same_answer(answer, request, got, rest)?;
        }
        answered.next().map_or(Ok(()), |lost| Err(format!("an answer that was lost: {:?}", lost.lines)))
    }

    /// Two runs: the same conversation with the CRM alone and through Annex.
    pub fn against(&mut self, direct: &Capture, through: &Capture) -> Result<(), String> {
        let (mut received, mut got) = (through.received.clone(), through.got.clone());
        if direct.half && direct.got.is_empty() && got.len() == 1 {
            self.shown.note("half-closed");
            got.clear();
        }
        if direct.ended == Ended::Closed && through.ended == Ended::Kept {
            // The client asked once more, where the CRM alone would have closed.
            let (request, answer) = (received.pop(), got.pop());
            let again = request.is_some_and(|request| request.lines[0].contains(AGAIN)) && answer.is_some();
            let closed = direct.got.last().is_some_and(|last| last.value("connection") != Some("keep-alive"));
            if !again || !closed {
                return Err("the connection is open, and the CRM's was not".to_owned());
            }
        } else if direct.ended != through.ended {
            return Err(format!("the connection was {:?}, and is {:?}", direct.ended, through.ended));
        }
        let due = self.requests(&direct.received);
        self.same_requests(due, &received)?;
        if direct.got.len() != got.len() {
            return Err(format!("{} answers became {}: {got:?}", direct.got.len(), got.len()));
        }
        let mut asked = direct.sent.iter().filter(|request| request.lines != [""]);
        for (at, (before, after)) in direct.got.iter().zip(&got).enumerate() {
            let request = if before.status() == 101 || before.status() >= 200 { asked.next() } else { None };
            if let Some(row) = request.and_then(|request| self.answered_by_annex(request)) {
                is_an_answer_of_annex(after, row)?;
                continue;
            }
            self.same_answer(before, request, after, Rest { through, last: at + 1 == through.got.len() })?;
        }
        Ok(())
    }

    fn same_requests(&mut self, due: Vec<Message>, came: &[Message]) -> Result<(), String> {
        if due.len() != came.len() {
            return Err(format!("{} requests became {}: {came:?}", due.len(), came.len()));
        }
        for (mut due, came) in due.into_iter().zip(came) {
            self.chunks(&mut due, came, "request-chunks");
            same(&due, came)?;
        }
        Ok(())
    }

    fn same_answer(
        &mut self,
        before: &Message,
        asked: Option<&Message>,
        got: &Message,
        rest: Rest<'_>,
    ) -> Result<(), String> {
        let mut due = self.answer(before, asked, got, rest);
        self.chunks(&mut due, got, "answer-chunks");
        same(&due, got)
    }
}

fn is_reserved(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    name.to_ascii_lowercase().replace('_', "-").starts_with("x-annex-")
}

fn is_an_answer_of_annex(answer: &Message, row: &str) -> Result<(), String> {
    let expected: &[u16] = if row == "own-paths" { &[200, 401, 403, 503] } else { &[503] };
    let ours = expected.contains(&answer.status()) && answer.value("x-annex-request-id").is_some();
    if ours { Ok(()) } else { Err(format!("not Annex's own answer ({row}): {:?}", answer.lines)) }
}

fn set(message: &mut Message, name: &str, value: &str) {
    match message.at(name) {
        Some(at) => {
            let (name, _) = message.lines[at].split_once(':').expect("a header line");
            message.lines[at] = format!("{name}: {value}");
        }
        None => message.lines.push(format!("{name}: {value}")),
    }
}

/// Sizes in capitals and content, no extensions, no trailers.
fn is_plain(frame: &str) -> bool {
    let mut rest = frame;
    while let Some((size, behind)) = rest.split_once("\r\n") {
        let Ok(length) = usize::from_str_radix(size, 16) else { return false };
        if size.contains(|c: char| c.is_ascii_lowercase()) {
            return false;
        }
        if length == 0 {
            return behind == "\r\n";
        }
        // A chunk whose content was numbered has another length: then the lengths are those of the other run.
        rest = match behind.char_indices().nth(length).map(|(at, _)| &behind[at..]) {
            Some(next) if next.starts_with("\r\n") => &next[2..],
            _ => return behind.ends_with("\r\n0\r\n\r\n"),
        };
    }
    false
}

/// Byte for byte, or what differs first.
fn same(due: &Message, came: &Message) -> Result<(), String> {
    if due.lines != came.lines {
        return Err(format!("the head\n  {}\nshould be\n  {}", came.lines.join("\n  "), due.lines.join("\n  ")));
    }
    if due.body != came.body {
        let at = due.body.iter().zip(&came.body).position(|(a, b)| a != b);
        let at = at.unwrap_or(due.body.len().min(came.body.len()));
        let shown = |body: &[u8]| String::from_utf8_lossy(&body[at..body.len().min(at + 80)]).into_owned();
        let (due, came) = (shown(&due.body), shown(&came.body));
        return Err(format!("the body is `{came}` from byte {at}, and should be `{due}`"));
    }
    if due.frame != came.frame {
        let shown = |frame: &Frame| format!("{frame:?}").chars().take(300).collect::<String>();
        return Err(format!("the frame is {}, and should be {}", shown(&came.frame), shown(&due.frame)));
    }
    let whole = |message: &Message| if message.whole == Whole::Yes { "whole" } else { "cut" };
    if due.whole == came.whole { Ok(()) } else { Err(format!("it is {}, and should be {}", whole(came), whole(due))) }
}
