//! Whose flag counts: rules R1 and R2.

use std::sync::Arc;

use annex_policy::{Feature, Mode};

use crate::{
    identity::{PrincipalKind, Who},
    ports::{Memberships, Unavailable},
    snapshot::Snapshot,
};

/// Whether the person has the feature: their home is on, or a workspace that they joined is on (rule R2).
///
/// Asks nobody for people who never had a membership outside home.
pub async fn feature_of(
    snapshot: &Snapshot,
    memberships: &dyn Memberships,
    who: Who<'_>,
) -> Result<Feature, Unavailable> {
    if let Some(feature) = plain_feature_of(snapshot, who) {
        return Ok(feature);
    }
    feature_by_membership(snapshot, memberships, who).await
}

/// The same by where the person is a member at this moment, which the snapshot may not have heard of yet.
pub async fn feature_by_membership(
    snapshot: &Snapshot,
    memberships: &dyn Memberships,
    who: Who<'_>,
) -> Result<Feature, Unavailable> {
    Ok(feature_among(snapshot, &memberships.joined(who).await?))
}

/// The same of somebody who is a member of these. A deleted one that is on gives the feature too: its members learn that it
/// is deleted, and its Admins restore it.
pub fn feature_among(snapshot: &Snapshot, joined: &[Arc<str>]) -> Feature {
    let any_on = joined.iter().any(|workspace| snapshot.evaluate(workspace).mode == Mode::Enforce);
    if any_on { Feature::Has } else { Feature::Lacks }
}

/// The same where nobody has to be asked; `None`: it depends on where the person is a member.
pub fn plain_feature_of(snapshot: &Snapshot, who: Who<'_>) -> Option<Feature> {
    let is_no_guest = || (!snapshot.guests.contains(who.id)).then_some(Feature::Lacks);
    feature_at_home(snapshot, who).or_else(is_no_guest)
}

/// The same where the person's kind or their home decides.
pub fn feature_at_home(snapshot: &Snapshot, who: Who<'_>) -> Option<Feature> {
    if !who.may_have_feature() {
        return Some(Feature::Lacks);
    }
    home_is_on(snapshot, who).then_some(Feature::Has)
}

/// Whether the home of an ordinary person is on. Platform administrators and customers have no home in this sense.
pub fn home_is_on(snapshot: &Snapshot, who: Who<'_>) -> bool {
    who.kind == PrincipalKind::Ordinary && snapshot.evaluate(who.home).mode == Mode::Enforce
}
