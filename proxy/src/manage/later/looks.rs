//! How a workspace showed itself in the later version, and how far its first steps went.
//!
//! **Invariant:** a logo is taken only if its bytes stand in the row, and is drawn anew; a signature goes through the allow-list.
//! **Invariant:** what arrives is not written into the CRM's own tables until somebody says so: an import must not change what
//! documents show.
//! **Deliberately absent:** asking for a logo at its address; domains, favicons, a logo for dark pages, templates.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio_postgres::{Client, Error, Row, Transaction};

use super::plan::{Left, Why, left};
use crate::{
    brand::{self, Color, Logo, Look, Signature},
    crm::Signboard,
    ports::{Step, StepStatus},
    store::{
        branding::{self, BrandRow},
        onboarding::{self, Said, Steps},
    },
};

/// A row of `workspace_branding` with the one of `workspace_pdf_settings`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shown {
    pub workspace: String,
    pub branding: Map<String, Value>,
    pub documents: Map<String, Value>,
}

/// A row of `workspace_onboarding_progress`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    pub workspace: String,
    pub columns: Map<String, Value>,
    pub at: Option<Timestamp>,
}

/// A look as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showing {
    pub look: Look,
    pub logo: Option<Logo>,
}

/// First steps as they arrive: what somebody said there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub said: BTreeMap<Step, StepStatus>,
    pub is_dismissed: bool,
    pub at: Timestamp,
}

const BRANDING: &str = "workspace_branding";
const DOCUMENTS: &str = "workspace_pdf_settings";
const PROGRESS: &str = "workspace_onboarding_progress";

/// The tables that are read here.
pub const TABLES: [&str; 3] = [BRANDING, PROGRESS, DOCUMENTS];

/// Columns that may hold what nothing here holds.
const NO_PLACE: [&str; 6] =
    ["logo_light_url", "favicon_url", "accent_color", "custom_domain", "header_logo_url", "terms_and_conditions"];

/// Rows of whichever of the tables are there, by workspace.
pub async fn shown(client: &Client, has: impl Fn(&str) -> bool) -> Result<Vec<Shown>, Error> {
    let mut shown: BTreeMap<String, Shown> = BTreeMap::new();
    let mut of = |row: &Row, put: fn(&mut Shown, Map<String, Value>)| {
        let workspace: String = row.try_get(0)?;
        let one = shown.entry(workspace.clone()).or_insert_with(|| Shown { workspace, ..Shown::default() });
        put(one, columns(row.try_get(1)?));
        Ok::<_, Error>(())
    };
    if has(BRANDING) {
        for row in client.query(READ_BRANDING, &[]).await? {
            of(&row, |one, columns| one.branding = columns)?;
        }
    }
    if has(DOCUMENTS) {
        for row in client.query(READ_DOCUMENTS, &[]).await? {
            of(&row, |one, columns| one.documents = columns)?;
        }
    }
    Ok(shown.into_values().collect())
}

/// Every row of `workspace_onboarding_progress`.
pub async fn progress(client: &Client) -> Result<Vec<Progress>, Error> {
    let row =
        |row: &Row| Ok(Progress { workspace: row.try_get(0)?, columns: columns(row.try_get(1)?), at: row.try_get(2)? });
    client.query(READ_PROGRESS, &[]).await?.iter().map(row).collect()
}

const READ_BRANDING: &str = "select t.workspace_id::text, pg_catalog.to_jsonb(t) from workspace_branding t order by 1";

const READ_DOCUMENTS: &str =
    "select t.workspace_id::text, pg_catalog.to_jsonb(t) from workspace_pdf_settings t order by 1";

const READ_PROGRESS: &str = "
    select t.workspace_id::text, pg_catalog.to_jsonb(t), (pg_catalog.to_jsonb(t) ->> 'updated_at')::timestamptz
    from workspace_onboarding_progress t order by 1";

fn columns(row: Value) -> Map<String, Value> {
    match row {
        Value::Object(columns) => columns,
        _ => Map::new(),
    }
}

impl Shown {
    /// What becomes of it. `None`: it says nothing.
    pub fn taken(&self, told: &mut Vec<Left>) -> Option<Showing> {
        let mut tell = |table, about: &str, why| told.push(left(table, &self.workspace, about, why));
        let text = |name: &str| {
            let said = self.branding.get(name).or_else(|| self.documents.get(name)).and_then(Value::as_str);
            said.filter(|text| !text.trim().is_empty())
        };
        let mut color = |name: &str| {
            let parsed = text(name).map(|text| Color::parse(text.trim()));
            if parsed == Some(None) {
                tell(BRANDING, name, Why::NotAColor);
            }
            parsed.flatten()
        };
        let (primary_color, secondary_color) = (color("primary_color"), color("secondary_color"));
        let pdf_footer = text("footer_text").and_then(|text| {
            brand::words(text).unwrap_or_else(|_| {
                tell(DOCUMENTS, "footer_text", Why::NotWords);
                None
            })
        });
        let email_signature = text("email_signature").and_then(|html| {
            let kept = Signature::read(html).ok().flatten();
            if kept.as_ref().is_none_or(|kept| kept.html() != html.trim()) {
                tell(BRANDING, "email_signature", Why::Cleaned);
            }
            kept
        });
        let logo = text("logo_url").and_then(|url| {
            let drawn = picture(url);
            drawn.map_err(|why| tell(BRANDING, "logo_url", why)).ok()
        });
        for name in NO_PLACE {
            if text(name).is_some() {
                let table = if self.branding.contains_key(name) { BRANDING } else { DOCUMENTS };
                tell(table, name, Why::NoPlace);
            }
        }
        let look =
            Look { primary_color, secondary_color, pdf_header: None, pdf_footer, email_signature, show_in_crm: false };
        let says_nothing = Look { show_in_crm: true, ..look.clone() } == Look::default() && logo.is_none();
        (!says_nothing).then_some(Showing { look, logo })
    }
}

fn picture(url: &str) -> Result<Logo, Why> {
    if !url.starts_with("data:") {
        return Err(Why::PictureElsewhere);
    }
    let (kind, bytes) = brand::from_data_url(url).map_err(|_| Why::NotAPicture)?;
    Logo::of(&bytes, kind).map_err(|_| Why::NotAPicture)
}

impl Progress {
    /// What becomes of it. Steps are known by their number: `step1_…` to `step5_…`, a word or a boolean.
    pub fn taken(&self, now: Timestamp) -> Begun {
        let flag = |name: &str| self.columns.get(name).and_then(Value::as_bool).unwrap_or_default();
        let is_completed = flag("is_completed");
        let said = Step::ALL.into_iter().zip(1..).filter_map(|(step, number)| {
            let prefix = format!("step{number}_");
            let value = self.columns.iter().find(|(name, _)| name.starts_with(&prefix)).map(|(_, value)| value);
            let status = match value {
                Some(Value::Bool(true)) => StepStatus::Completed,
                Some(Value::String(word)) => StepStatus::named(word).unwrap_or(StepStatus::Pending),
                _ => StepStatus::Pending,
            };
            match status {
                // Somebody there said that all of it is done.
                StepStatus::Pending if is_completed => Some((step, StepStatus::Completed)),
                StepStatus::Pending => None,
                said => Some((step, said)),
            }
        });
        Begun { said: said.collect(), is_dismissed: flag("is_dismissed"), at: self.at.unwrap_or(now) }
    }
}

/// Keeps a look that arrived.
pub async fn put_look(
    tx: &Transaction<'_>,
    signboard: &Signboard,
    workspace: &str,
    showing: &Showing,
    by: &str,
) -> Result<(), Error> {
    let logo = match &showing.logo {
        Some(logo) => Some(signboard.hang(tx, workspace, logo).await?.0),
        None => None,
    };
    let row = BrandRow { live: showing.look.clone(), logo, ..BrandRow::default() };
    branding::put(tx, workspace, &row, by).await
}

/// Keeps first steps that arrived.
pub async fn put_steps(tx: &Transaction<'_>, workspace: &str, begun: &Begun, by: &str) -> Result<(), Error> {
    let at = begun.at;
    let said = begun.said.iter().map(|(step, status)| {
        (step.name().to_owned(), Said { status: status.name().to_owned(), by: by.to_owned(), at })
    });
    let dismissed = begun.is_dismissed.then_some(at);
    let steps = Steps { said: said.collect(), dismissed_at: dismissed, ..Steps::default() };
    onboarding::put(tx, workspace, &steps).await
}

#[cfg(test)]
#[path = "looks_tests.rs"]
mod tests;
