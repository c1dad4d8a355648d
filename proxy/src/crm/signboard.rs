//! What a workspace shows of itself, as it stands in our tables and in the CRM's own.
//!
//! A live look is written into the columns that the profile names, in the transaction of the change, so that the CRM's
//! own documents and mails show it.
//!
//! **Invariant:** beside what we wrote stands what was there before. A value goes back exactly when the column still holds
//! ours: what somebody wrote in the CRM since then is theirs and stays.
//! **Deliberately absent:** making the CRM's row where it has none; its next live change finds it.

use std::{collections::BTreeMap, sync::Arc};

use annex_config::BrandValue;
use serde_json::{Map, Value};
use tokio_postgres::{Error, GenericClient, Transaction};

use super::{Statements, tenant_name};
use crate::{
    brand::{Brand, Logo, Look, SHOWN_PX},
    keyring::{Keyring, Purpose},
    store::{
        assets,
        branding::{self, BrandRow, Kept, KeptColumn},
        workspaces,
    },
};

/// Writes and reads what workspaces show.
#[derive(Clone)]
pub struct Signboard {
    crm: Arc<Statements>,
    keyring: Arc<Keyring>,
    /// In front of a logo's path where whoever sees it is not on our pages.
    public_url: Option<String>,
}

impl Signboard {
    pub fn new(crm: Arc<Statements>, keyring: Arc<Keyring>, public_url: Option<String>) -> Self {
        Signboard { crm, keyring, public_url }
    }

    /// Keeps a logo's pictures and shows them wherever the workspace is named; the name of the logo, and its path.
    pub async fn hang(&self, tx: &Transaction<'_>, workspace: &str, logo: &Logo) -> Result<(String, String), Error> {
        let Logo(pictures) = logo;
        let whole: Vec<&[u8]> = pictures.iter().map(|picture| picture.png.as_slice()).collect();
        let parts: Vec<&[u8]> = std::iter::once(workspace.as_bytes()).chain(whole).collect();
        let id = self.name(&parts);
        let name = |px: u16| self.name(&[workspace.as_bytes(), id.as_bytes(), &px.to_be_bytes()]);
        let sizes: Vec<_> = pictures.iter().map(|one| (one.px, name(one.px), one.png.clone())).collect();
        assets::put(tx, workspace, &id, &sizes).await?;
        let path = path(&name(SHOWN_PX));
        branding::show_logo(tx, workspace, Some(&path)).await?;
        Ok((id, path))
    }

    /// Forgets every picture of a workspace.
    pub async fn take_down(&self, tx: &Transaction<'_>, workspace: &str) -> Result<(), Error> {
        assets::forget(tx, workspace).await?;
        branding::show_logo(tx, workspace, None).await
    }

    /// Writes a row, and what is live into the CRM's own tables.
    pub async fn put(
        &self,
        tx: &mut Transaction<'_>,
        workspace: &str,
        mut row: BrandRow,
        logo_path: Option<&str>,
        by: &str,
    ) -> Result<(), Error> {
        let logo_url = logo_path.map(|path| self.public(path));
        row.kept = self.show(tx, workspace, &row, logo_url.as_deref()).await?;
        branding::put(tx, workspace, &row, by).await
    }

    /// Puts back what the CRM had and writes nothing there until somebody wants it again: the columns that held ours, and those that
    /// still do because a right is missing.
    pub async fn give_back(
        &self,
        tx: &mut Transaction<'_>,
        workspace: &str,
        by: &str,
    ) -> Result<(Vec<String>, Vec<String>), Error> {
        let mut row = branding::read(tx, workspace).await?;
        let had: Vec<String> = row.kept.keys().cloned().collect();
        if had.is_empty() {
            return Ok((had, Vec::new()));
        }
        row.live.show_in_crm = false;
        row.kept = self.show(tx, workspace, &row, None).await?;
        branding::put(tx, workspace, &row, by).await?;
        Ok((had, row.kept.into_keys().collect()))
    }

    /// What a mail or a page says of a workspace.
    pub async fn of(&self, client: &impl GenericClient, workspace: &str) -> Result<Brand, Error> {
        let row = branding::read(client, workspace).await?;
        let (name, logo) = workspaces::shown(client, workspace).await?;
        let name = match name {
            Some(name) => Some(name),
            None => tenant_name(client, &self.crm, workspace).await?,
        };
        Ok(Brand {
            name: name.unwrap_or_default(),
            logo_url: logo.map(|path| self.public(&path)),
            primary_color: row.live.primary_color,
            signature: row.live.email_signature,
        })
    }

    /// Which values the profile maps, and which of them stand in the CRM's tables.
    pub fn mapped(&self, kept: &Kept) -> (Vec<&'static str>, Vec<&'static str>) {
        let Some(brand) = &self.crm.brand else { return (Vec::new(), Vec::new()) };
        let names = |shown: bool| {
            let columns = brand.columns.iter().filter(|(column, _)| !shown || kept.contains_key(*column));
            let mut names: Vec<&'static str> = columns.map(|(_, value)| value.name()).collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        (names(false), names(true))
    }

    async fn show(
        &self,
        tx: &mut Transaction<'_>,
        workspace: &str,
        row: &BrandRow,
        logo_url: Option<&str>,
    ) -> Result<Kept, Error> {
        let Some(brand) = &self.crm.brand else { return Ok(row.kept.clone()) };
        let wanted = wanted(&brand.columns, &row.live, logo_url);
        if wanted.is_empty() && row.kept.is_empty() {
            return Ok(Kept::new());
        }
        // What the CRM's table refuses is not shown there; the look is kept all the same.
        let inner = tx.savepoint("signboard").await?;
        let done = async {
            let Some(found) = inner.query_opt(&brand.read, &[&workspace]).await? else { return Ok(Kept::new()) };
            let current: Value = found.try_get(0)?;
            let (writes, kept) = settled(current.as_object().unwrap_or(&Map::new()), &row.kept, &wanted);
            if !writes.is_empty() {
                inner.execute(&brand.write, &[&workspace, &Value::Object(writes)]).await?;
            }
            Ok(kept)
        };
        match done.await {
            Ok(kept) => {
                inner.commit().await?;
                Ok(kept)
            }
            Err(error) if is_the_crms_no(&error) => {
                inner.rollback().await?;
                let error = &error as &dyn std::error::Error;
                tracing::warn!(workspace.id = workspace, error, "the CRM's own branding is not written");
                Ok(row.kept.clone())
            }
            Err(error) => Err(error),
        }
    }

    fn name(&self, parts: &[&[u8]]) -> String {
        self.keyring.mac(Purpose::Asset, parts).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn public(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_deref().unwrap_or_default())
    }
}

/// The path of a picture.
pub fn path(name: &str) -> String {
    format!("/_annex/assets/{name}.png")
}

/// The path of the size that stands for a logo.
pub fn shown_picture(sizes: &[(u16, String)]) -> Option<String> {
    sizes.iter().find(|(px, _)| *px == SHOWN_PX).map(|(_, name)| path(name))
}

/// A right or a column that is missing, a value that does not fit or that a rule of the CRM forbids (PostgreSQL, appendix A).
/// None of it passes by itself, and none of it is a reason to keep people from their colours.
fn is_the_crms_no(error: &Error) -> bool {
    let classes = ["22", "23", "42", "P0"];
    error.code().is_some_and(|state| classes.iter().any(|class| state.code().starts_with(class)))
}

/// What the columns should hold; one that is left out is the CRM's own.
fn wanted(columns: &BTreeMap<String, BrandValue>, live: &Look, logo_url: Option<&str>) -> BTreeMap<String, String> {
    if !live.show_in_crm {
        return BTreeMap::new();
    }
    let value = |value: &BrandValue| match value {
        BrandValue::LogoUrl => logo_url.map(str::to_owned),
        BrandValue::PrimaryColor => live.primary_color.map(String::from),
        BrandValue::SecondaryColor => live.secondary_color.map(String::from),
        BrandValue::PdfHeader => live.pdf_header.clone(),
        BrandValue::PdfFooter => live.pdf_footer.clone(),
        BrandValue::EmailSignature => live.email_signature.clone().map(String::from),
    };
    columns.iter().filter_map(|(column, what)| Some((column.clone(), value(what)?))).collect()
}

/// What is to be written into which column, and what is to be kept of it.
fn settled(current: &Map<String, Value>, kept: &Kept, wanted: &BTreeMap<String, String>) -> (Map<String, Value>, Kept) {
    let (mut writes, mut keep) = (Map::new(), Kept::new());
    for (column, now) in current {
        let now = now.as_str().map(str::to_owned);
        let ours = kept.get(column).filter(|kept| kept.written == now);
        let before = ours.map_or_else(|| now.clone(), |ours| ours.before.clone());
        let next = match (wanted.get(column), ours) {
            (Some(wanted), _) => Some(wanted.clone()),
            (None, Some(ours)) => ours.before.clone(),
            (None, None) => now.clone(),
        };
        if wanted.contains_key(column) {
            keep.insert(column.clone(), KeptColumn { before, written: next.clone() });
        }
        if next != now {
            writes.insert(column.clone(), next.map_or(Value::Null, Value::String));
        }
    }
    (writes, keep)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    fn want(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(column, value)| ((*column).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_was_there_comes_back_unless_somebody_wrote_since() {
        let theirs = row(&json!({"logo": "theirs", "notes": null}));
        let (writes, kept) = settled(&theirs, &Kept::new(), &want(&[("logo", "ours"), ("notes", "foot")]));
        assert_eq!(writes, row(&json!({"logo": "ours", "notes": "foot"})));
        let shown = row(&json!({"logo": "ours", "notes": "foot"}));
        // Again with another value: what was there first is what is kept.
        let (writes, kept) = settled(&shown, &kept, &want(&[("logo", "newer"), ("notes", "foot")]));
        assert_eq!(writes, row(&json!({"logo": "newer"})));
        let shown = row(&json!({"logo": "newer", "notes": "foot"}));
        let (writes, after) = settled(&shown, &kept, &want(&[]));
        assert_eq!((writes, after), (row(&json!({"logo": "theirs", "notes": null})), Kept::new()));
        // Somebody wrote their own notes in the CRM: they stay, and the logo goes back.
        let edited = row(&json!({"logo": "newer", "notes": "mine"}));
        let (writes, after) = settled(&edited, &kept, &want(&[]));
        assert_eq!((writes, after), (row(&json!({"logo": "theirs"})), Kept::new()));
        // Written over again, theirs is what comes back.
        let (_, kept) = settled(&edited, &kept, &want(&[("notes", "foot")]));
        assert_eq!(kept.get("notes").and_then(|notes| notes.before.as_deref()), Some("mine"));
    }

    #[test]
    fn nothing_is_wanted_of_what_is_not_to_be_shown() {
        let columns = BTreeMap::from([("logo".to_owned(), BrandValue::LogoUrl)]);
        let mut look = Look::default();
        assert_eq!(wanted(&columns, &look, Some("x")), want(&[("logo", "x")]));
        assert_eq!(wanted(&columns, &look, None), want(&[]));
        look.show_in_crm = false;
        assert_eq!(wanted(&columns, &look, Some("x")), want(&[]));
    }
}
