//! A comfortable client for JSON: one base URL, at most one token, at most one workspace.
//!
//! Promise: no proxy, no redirect followed, no cookie kept, no retry. What the test does not say is
//! not sent.

use std::sync::Once;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, redirect};
use serde_json::Value;

/// Far above any bound that a suite measures.
const DEADLINE: Duration = Duration::from_secs(30);

/// Who asks, and of whom. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    headers: HeaderMap,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Such as 200.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
}

impl Client {
    /// A stranger who asks at `base`, such as `http://127.0.0.1:20789`.
    pub fn new(base: &str) -> Self {
        install_crypto();
        let builder = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).timeout(DEADLINE);
        let http = builder.build().expect("a client without TLS files can be built");
        Self { http, base: base.trim_end_matches('/').to_owned(), headers: HeaderMap::new() }
    }

    /// A stranger whose connections another library client makes, such as one that trusts a test's certificate.
    pub fn over(http: reqwest::Client, base: &str) -> Self {
        Self { http, base: base.trim_end_matches('/').to_owned(), headers: HeaderMap::new() }
    }

    /// The same with `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(&self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// The same in workspace `id`, named by header.
    #[must_use]
    pub fn workspace(&self, id: &str) -> Self {
        self.header("x-workspace-id", id)
    }

    /// The same with one more header; it replaces one of the same name.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> Self {
        let mut changed = self.clone();
        let name: HeaderName = name.parse().expect("a header's name");
        changed.headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
        changed
    }

    /// The same at another address.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), ..self.clone() }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// PUT with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// PATCH with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Any method, with a JSON body or none.
    ///
    /// # Panics
    /// If no answer comes.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let shown = format!("{method} {path}");
        let answer = self.try_send(method, path, body).await;
        answer.unwrap_or_else(|error| panic!("no answer to {shown}: {error:?}"))
    }

    /// As [`Client::send`], for a server that may be gone.
    ///
    /// # Errors
    /// If no whole answer comes.
    pub async fn try_send(&self, method: Method, path: &str, body: Option<Value>) -> reqwest::Result<Answer> {
        let url = format!("{}{path}", self.base);
        let mut request = self.http.request(method, url).headers(self.headers.clone());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text))
    }

    /// The field `code` of an error, or nothing.
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Itself, if it has that status.
    ///
    /// # Panics
    /// If it has another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "the answer was: {}", self.text);
        self
    }
}

/// Chooses the one TLS provider of this process; several crates of the tree would disagree otherwise.
pub fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another library of the same process may have chosen already; any choice will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
