//! HTTP as a plain client speaks it: no proxy, no redirect followed, no cookie, no retry.

use std::time::Duration;

use anyhow::Context;
use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;

/// Who asks, and of whom.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    headers: HeaderMap,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Such as `GET /api/customers`.
    pub asked: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Client {
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let http = builder.timeout(Duration::from_secs(20)).build()?;
        Ok(Client { http, base: base.to_owned(), headers: HeaderMap::new() })
    }

    /// The same with a token.
    pub fn bearer(&self, token: &str) -> Self {
        self.with(AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// The same in a workspace, named by header.
    pub fn in_workspace(&self, id: &str) -> Self {
        self.with(HeaderName::from_static("x-workspace-id"), id)
    }

    /// The same as a browser that goes to a page with this cookie.
    pub fn browser(&self, cookie: &str) -> Self {
        self.with(COOKIE, cookie).with(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, Some(body)).await
    }

    fn with(&self, name: HeaderName, value: &str) -> Self {
        let mut changed = self.clone();
        // Tokens and ids are visible ASCII; what is not would be refused by the server, not sent by us.
        if let Ok(value) = HeaderValue::from_str(value) {
            changed.headers.insert(name, value);
        }
        changed
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Answer> {
        let asked = format!("{method} {path}");
        let mut request = self.http.request(method, format!("{}{path}", self.base)).headers(self.headers.clone());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.with_context(|| format!("no answer to {asked}"))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.with_context(|| format!("half an answer to {asked}"))?;
        Ok(Answer { asked, status, headers, text })
    }
}

impl Answer {
    /// The body; null if it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The text at a JSON pointer, such as `/user/id`.
    pub fn text_at(&self, pointer: &str) -> anyhow::Result<String> {
        let body = self.json();
        let found = body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        found.with_context(|| format!("{} answered no text at {pointer}: {}", self.asked, self.brief()))
    }

    /// Whether it has this status.
    pub fn is(&self, status: u16) -> Result<(), String> {
        if self.status == status { Ok(()) } else { Err(format!("{} → {}", self.asked, self.brief())) }
    }

    /// Whether it is this refusal of Annex.
    pub fn refuses(&self, status: u16, code: &str) -> Result<(), String> {
        self.is(status)?;
        let body = self.json();
        let seen = body.get("code").and_then(Value::as_str).unwrap_or_default();
        if seen == code { Ok(()) } else { Err(format!("{} → {}", self.asked, self.brief())) }
    }

    /// Itself, or an error that ends the act.
    pub fn must(self, status: u16) -> anyhow::Result<Self> {
        anyhow::ensure!(self.status == status, "{} → {} (expected {status})", self.asked, self.brief());
        Ok(self)
    }

    /// Whether a list in the body has an element with this id.
    pub fn lists(&self, id: &str) -> bool {
        let body = self.json();
        let rows = body.as_array().or_else(|| body.get("data").and_then(Value::as_array));
        rows.is_some_and(|rows| rows.iter().any(|row| row.get("id").and_then(Value::as_str) == Some(id)))
    }

    /// Status and the beginning of the body; of one that holds tokens, the status alone.
    pub fn brief(&self) -> String {
        // Every JSON Web Token begins with `{"` in base64.
        if self.text.contains("eyJ") {
            return format!("{} with a token", self.status);
        }
        format!("{} {}", self.status, self.text.chars().take(300).collect::<String>())
    }
}
