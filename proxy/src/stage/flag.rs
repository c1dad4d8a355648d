//! Whose flag counts: rules R1 and R2.

use annex_policy::{Feature, Mode};

use crate::{
    identity::{Principal, PrincipalKind},
    ports::{Memberships, Unavailable},
    snapshot::Snapshot,
};

/// Whether the person has the feature: their home is on, or a workspace that they joined is on (rule R2).
///
/// Asks nobody for people who never had a membership outside home.
pub async fn feature_of(
    snapshot: &Snapshot,
    memberships: &dyn Memberships,
    principal: &Principal,
) -> Result<Feature, Unavailable> {
    if !principal.may_have_feature() {
        return Ok(Feature::Lacks);
    }
    if home_is_on(snapshot, principal) {
        return Ok(Feature::Has);
    }
    if !snapshot.guests.contains(&principal.id) {
        return Ok(Feature::Lacks);
    }
    let joined = memberships.joined(principal).await?;
    let any_on = joined.iter().any(|workspace| snapshot.evaluate(workspace).mode == Mode::Enforce);
    Ok(if any_on { Feature::Has } else { Feature::Lacks })
}

/// Whether the home of an ordinary person is on. Platform administrators and customers have no home in this sense.
pub fn home_is_on(snapshot: &Snapshot, principal: &Principal) -> bool {
    principal.kind == PrincipalKind::Ordinary && snapshot.evaluate(&principal.home).mode == Mode::Enforce
}
