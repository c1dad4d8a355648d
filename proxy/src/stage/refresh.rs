//! A refresh token that was bound to a workspace goes on there (rule R7).
//!
//! The CRM's refresh knows only the home. Where the token of a refresh is bound, membership is asked first, and the new
//! access token gets its workspace put back on the way down.
//!
//! **Invariant:** a client whose token is bound never gets one that says home: it would write into the wrong workspace
//! without noticing. It gets the workspace's, or a refusal.
//! **Invariant:** a token that is not bound asks nobody and passes unchanged.

use std::sync::Arc;

use annex_policy::{Naming, RouteMatch};
use bytes::{Bytes, BytesMut};
use serde_json::Value;

use super::{
    Exchange, Rejection, Rooms,
    answer::Answer,
    contextualize::{feature_towards, standing},
    decide::{self, Place},
};
use crate::{clock, identity::Principal, keyring::Purpose, snapshot::Binding};

/// The longest body that can hold a token of the profile's limit with room around it.
const BODY_MAX: usize = 64 * 1024;

/// One refresh whose body is being read.
#[derive(Default)]
pub struct Refresh {
    held: BytesMut,
    passed: bool,
}

/// Whether the route renews access tokens, by the profile.
pub fn is_refresh(rooms: &Rooms, route: &RouteMatch<'_>) -> bool {
    match route {
        RouteMatch::Route { route, .. } => {
            route.method == annex_policy::Method::Post && route.pattern == rooms.config.profile.browser.refresh_path
        }
        RouteMatch::Static | RouteMatch::None => false,
    }
}

impl Refresh {
    /// Holds a piece of the body until it is whole. `None`: go on reading; a whole body comes back.
    fn whole(&mut self, piece: &mut Option<Bytes>, end: bool) -> Option<Bytes> {
        if self.passed {
            return None;
        }
        if let Some(bytes) = piece.take() {
            self.held.extend_from_slice(&bytes);
        }
        // A body this long holds no token of ours: the CRM judges it.
        self.passed = end || self.held.len() > BODY_MAX;
        let whole = self.passed.then(|| self.held.split().freeze());
        *piece = Some(whole.clone().unwrap_or_default());
        whole.filter(|_| end)
    }

    /// A retry sends the body again, from its beginning.
    pub fn restart(&mut self) {
        *self = Refresh::default();
    }
}

/// A piece of a refresh on its way up. With the last one the binding is looked up and the membership asked.
pub async fn body_piece(
    rooms: &Rooms,
    exchange: &mut Exchange,
    piece: &mut Option<Bytes>,
    end: bool,
) -> Result<(), Rejection> {
    let Some(refresh) = &mut exchange.refresh else { return Ok(()) };
    let Some(body) = refresh.whole(piece, end) else { return Ok(()) };
    let Some((token, owner)) = presented(rooms, &body) else { return Ok(()) };
    if exchange.snapshot.shadow_users.contains_key(&owner.id) {
        return Err(Rejection::Unauthenticated);
    }
    let Some(binding) = bound(rooms, exchange, &token, &owner) else { return Ok(()) };
    require_membership(rooms, exchange, &owner, &binding.workspace).await?;
    let field = rooms.config.profile.browser.access_token_field.clone();
    exchange.answer = Some(Answer::token(
        Arc::clone(&rooms.verifier),
        Arc::clone(&rooms.signer),
        field,
        Arc::clone(&binding.workspace),
    ));
    exchange.workspace = Some(binding.workspace);
    exchange.principal = Some(owner);
    Ok(())
}

/// The token in the body, and whose it is. One that the CRM will not take any more needs nothing of ours.
fn presented(rooms: &Rooms, body: &[u8]) -> Option<(String, Arc<Principal>)> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let token = body.get(&rooms.config.profile.browser.refresh_token_field)?.as_str()?;
    let authorization = format!("{} {token}", rooms.verifier.scheme());
    let owner = rooms.verifier.identify(Some(authorization.as_bytes()), clock::unix_seconds()).ok()?;
    Some((token.to_owned(), owner))
}

/// The binding of the token, if it is still its owner's.
fn bound(rooms: &Rooms, exchange: &Exchange, token: &str, owner: &Principal) -> Option<Binding> {
    let hashes = rooms.keyring.macs(Purpose::RefreshBinding, &[token.as_bytes()]);
    let binding = hashes.iter().find_map(|hash| exchange.snapshot.bindings.get(hash))?;
    (owner.id == binding.principal).then(|| binding.clone())
}

async fn require_membership(
    rooms: &Rooms,
    exchange: &mut Exchange,
    owner: &Arc<Principal>,
    workspace: &Arc<str>,
) -> Result<(), Rejection> {
    let snapshot = Arc::clone(&exchange.snapshot);
    let feature = feature_towards(rooms, &snapshot, owner, snapshot.state_of(workspace)).await?;
    let found = standing(rooms, exchange, owner, workspace).await?;
    decide::stands(&snapshot, &found, Place { workspace, naming: Naming::Named, feature })
}
