//! `GET /api/workspaces/events`: what changes for this caller, as it happens (server-sent events).
//!
//! Events: `ready` first; `access` (a workspace joined, lost, suspended, another role), `flag`, `workspace` (deleted, restored,
//! renamed, updated); `resync` where something may have been missed; `end` with the reason, last.
//!
//! **Invariant:** a stream compares what it last told with what is in force, so that a slow reader misses no state, only
//! steps between. It says nothing that the caller could not read elsewhere.
//! **Invariant:** it ends with the token, with the feature, and with this process; streams are bounded per person and node.
//! **Deliberately absent:** a token in the address, and replay: a client that comes back reads anew (`resync`).

mod slots;
mod view;

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::State,
    response::Response,
};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Instant, Interval, MissedTickBehavior},
};

use self::{slots::Slot, view::View};
use super::{
    ApiState,
    error::{ApiError, Code, ErrorBody},
    guard::Featured,
};
use crate::{clock, identity::Principal, snapshot::Snapshot};

pub use slots::Streams;

/// How often a silent stream says that it lives: proxies cut what is silent for 30 s or 60 s. As often it looks for what
/// the CRM changed, of which nobody is told: a users row that is gone or not active. What it reads then is not remembered
/// from before, so that a stream tells of it within the 30 s of rule R4.
const BEAT: Duration = Duration::from_secs(20);

/// How soon a source that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Tells of changes until the token, the feature or this process ends.
#[utoipa::path(get, path = "/api/workspaces/events", tag = "workspaces",
    params(("Last-Event-ID" = Option<String>, Header, description = "A client that comes back: answered by `resync`")),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 429, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn follow(
    State(state): State<ApiState>,
    featured: Featured,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let principal = featured.principal;
    if state.rooms.leaving.has_begun() {
        return Err(Code::ContextUnavailable.into());
    }
    let too_many = || ApiError::from(Code::RateLimited).saying("Too many streams of events are open").retry_after(5);
    let slot = state.streams.enter(&principal, &state.rooms.metrics).ok_or_else(too_many)?;
    // Subscribed before anything is read, so that nothing falls between.
    let changes = state.rooms.hub.changes();
    let seen = state.rooms.hub.current();
    let view = View::read(&state, &principal, &seen).await?;
    let mut follow = Follow::new(state, principal, seen, view, changes, slot);
    follow.say("ready", json!({ "revision": follow.seen.revision }));
    if headers.contains_key("last-event-id") {
        follow.say("resync", json!({ "reason": "reconnected" }));
    }
    let pieces = stream::unfold(follow, |mut follow| async move {
        let piece = follow.next().await?;
        Some((Ok::<_, Infallible>(piece), follow))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// One stream.
struct Follow {
    state: ApiState,
    principal: Arc<Principal>,
    /// The moment up to which everything was told.
    seen: Arc<Snapshot>,
    view: View,
    changes: watch::Receiver<u64>,
    beat: Interval,
    expires: Instant,
    /// Whether the last comparison could not be made.
    is_behind: bool,
    is_over: bool,
    told: u64,
    waiting: VecDeque<Bytes>,
    _slot: Slot,
}

/// What woke a stream.
enum Woken {
    Leaving,
    Expired,
    Changed,
    Beat,
}

/// Whether the source is asked though nothing of ours changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    IfChanged,
    Anew,
}

impl Follow {
    fn new(
        state: ApiState,
        principal: Arc<Principal>,
        seen: Arc<Snapshot>,
        view: View,
        changes: watch::Receiver<u64>,
        slot: Slot,
    ) -> Self {
        let left_s = u64::try_from(principal.expires_at.saturating_sub(clock::unix_seconds())).unwrap_or(0);
        let mut beat = tokio::time::interval_at(Instant::now() + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let waiting = VecDeque::from([Bytes::from_static(b"retry: 3000\n\n")]);
        Follow {
            state,
            principal,
            seen,
            view,
            changes,
            beat,
            expires: Instant::now() + Duration::from_secs(left_s),
            is_behind: false,
            is_over: false,
            told: 0,
            waiting,
            _slot: slot,
        }
    }

    /// The next piece; `None`: it is over.
    async fn next(&mut self) -> Option<Bytes> {
        while self.waiting.is_empty() {
            if self.is_over {
                return None;
            }
            match self.woken().await {
                Woken::Leaving => self.end("shutdown"),
                Woken::Expired => self.end("token_expired"),
                Woken::Changed => self.compare(Look::IfChanged).await,
                Woken::Beat => {
                    self.waiting.push_back(Bytes::from_static(b": beat\n\n"));
                    self.compare(Look::Anew).await;
                }
            }
        }
        self.waiting.pop_front()
    }

    async fn woken(&mut self) -> Woken {
        let leaving = Arc::clone(&self.state.rooms.leaving);
        let is_behind = self.is_behind;
        tokio::select! {
            biased;
            () = leaving.begun() => Woken::Leaving,
            () = tokio::time::sleep_until(self.expires) => Woken::Expired,
            // The hub lives as long as this process.
            _ = self.changes.changed() => Woken::Changed,
            () = tokio::time::sleep(AGAIN), if is_behind => Woken::Changed,
            _ = self.beat.tick() => Woken::Beat,
        }
    }

    /// Tells what is different from what was told.
    async fn compare(&mut self, look: Look) {
        let now = self.state.rooms.hub.current();
        let may_differ = look == Look::Anew || self.view.may_differ(&self.principal, &self.seen, &now);
        let mut next = if may_differ {
            match View::read(&self.state, &self.principal, &now).await {
                Ok(next) => next,
                Err(_) => {
                    self.is_behind = true;
                    return;
                }
            }
        } else {
            self.view.at(&now, &self.principal)
        };
        self.is_behind = false;
        let was_cut_off = now.reread_at > self.seen.reread_at;
        let events = self.view.events_to(&mut next, &self.state, &self.principal, &now).await;
        self.seen = now;
        for (event, what) in events {
            self.say(event, what);
        }
        if was_cut_off {
            self.say("resync", json!({ "reason": "reloaded" }));
        }
        let has_feature = next.has_feature;
        self.view = next;
        if !has_feature {
            self.end("feature_lost");
        }
    }

    fn say(&mut self, event: &str, what: Value) {
        self.told = self.told.saturating_add(1);
        let (revision, told) = (self.seen.revision, self.told);
        self.waiting.push_back(format!("id: {revision}.{told}\nevent: {event}\ndata: {what}\n\n").into());
    }

    fn end(&mut self, reason: &str) {
        self.say("end", json!({ "reason": reason }));
        self.is_over = true;
    }
}
