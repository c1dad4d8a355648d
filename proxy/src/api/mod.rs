//! The management API: axum, in this process, behind the gateway.
//!
//! One request: [`frame`] (path, body, request id) → [`guard`] (who may come in) → a handler → [`ports`](crate::ports).
//! Every refusal is an [`error::ApiError`], written by the frame.
//!
//! **Architecture invariant:** a handler gets its caller from a guard's extractor; there is no other way to a principal.
//! **Deliberately absent:** SQL, the CRM's names, Redis; the ports know them.

mod accept;
mod activity;
mod body;
mod branding;
pub mod connect;
#[allow(dead_code, reason = "what the routes of one workspace say no with")]
mod error;
mod events;
mod export;
mod features;
mod files;
mod flags;
mod frame;
#[allow(dead_code, reason = "what the routes of one workspace stand on")]
mod guard;
mod health;
mod invitations;
mod lifecycle;
mod logo;
mod members;
mod names;
mod offers;
mod onboarding;
pub mod openapi;
mod orphans;
mod page;
mod pages;
mod roles;
mod rollout;
mod settings;
mod summary;
mod switch;
mod transfers;
mod webhooks;
mod workspaces;

pub use accept::language;
pub use events::Streams;
pub use guard::Operator;

use std::sync::Arc;

use axum::{
    Router,
    extract::{FromRequestParts, State},
    middleware,
    response::Response,
    routing::{delete, get, patch, post, put},
};
use http::request::Parts;
use tower::ServiceBuilder;

use self::{
    error::{ApiError, Code},
    guard::{Caller, Featured, Platform},
};
use crate::{
    brand::Workshop,
    keyring::Keyring,
    ports::{
        Activity, Bindings, Branding, Directory, Flags, Invitations, Lifecycle, Members, Offers, Onboarding, Orphans,
        Roles, Settings, Summaries, Transfers, Webhooks, Workspaces,
    },
    stage::Rooms,
};

/// What the handlers may ask.
#[derive(Clone)]
pub struct ApiState {
    pub rooms: Arc<Rooms>,
    pub directory: Arc<dyn Directory>,
    pub workspaces: Arc<dyn Workspaces>,
    pub invitations: Arc<dyn Invitations>,
    pub offers: Arc<dyn Offers>,
    pub settings: Arc<dyn Settings>,
    pub lifecycle: Arc<dyn Lifecycle>,
    pub summaries: Arc<dyn Summaries>,
    pub transfers: Arc<dyn Transfers>,
    pub members: Arc<dyn Members>,
    pub roles: Arc<dyn Roles>,
    pub orphans: Arc<dyn Orphans>,
    pub flags: Arc<dyn Flags>,
    pub bindings: Arc<dyn Bindings>,
    pub branding: Arc<dyn Branding>,
    pub onboarding: Arc<dyn Onboarding>,
    /// Where pictures that were sent become ours.
    pub workshop: Workshop,
    pub activity: Arc<dyn Activity>,
    pub webhooks: Arc<dyn Webhooks>,
    pub streams: Arc<events::Streams>,
    pub exports: Arc<export::Exports>,
    pub keyring: Arc<Keyring>,
}

/// All routes.
pub fn router(state: ApiState) -> Router {
    let routes = Router::new()
        .route("/api/features", get(features::read))
        .route("/api/workspaces", get(workspaces::list).post(workspaces::create))
        .route("/api/workspaces/summary", get(summary::read))
        .route("/api/workspaces/deleted", get(lifecycle::deleted))
        .route("/api/workspaces/{id}", get(settings::read).patch(settings::change).delete(lifecycle::delete))
        .route("/api/workspaces/{id}/switch", post(switch::switch))
        .route("/api/workspaces/{id}/restore", post(lifecycle::restore))
        .route("/api/workspaces/{id}/ownership-transfer", get(transfers::current).post(transfers::open))
        .route("/api/workspaces/{id}/ownership-transfer/{transferId}/accept", post(transfers::accept))
        .route("/api/workspaces/{id}/ownership-transfer/{transferId}/decline", post(transfers::decline))
        .route("/api/workspaces/{id}/ownership-transfer/{transferId}/cancel", post(transfers::cancel))
        .route("/api/workspaces/{id}/leave", post(members::leave))
        .route("/api/workspaces/{id}/members", get(members::list))
        .route(
            "/api/workspaces/{id}/members/{userId}",
            get(members::read).patch(members::change).delete(members::remove),
        )
        .route("/api/workspaces/{id}/roles", get(roles::list).post(roles::create))
        .route("/api/workspaces/{id}/roles/{roleId}", patch(roles::change).delete(roles::delete))
        .route("/api/permissions", get(roles::catalogue))
        .route("/api/admin/workspaces", get(orphans::list))
        .route("/api/admin/workspaces/{id}/assign-admin", post(orphans::assign))
        .route("/api/workspaces/{id}/invitations", get(invitations::list).post(invitations::invite))
        .route("/api/workspaces/{id}/invitations/bulk", post(invitations::invite_many))
        .route("/api/workspaces/{id}/invitations/{invitationId}", delete(invitations::revoke))
        .route("/api/workspaces/{id}/invitations/{invitationId}/resend", post(invitations::resend))
        .route("/api/workspaces/{id}/invitations/{invitationId}/link", post(invitations::show_link))
        .route("/api/invitations/pending", get(offers::pending))
        .route("/api/invitations/preview", post(offers::preview))
        .route("/api/invitations/{token}/accept", post(offers::accept))
        .route("/api/invitations/{token}/decline", post(offers::decline))
        .route("/api/invitations/by-id/{invitationId}/accept", post(offers::accept_by_id))
        .route("/api/invitations/by-id/{invitationId}/decline", post(offers::decline_by_id))
        .route("/_annex/invite", get(pages::show))
        .route("/_annex/admin", get(pages::show))
        .route("/_annex/ui/{file}", get(files::read))
        .route("/workspaces", get(pages::show))
        .route("/workspaces/new", get(pages::show))
        .route("/workspaces/{id}/onboarding", get(pages::show))
        .route("/invite/{token}", get(pages::redirect))
        .route("/api/workspaces/{id}/branding", get(branding::read).put(branding::put).delete(branding::reset))
        .route("/api/workspaces/{id}/branding/publish", post(branding::publish))
        .route("/api/workspaces/{id}/branding/discard", post(branding::discard))
        .route("/api/workspaces/{id}/logo", put(logo::put).delete(logo::delete))
        .route("/_annex/assets/{file}", get(logo::picture))
        .route("/api/workspaces/{id}/onboarding", get(onboarding::read))
        .route("/api/workspaces/{id}/onboarding/dismiss", post(onboarding::dismiss))
        .route("/api/workspaces/{id}/onboarding/reopen", post(onboarding::reopen))
        .route("/api/workspaces/{id}/onboarding/{step}", put(onboarding::say))
        .route("/api/workspaces/events", get(events::follow))
        .route("/api/workspaces/{id}/activity", get(activity::list))
        .route("/api/workspaces/{id}/activity/export", get(export::export))
        .route("/api/workspaces/{id}/webhooks", get(webhooks::list).post(webhooks::add))
        .route("/api/workspaces/{id}/webhooks/{webhookId}", patch(webhooks::change).delete(webhooks::remove))
        .route("/api/workspaces/{id}/webhooks/{webhookId}/rotate-secret", post(webhooks::rotate))
        .route("/api/workspaces/{id}/webhooks/{webhookId}/test", post(webhooks::test))
        .route("/api/workspaces/{id}/webhooks/{webhookId}/deliveries", get(webhooks::deliveries))
        .route("/api/workspaces/{id}/webhooks/{webhookId}/deliveries/{deliveryId}/replay", post(webhooks::replay))
        .route("/api/admin/feature-flags", get(flags::list).post(flags::set))
        .route("/api/admin/tenants/{id}/enable-multi-workspace", post(flags::enable))
        .route("/api/admin/tenants/{id}/disable-multi-workspace", post(flags::disable))
        .route("/api/admin/rollout", get(rollout::read).post(rollout::set))
        .route("/api/admin/health", get(health::read))
        .route("/_annex/openapi.json", get(openapi::read))
        .fallback(nothing_here)
        .method_not_allowed_fallback(other_method)
        .layer(middleware::from_fn_with_state(state.clone(), frame::frame))
        .with_state(state);
    // The path is folded before it is matched, so the fold stands outside the router.
    let folded = ServiceBuilder::new().map_request(frame::canonical).service(routes);
    Router::new().fallback_service(folded)
}

/// The one page whose address the profile says is found here: the router knows only its own.
async fn nothing_here(State(state): State<ApiState>, parts: Parts) -> Result<Response, ApiError> {
    match pages::settings(&state, &parts) {
        Some(page) => Ok(page),
        None => Err(after_the_guard(state, parts, Code::NotFound).await),
    }
}

async fn other_method(State(state): State<ApiState>, parts: Parts) -> ApiError {
    after_the_guard(state, parts, Code::MethodNotAllowed).await
}

/// What is not served is told only to those whom the room next to it would let in (rule R2).
async fn after_the_guard(state: ApiState, mut parts: Parts, code: Code) -> ApiError {
    let path = parts.uri.path().to_owned();
    let is_under = |room: &str| path == room || path.strip_prefix(room).is_some_and(|rest| rest.starts_with('/'));
    let guarded = if is_under("/_annex") || is_under("/api/features") {
        Ok(())
    } else if is_under("/api/admin") {
        Platform::from_request_parts(&mut parts, &state).await.map(drop)
    } else if is_under("/api/invitations") {
        Caller::from_request_parts(&mut parts, &state).await.map(drop)
    } else {
        Featured::from_request_parts(&mut parts, &state).await.map(drop)
    };
    guarded.err().unwrap_or_else(|| code.into())
}
