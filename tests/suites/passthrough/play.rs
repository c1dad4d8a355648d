//! Plays the corpus at an address, and takes down what each of the four wires carried.

use std::collections::BTreeMap;
use std::time::Duration;

use annex_tests::http::eventually;

use super::message::{Message, Spoken, answers, requests};
use super::script::{Act, HOST, Step, request};
use super::talk::{Ended, Talk};
use super::tap::{Tap, Wire};

/// Far above what any body takes.
const DEADLINE: Duration = Duration::from_secs(30);

/// One conversation, as it went.
#[derive(Debug, Clone)]
pub struct Capture {
    pub name: &'static str,
    /// What the client sent, and what of it reached the CRM.
    pub sent: Vec<Message>,
    pub received: Vec<Message>,
    /// What the CRM answered, and what of it reached the client.
    pub answered: Vec<Message>,
    pub got: Vec<Message>,
    pub ended: Ended,
    /// Whether the client closed its direction before it had an answer.
    pub half: bool,
}

/// Plays `steps` at `port`, behind which `tap` listens in front of the CRM.
pub async fn play(steps: &[Step], port: u16, tap: &Tap) -> Vec<Capture> {
    let mut kept = BTreeMap::new();
    let mut captures = Vec::new();
    tap.take();
    for step in steps {
        captures.push(converse(step, port, tap, &mut kept).await);
    }
    captures
}

async fn converse(step: &Step, port: u16, tap: &Tap, kept: &mut BTreeMap<&'static str, String>) -> Capture {
    if let Some(answer) = step.instead {
        tap.answer_next_with(answer);
    }
    let mut talk = Talk::open(step.name, port).await;
    for act in &step.acts {
        talk.perform(act, kept).await;
    }
    for (name, keep) in &step.keeps {
        kept.insert(*name, talk.kept(*keep));
    }
    let once_more = Act::Send(request("GET /__test/status/200?again HTTP/1.1", &[HOST], ""));
    let ended = talk.end(&once_more).await;
    if step.name.ends_with("(answered early)") {
        // The rest of the body may still be on its way.
        eventually(DEADLINE, step.name, || async { tap.sent_up() >= talk.sent.len() }).await;
    }
    let (mut received, mut answered) = (Vec::new(), Vec::new());
    for wire in &tap.take() {
        let asked = requests(&wire.up, Spoken::of(&wire.down));
        answered.extend(in_time(answers(&wire.down, &asked), &wire.moments.1));
        received.extend(in_time(asked, &wire.moments.0));
    }
    let (received, answered) = (sorted(received), sorted(answered));
    let half = step.acts.iter().any(|act| matches!(act, Act::Finish));
    let sent = requests(&talk.sent, Spoken::of(&talk.got));
    let got = answers(&talk.got, &sent);
    Capture { name: step.name, sent, received, answered, got, ended, half }
}

/// The messages of one connection, with the moments at which they began.
fn in_time(messages: Vec<Message>, moments: &[(usize, usize)]) -> Vec<(usize, Message)> {
    let mut offset = 0;
    let timed = messages.into_iter().map(|message| {
        let moment = Wire::moment(moments, offset);
        offset += message.wire().len();
        (moment, message)
    });
    timed.collect()
}

/// The messages of several connections, as they began.
fn sorted(mut timed: Vec<(usize, Message)>) -> Vec<Message> {
    timed.sort_by_key(|(moment, _)| *moment);
    timed.into_iter().map(|(_, message)| message).collect()
}
