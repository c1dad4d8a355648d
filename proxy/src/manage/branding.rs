//! What a workspace shows of itself, changed by those who manage it.

use annex_policy::{Module, Permission, Verb};
use async_trait::async_trait;
use serde_json::json;
use tokio_postgres::{GenericClient, Transaction};

use super::{Begun, Change, Desk, Standing, failed};
use crate::{
    brand::Look,
    crm::{Signboard, picture_path},
    ports::{self, Asked, BrandChange, Branded, Denial, Denied, SourceError},
    store::{
        assets,
        audit::Action,
        branding::{self, BrandRow},
    },
};

/// The port over the desk.
pub struct Branding {
    desk: Desk,
    signboard: Signboard,
}

const READ: Permission = Permission::new(Module::Workspace, Verb::Read);
const MANAGE: Permission = Permission::new(Module::Workspace, Verb::Manage);

impl Branding {
    pub fn new(desk: Desk, signboard: Signboard) -> Self {
        Branding { desk, signboard }
    }

    /// As `caller` may see it: a draft is for those who could publish it.
    async fn seen(&self, client: &impl GenericClient, workspace: &str, caller: &Standing) -> Result<Branded, Denied> {
        let row = branding::read(client, workspace).await.map_err(failed)?;
        let logo = match &row.logo {
            Some(logo) => assets::names(client, workspace, logo).await.map_err(failed)?,
            None => Vec::new(),
        };
        let (mapped, shown) = self.signboard.mapped(&row.kept);
        Ok(Branded {
            version: row.version,
            live: row.live,
            draft: row.draft.filter(|_| caller.need(MANAGE).is_ok()),
            logo: logo.into_iter().map(|(px, name)| (px, picture_path(&name))).collect(),
            mapped,
            shown,
            updated_by: row.updated_by,
            updated_at: row.updated_at,
        })
    }
}

#[async_trait]
impl ports::Branding for Branding {
    async fn read(&self, asked: &Asked<'_>) -> Result<Branded, Denied> {
        self.desk
            .within(async {
                let client = self.desk.client().await?;
                let caller = Standing::read(&**client, &self.desk.crm, asked).await?;
                caller.need(READ)?;
                self.seen(&**client, asked.workspace, &caller).await
            })
            .await
    }

    async fn may_change(&self, asked: &Asked<'_>) -> Result<(), Denied> {
        self.desk
            .within(async {
                let client = self.desk.client().await?;
                let caller = Standing::read(&**client, &self.desk.crm, asked).await?;
                Ok(caller.need(MANAGE)?)
            })
            .await
    }

    async fn change(&self, asked: &Asked<'_>, wanted: BrandChange) -> Result<Branded, Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = self.desk.client().await?;
            if let Begun::Change(change) = turn.begin(&mut client, asked).await? {
                return self.apply(change, asked, wanted).await;
            }
            // It was done before: what stands now.
            let caller = Standing::read(&**client, &self.desk.crm, asked).await?;
            self.seen(&**client, asked.workspace, &caller).await
        })
        .await
    }

    async fn picture(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let read = self.desk.postgres.within(async {
            let client = self.desk.postgres.get().await?;
            Ok(assets::picture(&**client, name).await?)
        });
        Ok(read.await?)
    }
}

impl Branding {
    async fn apply(&self, mut change: Change<'_>, asked: &Asked<'_>, wanted: BrandChange) -> Result<Branded, Denied> {
        change.caller.need(MANAGE)?;
        let id = change.workspace.as_str();
        let transaction: &mut Transaction<'_> = &mut change.transaction;
        let before = branding::read(&*transaction, id).await.map_err(failed)?;
        asked.seen.check(before.version)?;
        let how = name(&wanted);
        let (after, logo) = match wanted {
            BrandChange::Logo(logo) => {
                let (name, path) = self.signboard.hang(&*transaction, id, &logo).await.map_err(failed)?;
                (BrandRow { logo: Some(name), ..before.clone() }, Some(path))
            }
            wanted => {
                let after = applied(&before, wanted)?;
                (after, self.logo_path(&*transaction, id, &before).await?)
            }
        };
        let changed = differences(&before, &after);
        if before.logo.is_some() && after.logo.is_none() {
            self.signboard.take_down(&*transaction, id).await.map_err(failed)?;
        }
        if !changed.is_empty() {
            let logo = logo.filter(|_| after.logo.is_some());
            let put = self.signboard.put(transaction, id, after, logo.as_deref(), &change.principal);
            put.await.map_err(failed)?;
        }
        let now = self.seen(&*change.transaction, &change.workspace, &change.caller).await?;
        if !changed.is_empty() {
            let target = change.workspace.clone();
            let details = json!({ "how": how, "changed": changed });
            change.tell(Action::BrandingChanged, ("workspace", &target), details);
        }
        self.desk.finish(change, &json!({ "version": now.version })).await?;
        Ok(now)
    }

    async fn logo_path(
        &self,
        client: &impl GenericClient,
        workspace: &str,
        row: &BrandRow,
    ) -> Result<Option<String>, Denied> {
        let Some(logo) = &row.logo else { return Ok(None) };
        let names = assets::names(client, workspace, logo).await.map_err(failed)?;
        Ok(crate::crm::shown_picture(&names))
    }
}

/// What a change makes of a row; pictures apart.
fn applied(before: &BrandRow, wanted: BrandChange) -> Result<BrandRow, Denial> {
    let mut after = before.clone();
    match wanted {
        BrandChange::Live(look) => after.live = look,
        BrandChange::Draft(look) => after.draft = Some(look),
        BrandChange::Publish => {
            after.live = after.draft.take().ok_or(Denial::Conflict("There is no draft to publish"))?;
        }
        BrandChange::Discard => after.draft = None,
        BrandChange::NoLogo => after.logo = None,
        BrandChange::Reset => (after.live, after.draft, after.logo) = (Look::default(), None, None),
        BrandChange::Logo(_) => {}
    }
    Ok(after)
}

fn name(change: &BrandChange) -> &'static str {
    match change {
        BrandChange::Live(_) => "live",
        BrandChange::Draft(_) => "draft",
        BrandChange::Publish => "publish",
        BrandChange::Discard => "discard",
        BrandChange::Logo(_) | BrandChange::NoLogo => "logo",
        BrandChange::Reset => "reset",
    }
}

/// The names of what is another, in the live look, the draft and the logo; no contents.
fn differences(before: &BrandRow, after: &BrandRow) -> Vec<&'static str> {
    let mut names = before.live.differences(&after.live);
    let others = [("draft", before.draft != after.draft), ("logo", before.logo != after.logo)];
    names.extend(others.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name));
    names
}
