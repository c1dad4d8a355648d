//! Shadow users are nobody (rule R8): judged before everything else, in every mode, while there are any.
//!
//! A token that says one is refused, signing in as one is refused, a refresh of theirs is refused, and so is a route of the
//! CRM that is about one: their row follows the membership, and only the membership.
//!
//! **Invariant:** where no shadow user was ever made, nothing here looks at anything.
//! **Invariant:** the body of a sign-in goes upstream whole and unchanged, or not at all.
//! **Deliberately absent:** the answer to a sign-in. No password verifies a shadow user's row; this is the second lock.

use annex_policy::{MatchPath, Method, RouteClass, RouteMatch};
use bytes::{Bytes, BytesMut};
use http::header;
use pingora::http::RequestHeader;
use serde_json::Value;

use super::{Exchange, Received, Rejection, Rooms, guard::body::check_head};
use crate::{clock, identity::strict, snapshot::Snapshot};

/// A sign-in whose body is being read.
#[derive(Default)]
pub struct SignIn(BytesMut);

/// Refuses what comes from a shadow user or is about one; a sign-in is read before it goes on.
pub fn judge(
    rooms: &Rooms,
    exchange: &mut Exchange,
    head: &RequestHeader,
    received: &Received,
) -> Result<(), Rejection> {
    let snapshot = &exchange.snapshot;
    if snapshot.shadow_users.is_empty() {
        return Ok(());
    }
    if comes_from_one(rooms, snapshot, head) {
        return Err(Rejection::Unauthenticated);
    }
    let method = Method::parse(head.method.as_str());
    // Parameters are decoded as the CRM decodes them, whatever else the path may mean.
    let path = MatchPath::lenient(&received.path);
    let RouteMatch::Route { route, params, .. } = rooms.config.profile.routes.find(method, &path) else {
        return Ok(());
    };
    if let RouteClass::Mapped(_, obligations) = &route.class {
        let about = |param: &str| params.get(param).is_some_and(|id| snapshot.shadow_users.contains_key(&*id));
        if obligations.parent.iter().any(|check| about(&check.param)) {
            return Err(Rejection::ShadowUser);
        }
    }
    if route.method == Method::Post && route.pattern == rooms.config.profile.browser.login_call {
        check_head(head, rooms.config.profile.body_limit_bytes)?;
        exchange.sign_in = Some(SignIn::default());
    }
    Ok(())
}

fn comes_from_one(rooms: &Rooms, snapshot: &Snapshot, head: &RequestHeader) -> bool {
    let Some(authorization) = head.headers.get(header::AUTHORIZATION) else { return false };
    let identified = rooms.verifier.identify(Some(authorization.as_bytes()), clock::unix_seconds());
    identified.is_ok_and(|principal| snapshot.shadow_users.contains_key(&principal.id))
}

impl SignIn {
    /// A piece of the body on its way up; whole and judged it goes on.
    pub fn piece(
        &mut self,
        rooms: &Rooms,
        snapshot: &Snapshot,
        piece: &mut Option<Bytes>,
        end: bool,
    ) -> Result<(), Rejection> {
        if let Some(bytes) = piece.take() {
            if self.0.len().saturating_add(bytes.len()) > rooms.config.profile.body_limit_bytes {
                return Err(Rejection::BodyTooLarge);
            }
            self.0.extend_from_slice(&bytes);
        }
        if !end {
            // Nothing may be sent, and `None` would mean the end.
            *piece = Some(Bytes::new());
            return Ok(());
        }
        let body = strict::value(&self.0).map_err(|_| Rejection::BodyMalformed)?;
        if names_one(&body, snapshot) {
            return Err(Rejection::Unauthenticated);
        }
        *piece = Some(self.0.split().freeze());
        Ok(())
    }

    /// A retry sends the body again, from its beginning.
    pub fn restart(&mut self) {
        self.0.clear();
    }
}

/// Whether any text of a sign-in is the address of a shadow user, whatever the CRM calls the field.
fn names_one(body: &Value, snapshot: &Snapshot) -> bool {
    match body {
        Value::String(text) => snapshot.shadow_user_emails.contains(text.trim().to_lowercase().as_str()),
        Value::Array(items) => items.iter().any(|item| names_one(item, snapshot)),
        Value::Object(map) => map.values().any(|value| names_one(value, snapshot)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_is_found_however_it_is_written() {
        let mut snapshot = Snapshot::unknown(false, false);
        snapshot.shadow_user_emails.insert("a@shadow.invalid".into());
        let found = [
            json!({"email": "a@shadow.invalid"}),
            json!({"login": " A@Shadow.Invalid "}),
            json!({"user": {"names": ["x", "a@shadow.invalid"]}}),
        ];
        assert!(found.iter().all(|body| names_one(body, &snapshot)));
        let fine = [json!({"email": "b@shadow.invalid"}), json!({"a@shadow.invalid": 1}), json!(null), json!(7)];
        assert!(!fine.iter().any(|body| names_one(body, &snapshot)));
    }
}
