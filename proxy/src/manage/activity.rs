//! The log of a workspace, for whoever may read it.

use std::collections::BTreeSet;

use annex_policy::{Module, Permission, Verb};
use async_trait::async_trait;
use serde_json::json;

use super::{Begun, Desk, Standing, change::failed};
use crate::{
    crm::names_among,
    ports::{self, Asked, Deed, Denied, ExportForm, Wanted},
    store::{activity, audit::Action},
};

/// Reads it.
pub struct Activity(Desk);

impl Activity {
    pub fn new(desk: Desk) -> Self {
        Activity(desk)
    }
}

const READ: Permission = Permission::new(Module::Audit, Verb::Read);

#[async_trait]
impl ports::Activity for Activity {
    async fn page(
        &self,
        asked: &Asked<'_>,
        wanted: &Wanted,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Deed>, Denied> {
        let desk = &self.0;
        desk.within(async {
            let client = desk.client().await?;
            Standing::read(&**client, &desk.crm, asked).await?.need(READ)?;
            let page = activity::page(&**client, asked.workspace, wanted, before, limit).await;
            let mut deeds = page.map_err(failed)?;
            let actors: BTreeSet<&str> = deeds.iter().filter_map(person).collect();
            let actors: Vec<String> = actors.into_iter().map(str::to_owned).collect();
            let names = names_among(&**client, &desk.crm, &actors).await.map_err(failed)?;
            for deed in &mut deeds {
                deed.actor_name = person(deed).and_then(|id| names.get(id).cloned()).filter(|name| !name.is_empty());
            }
            Ok(deeds)
        })
        .await
    }

    async fn note_export(&self, asked: &Asked<'_>, wanted: &Wanted, form: ExportForm) -> Result<(), Denied> {
        let desk = &self.0;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let Begun::Change(mut change) = turn.begin(&mut client, asked).await? else { return Ok(()) };
            change.caller.need(READ)?;
            let details = json!({
                "format": form.name(), "action": wanted.action, "actor": wanted.actor,
                "from": wanted.from.map(|at| at.to_string()), "to": wanted.to.map(|at| at.to_string()),
            });
            change.tell(Action::ActivityExported, ("workspace", asked.workspace), details);
            desk.finish(change, &json!({})).await
        })
        .await
    }
}

/// Whoever has a name: nodes have none, and operators are no users of the CRM.
fn person(deed: &Deed) -> Option<&str> {
    deed.actor.as_deref().filter(|_| matches!(deed.actor_kind.as_str(), "user" | "saas_admin"))
}
