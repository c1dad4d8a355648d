//! What the reference CRM wrote down of a request that carried a probe.

use serde_json::Value;
use uuid::Uuid;

use crate::http::json::Client;

/// The header that tells one request from all others.
pub const PROBE: &str = "X-Probe";

/// A new probe.
pub fn probe() -> String {
    Uuid::new_v4().simple().to_string()
}

/// One request as it arrived at the CRM.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// GET, POST, …
    pub method: String,
    /// The target, as sent.
    pub target: String,
    /// The headers as sent, in order.
    pub headers: Vec<(String, String)>,
    /// The length of the body.
    pub body_bytes: u64,
    /// Whether the body was whole.
    pub complete: bool,
}

impl Arrival {
    /// The values of `name`, whatever its case.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let same = |header: &&(String, String)| header.0.eq_ignore_ascii_case(name);
        self.headers.iter().filter(same).map(|(_, value)| value.as_str()).collect()
    }

    /// The token of its only `Authorization`.
    pub fn token(&self) -> &str {
        let values = self.all("authorization");
        assert_eq!(values.len(), 1, "one Authorization: {values:?}");
        values[0].strip_prefix("Bearer ").expect("a bearer token")
    }
}

/// Every request with `probe` that the CRM at `url` got.
pub async fn arrivals(url: &str, probe: &str) -> Vec<Arrival> {
    let entries = Client::new(url).get("/__test/received").await.expect(200).json();
    let entries = entries.as_array().expect("a list").clone();
    entries
        .iter()
        .filter(|entry| entry["kind"] == "request")
        .map(arrival)
        .filter(|found| found.all(PROBE) == [probe])
        .collect()
}

fn arrival(entry: &Value) -> Arrival {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let raw: Vec<String> = entry["rawHeaders"].as_array().into_iter().flatten().map(text).collect();
    Arrival {
        method: text(&entry["method"]),
        target: text(&entry["url"]),
        headers: raw.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect(),
        body_bytes: entry["bodyBytes"].as_u64().unwrap_or_default(),
        complete: entry["complete"] == true,
    }
}
