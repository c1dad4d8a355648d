//! What one person sees of their workspaces at one moment, and what is different at another.

use std::{collections::BTreeMap, sync::Arc};

use annex_policy::{Feature, Mode, PermissionSet};
use serde_json::{Value, json};

use super::super::ApiState;
use crate::{
    identity::Principal,
    ports::{SeatStatus, SourceError, Standing},
    snapshot::{Life, Snapshot},
    stage::flag,
};

/// A person's workspaces.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub has_feature: bool,
    /// Whether the CRM lets the person in; nobody tells Annex when it does no more.
    is_open: bool,
    /// Where the person is a member: what gives them the feature, beside their home.
    joined: Arc<[Arc<str>]>,
    places: BTreeMap<String, Place>,
    /// Why a workspace is not among them any more, as it was told.
    gone: BTreeMap<String, Gone>,
}

#[derive(Debug, Clone, PartialEq)]
struct Place {
    role: String,
    permissions: PermissionSet,
    status: SeatStatus,
    name: String,
    is_on: bool,
    life: Life,
    epoch: u64,
    version: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gone {
    Lost,
    Suspended,
    Deleted,
}

/// However many somebody has, they are read in parts of this size.
const SEATS_AT_ONCE: usize = 500;

/// An event's name and content.
type Event = (&'static str, Value);

impl View {
    /// Asks for the person's seats.
    pub async fn read(state: &ApiState, principal: &Principal, snapshot: &Snapshot) -> Result<Self, SourceError> {
        let (mut seats, mut after) = (Vec::new(), None);
        loop {
            let part = state.workspaces.list(principal, after.as_ref(), SEATS_AT_ONCE).await?;
            seats.extend(part.seats);
            match part.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let places = seats.into_iter().map(|seat| {
            let place = Place {
                role: seat.role.key,
                permissions: seat.role.permissions,
                status: seat.status,
                name: seat.name,
                is_on: false,
                life: Life::Alive,
                epoch: 0,
                version: 0,
            };
            (seat.workspace, place)
        });
        let unavailable = |cause| SourceError::Unavailable(Box::new(cause));
        let view = View {
            has_feature: false,
            is_open: state.directory.is_open(principal).await?,
            joined: state.rooms.memberships.joined(principal.who()).await.map_err(unavailable)?,
            places: places.collect(),
            gone: BTreeMap::new(),
        };
        Ok(view.at(snapshot, principal))
    }

    /// The same seats, as the snapshot judges them.
    pub fn at(&self, snapshot: &Snapshot, principal: &Principal) -> Self {
        let mut view = self.clone();
        for (id, place) in &mut view.places {
            place.is_on = snapshot.evaluate(id).mode == Mode::Enforce;
            place.life = snapshot.workspaces.get(id.as_str()).map_or(Life::Alive, |known| known.life);
            place.epoch = snapshot.epoch_of(id);
            place.version = snapshot.versions.get(id.as_str()).copied().unwrap_or(0);
        }
        let feature = flag::feature_at_home(snapshot, principal.who());
        let feature = feature.unwrap_or_else(|| flag::feature_among(snapshot, &self.joined));
        view.has_feature = self.is_open && feature == Feature::Has;
        view
    }

    /// Whether the seats themselves may have changed between two moments.
    pub fn may_differ(&self, principal: &Principal, before: &Snapshot, now: &Snapshot) -> bool {
        let differs = |id: &String, place: &Place| {
            now.epoch_of(id) != place.epoch || now.versions.get(id.as_str()).copied().unwrap_or(0) != place.version
        };
        now.is_touched_since(&principal.id, before.revision)
            || self.places.iter().any(|(id, place)| differs(id, place))
            // A deleted workspace may come back.
            || self.gone.keys().any(|id| now.epoch_of(id) != before.epoch_of(id))
    }

    /// What happened on the way to `next`; notes there what is gone and why.
    pub async fn events_to(
        &self,
        next: &mut View,
        state: &ApiState,
        principal: &Principal,
        snapshot: &Snapshot,
    ) -> Vec<Event> {
        let mut events = Vec::new();
        next.gone = self.gone.clone();
        for (id, before) in &self.places {
            match next.places.get(id) {
                Some(now) => events.extend(before.events_to(now, id)),
                None => {
                    let gone = why(state, principal, snapshot, id).await;
                    next.gone.insert(id.clone(), gone);
                    events.push(gone.event(id));
                }
            }
        }
        for (id, now) in next.places.iter().filter(|(id, _)| !self.places.contains_key(*id)) {
            events.push(match next.gone.remove(id) {
                Some(Gone::Deleted) => ("workspace", json!({ "workspaceId": id, "change": "restored" })),
                Some(Gone::Suspended) => access(id, "resumed", Some(&now.role)),
                Some(Gone::Lost) | None => access(id, "joined", Some(&now.role)),
            });
        }
        if self.has_feature != next.has_feature {
            events.push(("flag", json!({ "workspaceId": null, "enabled": next.has_feature })));
        }
        events
    }
}

impl Place {
    fn events_to(&self, now: &Place, id: &str) -> Vec<Event> {
        let mut events = Vec::new();
        if self.is_on != now.is_on {
            events.push(("flag", json!({ "workspaceId": id, "enabled": now.is_on })));
        }
        if self.life != now.life {
            let change = if now.life == Life::Deleted { "deleted" } else { "restored" };
            events.push(("workspace", json!({ "workspaceId": id, "change": change })));
        }
        match (self.status, now.status) {
            (SeatStatus::Active, SeatStatus::Blocked) => events.push(access(id, "suspended", None)),
            (SeatStatus::Blocked, SeatStatus::Active) => events.push(access(id, "resumed", Some(&now.role))),
            _ if self.role != now.role => events.push(access(id, "role_changed", Some(&now.role))),
            _ if self.permissions != now.permissions => {
                events.push(access(id, "permissions_changed", Some(&now.role)));
            }
            _ => {}
        }
        if self.name != now.name {
            events.push(("workspace", json!({ "workspaceId": id, "change": "renamed", "name": now.name })));
        } else if self.version != now.version && self.life == now.life {
            events.push(("workspace", json!({ "workspaceId": id, "change": "updated" })));
        }
        events
    }
}

impl Gone {
    fn event(self, id: &str) -> Event {
        match self {
            Gone::Deleted => ("workspace", json!({ "workspaceId": id, "change": "deleted" })),
            Gone::Suspended => access(id, "suspended", None),
            Gone::Lost => access(id, "lost", None),
        }
    }
}

fn access(id: &str, change: &str, role: Option<&str>) -> Event {
    ("access", json!({ "workspaceId": id, "change": change, "role": role }))
}

/// Why a seat is gone. Who is no member any more learns nothing of the workspace but that.
async fn why(state: &ApiState, principal: &Principal, snapshot: &Snapshot, id: &str) -> Gone {
    let standing = state.rooms.memberships.standing(snapshot, principal, id).await.map(|found| found.standing);
    let is_deleted = snapshot.workspaces.get(id).is_some_and(|known| known.life == Life::Deleted);
    match standing {
        Ok(Standing::Member(_)) if is_deleted => Gone::Deleted,
        Ok(Standing::Suspended) => Gone::Suspended,
        _ => Gone::Lost,
    }
}
