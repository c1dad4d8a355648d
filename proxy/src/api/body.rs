//! A JSON body, field by field, with every mistake told at once.
//!
//! **Invariant:** a field that no handler asked for is a mistake, and so is a key that stands twice.

use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    error::{ApiError, Code, FieldError},
    frame::Received,
};
use crate::identity::strict;

/// What a parser says of a value: the value, or a code of [`FieldError`].
pub type Parsed<T> = Result<T, &'static str>;

/// The fields of a body that must be there.
#[derive(Debug)]
pub struct Fields {
    fingerprint: [u8; 32],
    /// In bytes.
    size: usize,
    rest: Map<String, Value>,
    errors: Vec<FieldError>,
}

/// The fields of a body that may be left out altogether.
#[derive(Debug)]
pub struct MaybeFields(pub Fields);

/// Whether an error may repeat what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Echo {
    Value,
    /// A secret.
    Nothing,
}

/// A longer text is not repeated.
const LONGEST_ECHO: usize = 100;

impl Fields {
    /// Of an object that stood inside a body.
    pub fn of(rest: Map<String, Value>) -> Self {
        // Keys are sorted here, so that the order in which they were sent makes no other payload.
        let text = Value::Object(rest.clone()).to_string();
        Fields { fingerprint: Sha256::digest(text.as_bytes()).into(), size: text.len(), rest, errors: Vec::new() }
    }

    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, ApiError> {
        check_headers(headers, "application/json")?;
        let text = std::str::from_utf8(body).map_err(|_| ApiError::from(Code::UnsupportedBody))?;
        let rest = strict::object(text.as_bytes()).map_err(|_| {
            ApiError::field("", "malformed_json").saying("The body is not one JSON object with unique keys")
        })?;
        Ok(Self::of(rest))
    }

    /// Every mistake, once whoever asks has asked for all that may be there.
    pub fn mistakes(mut self) -> Vec<FieldError> {
        let unknown: Vec<String> = self.rest.keys().cloned().collect();
        for key in unknown {
            self.refuse(&key, "unknown_field", None);
        }
        self.errors
    }

    /// SHA-256 of the fields as they were sent.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// Refuses a body that is larger than `most` without the text `key`: a limit that makes room for one field makes room for
    /// no other.
    pub fn check_size_beside(&self, key: &str, most: usize) -> Result<(), ApiError> {
        let beside = self.rest.get(key).and_then(Value::as_str).map_or(0, str::len);
        if self.size.saturating_sub(beside) > most { Err(Code::BodyTooLarge.into()) } else { Ok(()) }
    }

    /// A field that must be there.
    pub fn required<T>(&mut self, key: &str, parse: impl FnOnce(&Value) -> Parsed<T>) -> Option<T> {
        match self.rest.remove(key) {
            None | Some(Value::Null) => {
                self.refuse(key, "required", None);
                None
            }
            Some(value) => self.parsed(key, &value, Echo::Value, parse),
        }
    }

    /// The same for a value that no answer repeats.
    pub fn required_secret<T>(&mut self, key: &str, parse: impl FnOnce(&Value) -> Parsed<T>) -> Option<T> {
        match self.rest.remove(key) {
            None | Some(Value::Null) => {
                self.refuse(key, "required", None);
                None
            }
            Some(value) => self.parsed(key, &value, Echo::Nothing, parse),
        }
    }

    /// A field that may be left out or null.
    pub fn optional<T>(&mut self, key: &str, parse: impl FnOnce(&Value) -> Parsed<T>) -> Option<T> {
        match self.rest.remove(key) {
            None | Some(Value::Null) => None,
            Some(value) => self.parsed(key, &value, Echo::Value, parse),
        }
    }

    /// A field that may be left out (`None`), or null, which takes away what stands there (`Some(None)`).
    pub fn clearable<T>(&mut self, key: &str, parse: impl FnOnce(&Value) -> Parsed<T>) -> Option<Option<T>> {
        match self.rest.remove(key) {
            None => None,
            Some(Value::Null) => Some(None),
            Some(value) => self.parsed(key, &value, Echo::Value, parse).map(Some),
        }
    }

    /// The same for a value that no answer repeats.
    pub fn optional_secret<T>(&mut self, key: &str, parse: impl FnOnce(&Value) -> Parsed<T>) -> Option<T> {
        match self.rest.remove(key) {
            None | Some(Value::Null) => None,
            Some(value) => self.parsed(key, &value, Echo::Nothing, parse),
        }
    }

    /// What was built of the fields, unless one of them was refused or nobody asked for it.
    pub fn finish<T>(self, built: Option<T>) -> Result<T, ApiError> {
        let mistakes = self.mistakes();
        match built {
            Some(built) if mistakes.is_empty() => Ok(built),
            _ => Err(ApiError::fields(mistakes)),
        }
    }

    /// The fingerprint of a body that says nothing; a field is a mistake.
    pub fn nothing(self) -> Result<[u8; 32], ApiError> {
        let fingerprint = self.fingerprint;
        self.finish(Some(fingerprint))
    }

    fn parsed<T>(
        &mut self,
        key: &str,
        value: &Value,
        echo: Echo,
        parse: impl FnOnce(&Value) -> Parsed<T>,
    ) -> Option<T> {
        match parse(value) {
            Ok(parsed) => Some(parsed),
            Err(code) => {
                self.refuse(key, code, (echo == Echo::Value).then(|| repeatable(value)).flatten());
                None
            }
        }
    }

    fn refuse(&mut self, path: &str, code: &'static str, value: Option<Value>) {
        let path = path.chars().take(LONGEST_ECHO).collect();
        self.errors.push(FieldError { path, code, value });
    }
}

fn repeatable(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) if text.len() > LONGEST_ECHO => None,
        Value::Array(_) | Value::Object(_) => None,
        scalar => Some(scalar.clone()),
    }
}

/// Rule R9: the media type `wanted`, UTF-8, identity encoding.
pub fn check_headers(headers: &HeaderMap, wanted: &str) -> Result<(), ApiError> {
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let mut parts = text(header::CONTENT_TYPE).unwrap_or_default().split(';').map(str::trim);
    let is_wanted = parts.next().is_some_and(|media| media.eq_ignore_ascii_case(wanted));
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    let is_plain = text(header::CONTENT_ENCODING).is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
    if is_wanted && is_utf8 && is_plain { Ok(()) } else { Err(Code::UnsupportedBody.into()) }
}

/// The body of a request, as the frame took it off the wire.
pub fn received(parts: &Parts) -> Result<&[u8], ApiError> {
    match parts.extensions.get::<Received>() {
        Some(Received(Ok(body))) => Ok(body),
        Some(Received(Err(code))) => Err((*code).into()),
        None => Err(Code::Internal.into()),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Fields::read(&parts.headers, received(parts)?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeFields {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let body = received(parts)?;
        if body.is_empty() {
            return Ok(MaybeFields(Fields::of(Map::new())));
        }
        Fields::read(&parts.headers, body).map(MaybeFields)
    }
}

/// A text, as it is.
pub fn text(value: &Value) -> Parsed<String> {
    value.as_str().map(str::to_owned).ok_or("invalid_type")
}

/// True or false.
pub fn boolean(value: &Value) -> Parsed<bool> {
    value.as_bool().ok_or("invalid_type")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        Fields::read(&headers, text.as_bytes()).unwrap()
    }

    #[test]
    fn every_mistake_is_told_and_a_secret_is_not_repeated() {
        let mut sent = fields(r#"{"a":1,"c":"x","token":5,"more":[1],"b":null}"#);
        let a = sent.required("a", text);
        let b = sent.required("b", text);
        let c = sent.optional("c", text);
        let token = sent.optional_secret("token", text);
        assert_eq!((a, b, c.as_deref(), token), (None, None, Some("x"), None));
        let told: Vec<_> =
            sent.errors.iter().map(|error| (error.path.as_str(), error.code, error.value.clone())).collect();
        assert_eq!(
            told,
            [("a", "invalid_type", Some(1.into())), ("b", "required", None), ("token", "invalid_type", None)]
        );
        let error = sent.finish(Some(())).unwrap_err();
        assert_eq!(error.code, Code::ValidationFailed);
    }

    #[test]
    fn only_plain_json_is_read() {
        let read = |content_type: &'static str, coding: Option<&'static str>, body: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
            if let Some(coding) = coding {
                headers.insert(header::CONTENT_ENCODING, http::HeaderValue::from_static(coding));
            }
            Fields::read(&headers, body).map(|_| ()).map_err(|error| error.code)
        };
        for fine in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""] {
            assert_eq!(read(fine, None, b"{}"), Ok(()), "{fine}");
        }
        for odd in ["text/plain", "", "application/json; charset=utf-16", "application/x-www-form-urlencoded"] {
            assert_eq!(read(odd, None, b"{}"), Err(Code::UnsupportedBody), "{odd}");
        }
        assert_eq!(read("application/json", Some("gzip"), b"{}"), Err(Code::UnsupportedBody));
        assert_eq!(read("application/json", None, b"\xff{}"), Err(Code::UnsupportedBody));
        for malformed in ["", "[]", "{\"a\":1,\"a\":2}", "{", "{} {}"] {
            assert_eq!(
                read("application/json", None, malformed.as_bytes()),
                Err(Code::ValidationFailed),
                "{malformed}"
            );
        }
    }
}
