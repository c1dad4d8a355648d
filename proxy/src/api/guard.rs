//! Who may come in: a person, a person with the feature, an administrator of the platform (rules R2, R3, R10).

use std::{collections::HashMap, sync::Arc};

use annex_policy::Feature;
use axum::extract::{FromRequestParts, Path};
use http::{header, request::Parts};

use super::{
    ApiState,
    error::{ApiError, Code},
};
use crate::{
    clock,
    identity::{Principal, PrincipalKind, Vouched},
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

/// The principal of a request. Of two `Authorization` headers Node reads the first, so that one counts; a refresh token
/// is no bearer.
pub fn identify(state: &ApiState, parts: &Parts) -> Option<Arc<Principal>> {
    let authorization = parts.headers.get_all(header::AUTHORIZATION).iter().next().map(http::HeaderValue::as_bytes);
    match state.rooms.verifier.identify(authorization, clock::unix_seconds()) {
        // A shadow user is a row, not a person (rule R8).
        Ok(principal) if state.rooms.hub.current().shadows.contains_key(&principal.id) => None,
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
        match flag::feature_of(&snapshot, state.rooms.memberships.as_ref(), &principal).await? {
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

/// The `Idempotency-Key` of a request, if it carries one.
pub struct IdempotencyKey(pub Option<String>);

impl FromRequestParts<ApiState> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiError> {
        let mut sent = parts.headers.get_all("idempotency-key").iter();
        let Some(key) = sent.next() else { return Ok(IdempotencyKey(None)) };
        let text = key.to_str().ok().filter(|text| (1..=255).contains(&text.len()) && sent.next().is_none());
        match text {
            Some(text) => Ok(IdempotencyKey(Some(text.to_owned()))),
            None => Err(ApiError::field("Idempotency-Key", "not_1_to_255_characters")),
        }
    }
}

/// As the gateway reads the name of a workspace.
pub fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
