//! What a workspace says of itself.
//!
//! A workspace is a tenant, so its name is the tenant's where the profile says how to rename one; then the CRM shows it
//! too. Elsewhere Annex keeps the name in its own row and shows that.

use async_trait::async_trait;
use serde_json::json;
use tokio_postgres::GenericClient;

use super::{Begun, Change, Desk, Standing, change::failed};
use crate::{
    crm::{Statements, rename_tenant, tenant_name},
    ports::{self, About, Asked, Denied, Edit, Particulars, SeatRole},
    store::{
        audit::Action,
        settings::{self, FIRST_VERSION},
    },
};
use annex_policy::{Module, Permission, Reason, Verb};

/// The port over a desk.
pub struct Settings {
    desk: Desk,
}

impl Settings {
    pub fn new(desk: Desk) -> Self {
        Settings { desk }
    }
}

#[async_trait]
impl ports::Settings for Settings {
    async fn about(&self, asked: &Asked<'_>) -> Result<About, Denied> {
        let work = async {
            let client = self.desk.client().await?;
            let caller = Standing::read(&**client, &self.desk.crm, asked).await?;
            about(&**client, &self.desk.crm, asked, caller).await
        };
        self.desk.within(work).await
    }

    async fn change(&self, asked: &Asked<'_>, edit: &Edit) -> Result<About, Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        let work = async {
            let mut client = self.desk.client().await?;
            if let Begun::Change(change) = turn.begin(&mut client, asked).await? {
                return self.apply(change, asked, edit).await;
            }
            let caller = Standing::read(&**client, &self.desk.crm, asked).await?;
            about(&**client, &self.desk.crm, asked, caller).await
        };
        turn.within(work).await
    }
}

impl Settings {
    async fn apply(&self, mut change: Change<'_>, asked: &Asked<'_>, edit: &Edit) -> Result<About, Denied> {
        let (crm, workspace) = (&self.desk.crm, asked.workspace);
        change.caller.need(Permission::new(Module::Workspace, Verb::Manage))?;
        let row = settings::shown(&*change.transaction, workspace).await.map_err(failed)?;
        let row = row.ok_or(Reason::AccessDenied)?;
        asked.seen.check(row.version)?;
        let caller = change.caller.clone();
        let (before, mut after) = (&row.particulars, edit.over(row.particulars.clone()));
        let tenant = tenant_name(&*change.transaction, crm, workspace).await.map_err(failed)?;
        let tenant = tenant.ok_or(Reason::AccessDenied)?;
        let mut tenant_after = tenant.clone();
        if let Some(name) = edit.name.iter().flatten().next() {
            let is_the_tenants = *name == tenant || self.rename(&change, name).await?;
            if is_the_tenants {
                (tenant_after, after.name) = (name.clone(), None);
            }
        }
        let (from, to) = (before.name.as_ref().unwrap_or(&tenant), after.name.as_ref().unwrap_or(&tenant_after));
        let mut changed = differences(before, &after);
        let mut details = json!({});
        if from != to {
            changed.push("name");
            details = json!({ "name": { "from": from, "to": to } });
        }
        if changed.is_empty() {
            return about(&*change.transaction, crm, asked, caller).await;
        }
        if let Some(details) = details.as_object_mut() {
            details.insert("changed".to_owned(), json!(changed));
        }
        settings::write(&change.transaction, workspace, &after).await.map_err(failed)?;
        change.tell(Action::WorkspaceUpdated, ("workspace", workspace), details);
        let now = about(&*change.transaction, crm, asked, caller).await?;
        self.desk.finish(change, &json!({})).await?;
        Ok(now)
    }

    /// Whether the CRM's tenant has the name now.
    async fn rename(&self, change: &Change<'_>, name: &str) -> Result<bool, Denied> {
        rename_tenant(&change.transaction, &self.desk.crm, &change.workspace, name).await.map_err(failed)
    }
}

/// The fields that differ, by their names in the API; the name apart, which may be the tenant's.
fn differences(before: &Particulars, after: &Particulars) -> Vec<&'static str> {
    let table = [
        ("businessType", before.business_type == after.business_type),
        ("industry", before.industry == after.industry),
        ("address", before.address == after.address),
        ("email", before.email == after.email),
        ("phone", before.phone == after.phone),
        ("defaultCurrency", before.currency == after.currency),
        ("timeZone", before.time_zone == after.time_zone),
        ("language", before.language == after.language),
    ];
    table.into_iter().filter_map(|(field, same)| (!same).then_some(field)).collect()
}

/// The workspace as the caller sees it; one whose tenant vanished from the CRM is nobody's.
pub async fn about(
    client: &impl GenericClient,
    crm: &Statements,
    asked: &Asked<'_>,
    caller: Standing,
) -> Result<About, Denied> {
    let tenant = tenant_name(client, crm, asked.workspace).await.map_err(failed)?.ok_or(Reason::AccessDenied)?;
    let row = settings::shown(client, asked.workspace).await.map_err(failed)?;
    let role =
        SeatRole { id: caller.role_id, key: caller.role_key, name: caller.role_name, permissions: caller.permissions };
    let (workspace, is_home) = (asked.workspace.to_owned(), *asked.workspace == *asked.principal.home);
    Ok(match row {
        Some(row) => About {
            workspace,
            is_home,
            role,
            name: row.particulars.name.clone().unwrap_or(tenant),
            particulars: row.particulars,
            logo_url: row.logo_url,
            owner: row.owner,
            sponsor: row.sponsor,
            created_by: row.created_by,
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
            version: row.version,
        },
        None => About {
            workspace,
            is_home,
            role,
            name: tenant,
            particulars: Particulars::default(),
            logo_url: None,
            owner: None,
            sponsor: None,
            created_by: None,
            created_at: None,
            updated_at: None,
            version: FIRST_VERSION,
        },
    })
}
