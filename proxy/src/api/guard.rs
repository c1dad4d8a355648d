//! Who may come in: a person, a person with the feature, an administrator of the platform (rules R2, R3, R10).

use std::{collections::HashMap, sync::Arc};

use annex_policy::Feature;
use axum::extract::{FromRequestParts, Path};
use http::{HeaderMap, Method, header, request::Parts};
use percent_encoding::percent_decode_str;

use super::{
    ApiState,
    error::{ApiError, Code},
    frame::Sender,
};
use crate::{
    clock,
    identity::{Principal, PrincipalKind, Vouched},
    ports::{Actor, Asked, Denial, Expected, Once, Seen},
    snapshot::Snapshot,
    stage::flag,
};

/// Somebody with a verified access token.
pub struct Caller(pub Arc<Principal>);

/// Somebody who has the feature, and the moment at which they were found to have it.
pub struct Featured {
    pub principal: Arc<Principal>,
    pub snapshot: Arc<Snapshot>,
}

/// An administrator of the platform, by claim and by users row.
pub struct PlatformAdmin(pub Arc<Principal>);

/// Whoever may see and set what belongs to the platform, by one of two doors.
pub struct Platform(pub Actor);

/// Marks a request that came by the admin listener. A client cannot: it is no part of HTTP.
#[derive(Debug, Clone)]
pub struct Operator(pub &'static str);

/// The principal of a request. Of two `Authorization` headers Node reads the first, so that one counts; a refresh token
/// is no bearer.
pub fn identify(state: &ApiState, parts: &Parts) -> Option<Arc<Principal>> {
    let authorization = parts.headers.get_all(header::AUTHORIZATION).iter().next().map(http::HeaderValue::as_bytes);
    match state.rooms.verifier.identify(authorization, clock::unix_seconds()) {
        // A shadow user is a row, not a person (rule R8).
        Ok(principal) if state.rooms.hub.current().shadow_users.contains_key(&principal.id) => None,
        Ok(principal) if principal.vouched == Vouched::AccessToken => Some(principal),
        Ok(_) => None,
        Err(error) => {
            state.rooms.metrics.identify_failed(error.label());
            None
        }
    }
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        identify(state, parts).map(Caller).ok_or_else(|| Code::Unauthenticated.into())
    }
}

impl FromRequestParts<ApiState> for Featured {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let Caller(principal) = Caller::from_request_parts(parts, state).await?;
        let snapshot = state.rooms.hub.current();
        if !snapshot.is_loaded() {
            return Err(Code::ContextUnavailable.into());
        }
        match flag::feature_of(&snapshot, state.rooms.memberships.as_ref(), principal.who()).await? {
            Feature::Has => Ok(Featured { principal, snapshot }),
            Feature::Lacks => Err(Code::FeatureDisabled.into()),
        }
    }
}

impl FromRequestParts<ApiState> for PlatformAdmin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let Caller(principal) = Caller::from_request_parts(parts, state).await?;
        if principal.kind != PrincipalKind::SaasAdmin || !state.directory.is_platform_admin(&principal).await? {
            return Err(Code::AdminRequired.into());
        }
        Ok(PlatformAdmin(principal))
    }
}

impl FromRequestParts<ApiState> for Platform {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        if let Some(Operator(name)) = parts.extensions.get::<Operator>() {
            return Ok(Platform(Actor::Operator((*name).to_owned())));
        }
        let PlatformAdmin(principal) = PlatformAdmin::from_request_parts(parts, state).await?;
        Ok(Platform(Actor::SaasAdmin(principal.id.to_string())))
    }
}

/// The `{id}` of a path, in the form of an id; `None` is nobody's.
pub struct Id(pub Option<String>);

impl FromRequestParts<ApiState> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(mut named)| named.remove("id"));
        Ok(Id(id.filter(|id| is_id(id))))
    }
}

/// Somebody with the feature at the address of one workspace. Whether they may be there is judged by the ports, on their
/// own row: first membership, then life, then flag, then role (rule R2).
pub struct InWorkspace {
    pub principal: Arc<Principal>,
    pub snapshot: Arc<Snapshot>,
    pub id: String,
    sender: Sender,
}

impl InWorkspace {
    /// What they want, so far.
    pub fn asked(&self) -> Asked<'_> {
        Asked {
            principal: &self.principal,
            snapshot: &self.snapshot,
            workspace: &self.id,
            trail: self.sender.trail(Actor::User(self.principal.id.to_string())),
            once: None,
            seen: Seen::Any,
            life: Expected::Alive,
        }
    }
}

impl FromRequestParts<ApiState> for InWorkspace {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let Featured { principal, snapshot } = Featured::from_request_parts(parts, state).await?;
        let sender = Sender::from_request_parts(parts, state).await?;
        let Id(id) = Id::from_request_parts(parts, state).await?;
        let id = id.ok_or(Code::AccessDenied)?;
        // The path's id is what is authorised; a header beside it that says otherwise is a mistake of the client (R3).
        let header = &state.rooms.config.profile.context.header;
        let mut named = parts.headers.get_all(header.as_str()).iter();
        if named.any(|value| value.as_bytes() != id.as_bytes()) {
            return Err(Code::ContextMismatch.into());
        }
        Ok(InWorkspace { principal, snapshot, id, sender })
    }
}

/// One more id of the path, beside the workspace's; not in the form of an id it is nobody's.
pub fn path_id(named: &HashMap<String, String>, name: &str) -> Option<String> {
    named.get(name).filter(|id| is_id(id)).cloned()
}

/// The ids that a path names.
pub struct Named(HashMap<String, String>);

impl Named {
    /// The id in the place of `{name}`, or 404: there is no such `what`.
    pub fn id(&self, name: &str, what: &'static str) -> Result<String, ApiError> {
        path_id(&self.0, name).ok_or_else(|| Denial::NotFound(what).into())
    }
}

impl FromRequestParts<ApiState> for Named {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        Ok(Named(path.map(|Path(named)| named).unwrap_or_default()))
    }
}

/// The `Idempotency-Key` of a request, if it carries one, and which request that is.
pub struct IdempotencyKey {
    key: Option<String>,
    method: Method,
    path: String,
}

impl FromRequestParts<ApiState> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiError> {
        let mut sent = parts.headers.get_all("idempotency-key").iter();
        let key = match sent.next() {
            None => None,
            Some(key) => {
                let text = key.to_str().ok().filter(|text| (1..=255).contains(&text.len()) && sent.next().is_none());
                let invalid = || ApiError::field("Idempotency-Key", "not_1_to_255_characters");
                Some(text.ok_or_else(invalid)?.to_owned())
            }
        };
        // Decoded, as the router reads it: one address, however it is escaped.
        let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned();
        Ok(IdempotencyKey { key, method: parts.method.clone(), path })
    }
}

impl IdempotencyKey {
    /// What makes this request the same as another one.
    pub fn once(self, principal: &Principal, fingerprint: [u8; 32]) -> Option<Once> {
        self.once_by(&principal.id, fingerprint)
    }

    /// The same for whoever is not necessarily a person.
    pub fn once_by(self, id: &str, fingerprint: [u8; 32]) -> Option<Once> {
        let IdempotencyKey { key, method, path } = self;
        key.map(|key| Once { principal: id.to_owned(), method: method.to_string(), path, key, fingerprint })
    }
}

/// The versions that a client has seen (`If-Match`, RFC 9110 section 13.1.1); without the header, or with `*`, any.
pub struct IfMatch(Option<Vec<i64>>);

impl IfMatch {
    /// The condition.
    pub fn seen(&self) -> Seen<'_> {
        self.0.as_deref().map_or(Seen::Any, Seen::These)
    }
}

impl FromRequestParts<ApiState> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiError> {
        let mut versions = None;
        for value in parts.headers.get_all(header::IF_MATCH) {
            let value = value.to_str().map_err(|_| ApiError::field("If-Match", "not_an_etag"))?;
            if value.trim() == "*" {
                return Ok(IfMatch(None));
            }
            // A tag that is none of ours, a weak one included, names a version that was never there.
            let tags =
                value.split(',').filter_map(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse::<i64>().ok());
            versions.get_or_insert_with(Vec::new).extend(tags);
        }
        Ok(IfMatch(versions))
    }
}

/// The `ETag` of a version (RFC 9110, section 8.8.3): strong, and nothing but the number.
pub fn etag(version: i64) -> [(header::HeaderName, String); 1] {
    [(header::ETAG, format!("\"{version}\""))]
}

/// Whether the client has what the tag names (`If-None-Match`, RFC 9110 section 13.1.2: compared weakly).
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|tags| tags.split(',')).map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}

/// As the gateway reads the name of a workspace.
pub fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
