//! The first steps of a workspace: what rows show, and beside it what people said.

use annex_policy::{Module, Permission, Verb};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;
use tokio_postgres::GenericClient;

use super::{Begun, Change, Desk, Standing, failed};
use crate::{
    crm::steps_done,
    ports::{self, Asked, Denied, Onboarded, Step, StepChange, StepState, StepStatus},
    store::{
        audit::Action,
        onboarding::{self, Said, Steps},
    },
};

/// The port over the desk.
pub struct Onboarding {
    desk: Desk,
}

const READ: Permission = Permission::new(Module::Workspace, Verb::Read);
const MANAGE: Permission = Permission::new(Module::Workspace, Verb::Manage);

impl Onboarding {
    pub fn new(desk: Desk) -> Self {
        Onboarding { desk }
    }

    async fn apply(&self, mut change: Change<'_>, asked: &Asked<'_>, wanted: StepChange) -> Result<Onboarded, Denied> {
        change.caller.need(MANAGE)?;
        let before = onboarding::read(&*change.transaction, asked.workspace).await.map_err(failed)?;
        asked.seen.check(before.version)?;
        let after = applied(&before, wanted, &change.principal);
        if after != before {
            onboarding::put(&change.transaction, asked.workspace, &after).await.map_err(failed)?;
            change.tell(Action::OnboardingChanged, ("workspace", asked.workspace), told(wanted));
        }
        let savepoint = change.transaction.transaction().await.map_err(failed)?;
        let now = self.now(&*savepoint, asked.workspace).await?;
        drop(savepoint);
        self.desk.finish(change, &json!({})).await?;
        Ok(now)
    }

    /// As it stands, read outside every transaction or in a savepoint that goes: a table that the CRM does not have must
    /// not end one.
    async fn now(&self, client: &impl GenericClient, workspace: &str) -> Result<Onboarded, Denied> {
        let steps = onboarding::read(client, workspace).await.map_err(failed)?;
        let seen = steps_done(client, &self.desk.crm, workspace).await.unwrap_or_else(|error| {
            // Doctor tells what is missing; a step then waits for somebody to say that it is done.
            let error = &error as &dyn std::error::Error;
            tracing::warn!(workspace.id = workspace, error, "the CRM's rows do not show the first steps");
            Vec::new()
        });
        Ok(combined(steps, &seen))
    }
}

#[async_trait]
impl ports::Onboarding for Onboarding {
    async fn read(&self, asked: &Asked<'_>) -> Result<Onboarded, Denied> {
        self.desk
            .within(async {
                let client = self.desk.client().await?;
                Standing::read(&**client, &self.desk.crm, asked).await?.need(READ)?;
                self.now(&**client, asked.workspace).await
            })
            .await
    }

    async fn change(&self, asked: &Asked<'_>, wanted: StepChange) -> Result<Onboarded, Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = self.desk.client().await?;
            if let Begun::Change(change) = turn.begin(&mut client, asked).await? {
                return self.apply(change, asked, wanted).await;
            }
            self.now(&**client, asked.workspace).await
        })
        .await
    }
}

fn told(wanted: StepChange) -> serde_json::Value {
    match wanted {
        StepChange::Say(step, status) => json!({ "step": step.name(), "status": status.name() }),
        StepChange::Dismiss => json!({ "dismissed": true }),
        StepChange::Reopen => json!({ "dismissed": false }),
    }
}

fn applied(before: &Steps, wanted: StepChange, by: &str) -> Steps {
    let (mut after, at) = (before.clone(), Timestamp::now());
    match wanted {
        StepChange::Say(step, StepStatus::Pending) => drop(after.said.remove(step.name())),
        StepChange::Say(step, status)
            if after.said.get(step.name()).is_some_and(|said| said.status == status.name()) => {}
        StepChange::Say(step, status) => {
            let said = Said { status: status.name().to_owned(), by: by.to_owned(), at };
            after.said.insert(step.name().to_owned(), said);
        }
        StepChange::Dismiss if after.dismissed_at.is_some() => {}
        StepChange::Dismiss => (after.dismissed_at, after.dismissed_by) = (Some(at), Some(by.to_owned())),
        StepChange::Reopen => (after.dismissed_at, after.dismissed_by) = (None, None),
    }
    after
}

/// What rows show wins: a step that was done is done, whatever somebody said before.
pub(super) fn combined(steps: Steps, seen: &[String]) -> Onboarded {
    let state = |step: Step| {
        let ours = match step {
            Step::AddBranding => steps.is_branded,
            Step::InviteTeam => steps.has_team,
            Step::CreateCustomer | Step::CreateProduct | Step::CreateProposal => false,
        };
        let is_seen = ours || seen.iter().any(|name| name == step.name());
        let said = steps.said.get(step.name()).filter(|_| !is_seen);
        let status = match said.and_then(|said| StepStatus::named(&said.status)) {
            _ if is_seen => StepStatus::Completed,
            Some(status) => status,
            None => StepStatus::Pending,
        };
        StepState { step, status, is_seen, by: said.map(|said| said.by.clone()), at: said.map(|said| said.at) }
    };
    Onboarded {
        version: steps.version,
        started_at: steps.started_at,
        steps: Step::ALL.into_iter().map(state).collect(),
        dismissed_at: steps.dismissed_at,
        dismissed_by: steps.dismissed_by,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Steps {
        Steps::default()
    }

    fn status(steps: Steps, seen: &[String], step: Step) -> Option<StepStatus> {
        combined(steps, seen).steps.iter().find(|state| state.step == step).map(|state| state.status)
    }

    #[test]
    fn rows_win_over_words_and_words_over_nothing() {
        let step = Step::CreateProduct;
        assert_eq!(status(nothing(), &[], step), Some(StepStatus::Pending));
        let skipped = applied(&nothing(), StepChange::Say(step, StepStatus::Skipped), "ada");
        assert_eq!(status(skipped.clone(), &[], step), Some(StepStatus::Skipped));
        assert_eq!(status(skipped.clone(), &["create_product".to_owned()], step), Some(StepStatus::Completed));
        let again = applied(&skipped, StepChange::Say(step, StepStatus::Pending), "ada");
        assert_eq!(again, nothing());
    }

    #[test]
    fn saying_it_twice_changes_nothing() {
        for change in [StepChange::Say(Step::InviteTeam, StepStatus::Skipped), StepChange::Dismiss, StepChange::Reopen]
        {
            let once = applied(&nothing(), change, "ada");
            assert_eq!(applied(&once, change, "bo"), once);
        }
    }
}
