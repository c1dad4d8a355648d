//! What happens to a membership, and what that asks of the CRM's own rows.
//!
//! Promise: every way of standing in a workspace says here, for every event, whether the person needs a row of the CRM.
//! Whoever changes a membership says the event; whoever keeps the CRM's rows does what [`ContextStrategy::asks`] answers.
//!
//! **Deliberately absent:** natives. Their users row is the CRM's own, and no event of ours changes it.

/// How the CRM is told which tenant a request acts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextStrategy {
    /// By the claims of a re-signed token; the users row stays the one at home.
    Claims,
    /// By a users row of the person's own in that tenant: a shadow user.
    MemberRow,
}

/// What happens to the membership of somebody who is not at home in the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipEvent {
    /// They came, or came back after they had left.
    Joined,
    /// They are a member as before, with another role.
    RoleChanged,
    /// An Admin keeps them out for a while.
    Suspended,
    /// They are let in again.
    Resumed,
    /// They left, or were removed.
    Left,
}

/// What an event asks of the CRM's users row in that tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: there is no such row.
    Nothing,
    /// It stands, is active, and says the role.
    Stands,
    /// It is inactive and holds no token. It is not deleted: what the person did keeps its author.
    Rests,
}

impl ContextStrategy {
    /// What `event` asks.
    pub fn asks(self, event: MembershipEvent) -> Asked {
        match (self, event) {
            (ContextStrategy::Claims, _) => Asked::Nothing,
            (
                ContextStrategy::MemberRow,
                MembershipEvent::Joined | MembershipEvent::RoleChanged | MembershipEvent::Resumed,
            ) => Asked::Stands,
            (ContextStrategy::MemberRow, MembershipEvent::Suspended | MembershipEvent::Left) => Asked::Rests,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_asks_every_strategy() {
        use MembershipEvent::{Joined, Left, Resumed, RoleChanged, Suspended};
        let table = [
            (Joined, Asked::Stands),
            (RoleChanged, Asked::Stands),
            (Resumed, Asked::Stands),
            (Suspended, Asked::Rests),
            (Left, Asked::Rests),
        ];
        for (event, asked) in table {
            assert_eq!(ContextStrategy::MemberRow.asks(event), asked, "{event:?}");
            assert_eq!(ContextStrategy::Claims.asks(event), Asked::Nothing, "{event:?}");
        }
    }
}
