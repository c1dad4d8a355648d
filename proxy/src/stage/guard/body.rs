//! A guarded body (rule R9): `application/json`, UTF-8, not encoded, unique keys, within the limit.

use annex_policy::{BodyGuard, Demand, Depth, Leaf, LeafValue};
use http::{HeaderValue, header};
use pingora::http::RequestHeader;
use serde_json::{Map, Value};

use crate::{identity::strict, stage::Rejection};

/// How many rows one body may name: more is an attack on the database, not a form.
const ROWS_MAX: usize = 200;

/// What the head says of the body, before any of it is read.
pub fn check_head(head: &RequestHeader, limit: usize) -> Result<(), Rejection> {
    let text = |name| head.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let identity = |value: &HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity");
    // Every line of it: of two, one reader takes the first and another the last.
    if !head.headers.get_all(header::CONTENT_ENCODING).iter().all(identity) {
        return Err(Rejection::BodyUnreadable);
    }
    let mut parts = text(header::CONTENT_TYPE).unwrap_or_default().split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if !is_json || !is_utf8 || head.headers.get_all(header::CONTENT_TYPE).iter().count() != 1 {
        return Err(Rejection::BodyUnreadable);
    }
    let announced = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) { Err(Rejection::BodyTooLarge) } else { Ok(()) }
}

/// Judges a whole body. Returns the rows, as (relation, id), that must belong to the workspace.
pub fn judge<'g>(
    guard: &'g BodyGuard,
    bytes: &[u8],
    against: Against<'_>,
) -> Result<Vec<(&'g str, String)>, Rejection> {
    let body = strict::value(bytes).map_err(|_| Rejection::BodyMalformed)?;
    let mut walk = Walk { guard, against, rows: Vec::new() };
    match &body {
        Value::Object(map) => walk.object(map, Depth::Top)?,
        Value::Array(items) => items.iter().try_for_each(|item| walk.value("", Depth::Nested, item))?,
        _ => return Err(Rejection::BodyMalformed),
    }
    walk.rows.sort_unstable();
    walk.rows.dedup();
    Ok(walk.rows)
}

/// What a body is judged against.
#[derive(Clone, Copy)]
pub struct Against<'a> {
    pub workspace: &'a str,
    /// The last parameter of the path.
    pub path_id: Option<&'a str>,
    /// The claim and its values that make a platform administrator: nobody is made one from inside a workspace.
    pub elevation: (&'a str, &'a [String]),
}

struct Walk<'g, 'b> {
    guard: &'g BodyGuard,
    against: Against<'b>,
    rows: Vec<(&'g str, String)>,
}

impl Walk<'_, '_> {
    fn object(&mut self, map: &Map<String, Value>, depth: Depth) -> Result<(), Rejection> {
        if depth == Depth::Top && map.is_empty() {
            return Ok(());
        }
        map.iter().try_for_each(|(key, value)| self.value(key, depth, value))
    }

    fn value(&mut self, key: &str, depth: Depth, value: &Value) -> Result<(), Rejection> {
        match value {
            Value::Object(map) if !map.is_empty() => {
                // An object is no id: its leaves would be judged by their own keys, past the one that counts.
                if self.is_foreign(key) {
                    return Err(Rejection::BodyRefused);
                }
                self.structure(key, depth, map)
            }
            Value::Array(items) if !items.is_empty() => items.iter().try_for_each(|item| match item {
                // A list of rows under a foreign key: each row says which it is by a key of its own.
                Value::Object(map) if !map.is_empty() => self.structure(key, depth, map),
                item => self.value(key, depth, item),
            }),
            Value::Null | Value::Object(_) | Value::Array(_) => self.leaf(key, depth, LeafValue::Nothing),
            Value::String(text) => self.leaf(key, depth, LeafValue::Text(text)),
            Value::Bool(_) | Value::Number(_) => self.leaf(key, depth, LeafValue::Other),
        }
    }

    fn structure(&mut self, key: &str, depth: Depth, map: &Map<String, Value>) -> Result<(), Rejection> {
        let pinned = self.guard.pinned.iter().any(|known| **known == *key)
            || (depth == Depth::Top && self.guard.forbidden_or_path.iter().any(|known| **known == *key));
        if pinned || key == "__proto__" {
            return Err(Rejection::BodyRefused);
        }
        self.object(map, Depth::Nested)
    }

    fn is_foreign(&self, key: &str) -> bool {
        self.guard.foreign.iter().any(|(known, _)| **known == *key)
    }

    fn leaf(&mut self, key: &str, depth: Depth, value: LeafValue<'_>) -> Result<(), Rejection> {
        let (kind, elevated) = self.against.elevation;
        if key == kind && matches!(value, LeafValue::Text(text) if elevated.iter().any(|known| known == text)) {
            return Err(Rejection::BodyRefused);
        }
        match self.guard.judge(Leaf { key, depth, value }, self.against.workspace, self.against.path_id) {
            Demand::Pass => Ok(()),
            Demand::Refuse => Err(Rejection::BodyRefused),
            Demand::Row(relation) => {
                let LeafValue::Text(id) = value else { return Err(Rejection::BodyRefused) };
                // PostgreSQL has no text with a NUL, so no row has such an id.
                if self.rows.len() >= ROWS_MAX || id.contains('\0') {
                    return Err(Rejection::BodyRefused);
                }
                self.rows.push((relation, id.to_owned()));
                Ok(())
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn judged<'g>(
        guard: &'g BodyGuard,
        text: &[u8],
        path_id: Option<&str>,
    ) -> Result<Vec<(&'g str, String)>, Rejection> {
        let kinds = ["saas_admin".to_owned()];
        judge(guard, text, Against { workspace: "w", path_id, elevation: ("userType", &kinds) })
    }

    fn guard() -> BodyGuard {
        BodyGuard {
            pinned: vec!["tenantId".into()],
            forbidden_or_path: vec!["id".into()],
            foreign: vec![("customerId".into(), "customers".into()), ("assignees".into(), "users".into())],
        }
    }

    #[test]
    fn a_body_is_judged_at_every_depth() {
        let refused = [
            r#"{"tenantId":"x"}"#,
            r#"{"a":[{"tenantId":"x"}]}"#,
            r#"{"tenantId":{"$eq":"w"}}"#,
            r#"{"id":"other"}"#,
            r#"{"customerId":7}"#,
            r#"{"customerId":{"id":"c"}}"#,
            r#"{"customerId":"c\u0000"}"#,
            r#"{"userType":"saas_admin"}"#,
            r#"{"user":{"userType":["saas_admin"]}}"#,
            r#"{"__proto__":{"tenantId":"x"}}"#,
        ];
        for text in refused {
            assert_eq!(judged(&guard(), text.as_bytes(), Some("row")), Err(Rejection::BodyRefused), "{text}");
        }
        for text in [r#"{"a":1,"a":2}"#, "7", "\"x\"", "{", "{\"a\":\u{1}}"] {
            assert_eq!(judged(&guard(), text.as_bytes(), None), Err(Rejection::BodyMalformed), "{text}");
        }
        assert_eq!(judged(&guard(), &[b'{', 0xff, b'}'], None), Err(Rejection::BodyMalformed));
    }

    #[test]
    fn rows_that_a_body_names_are_collected_once() {
        let text = r#"{"tenantId":"w","id":"row","customerId":"c","items":[{"customerId":"c"}],"assignees":["u","v"]}"#;
        let guard = guard();
        let rows = judged(&guard, text.as_bytes(), Some("row")).unwrap();
        let wanted = [("customers", "c"), ("users", "u"), ("users", "v")];
        assert_eq!(rows, wanted.map(|(relation, id)| (relation, id.to_owned())));
    }
}
