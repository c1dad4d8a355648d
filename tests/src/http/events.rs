//! A reader of server-sent events, as `fetch` would be one.
//!
//! Promise: events come out one by one, comments beside them; the end of the stream is seen. Every wait has a deadline.

use std::time::Duration;

use serde_json::Value;

use super::json::install_crypto;

/// Far above any bound that a suite measures.
const DEADLINE: Duration = Duration::from_secs(40);

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The field `event`.
    pub name: String,
    /// The field `id`.
    pub id: String,
    /// The field `data`, as JSON.
    pub content: Value,
}

/// One open stream.
#[derive(Debug)]
pub struct Events {
    response: reqwest::Response,
    text: String,
    /// How many comments came so far.
    pub comments: usize,
}

impl Events {
    /// Opens `url` with that token and further headers.
    ///
    /// # Errors
    /// With the status and body, if it is not 200.
    pub async fn open(url: &str, token: &str, headers: &[(&str, &str)]) -> Result<Self, (u16, String)> {
        install_crypto();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut request = http.get(url).header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = tokio::time::timeout(DEADLINE, request.send()).await.expect("an answer in time");
        let response = response.expect("an answer");
        if response.status() != 200 {
            return Err((response.status().as_u16(), response.text().await.unwrap_or_default()));
        }
        assert!(response.headers()["content-type"].to_str().is_ok_and(|media| media.starts_with("text/event-stream")));
        Ok(Self { response, text: String::new(), comments: 0 })
    }

    /// A header of the answer.
    pub fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name)?.to_str().ok().map(str::to_owned)
    }

    /// The next event; `None`: the stream ended, whole or not.
    pub async fn next(&mut self) -> Option<Event> {
        tokio::time::timeout(DEADLINE, self.read()).await.expect("an event, or the end, in time")
    }

    /// Whatever comes within `pause`.
    pub async fn within(&mut self, pause: Duration) -> Option<Event> {
        tokio::time::timeout(pause, self.read()).await.ok().flatten()
    }

    /// The next event that is called `name`.
    pub async fn of(&mut self, name: &str) -> Value {
        loop {
            let event = self.next().await.unwrap_or_else(|| panic!("the stream ended before `{name}`"));
            if event.name == name {
                return event.content;
            }
        }
    }

    /// All events until the end.
    pub async fn rest(&mut self) -> Vec<Event> {
        let mut all = Vec::new();
        while let Some(event) = self.next().await {
            all.push(event);
        }
        all
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                match event(&block) {
                    Some(event) => return Some(event),
                    None => self.comments += usize::from(block.starts_with(':')),
                }
            }
            let piece = self.response.chunk().await.ok().flatten()?;
            self.text.push_str(&String::from_utf8_lossy(&piece));
        }
    }
}

fn event(block: &str) -> Option<Event> {
    let field = |name: &str| {
        let mut lines = block.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        lines.next().map(str::to_owned)
    };
    let content = serde_json::from_str(&field("data")?).expect("an event's data is JSON");
    Some(Event { name: field("event").unwrap_or_default(), id: field("id").unwrap_or_default(), content })
}
