//! Where the CRM keeps what its own documents show, and how a workspace's first steps are seen in its rows.
//!
//! Promise: names are plain SQL names, values are ones that Annex has, and a step only asks whether a row exists.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::reader::Reader;
use super::sql;

/// The one table, with one row for each tenant, that Annex writes a live look into. Every name is a plain SQL name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandColumns {
    /// The table.
    pub table: String,
    /// Its column with the tenant's id.
    pub tenant: String,
    /// What stands in which column.
    pub columns: BTreeMap<String, BrandValue>,
}

/// What of a look may stand in a column, as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each variant is the value of that meaning")]
pub enum BrandValue {
    LogoUrl,
    PrimaryColor,
    SecondaryColor,
    PdfHeader,
    PdfFooter,
    EmailSignature,
}

/// The steps that a workspace begins with.
const STEPS: [&str; 5] = ["add_branding", "invite_team", "create_customer", "create_product", "create_proposal"];

impl BrandValue {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LogoUrl => "logoUrl",
            Self::PrimaryColor => "primaryColor",
            Self::SecondaryColor => "secondaryColor",
            Self::PdfHeader => "pdfHeader",
            Self::PdfFooter => "pdfFooter",
            Self::EmailSignature => "emailSignature",
        }
    }
}

impl FromStr for BrandValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "logo_url" => Ok(Self::LogoUrl),
            "primary_color" => Ok(Self::PrimaryColor),
            "secondary_color" => Ok(Self::SecondaryColor),
            "pdf_header" => Ok(Self::PdfHeader),
            "pdf_footer" => Ok(Self::PdfFooter),
            "email_signature" => Ok(Self::EmailSignature),
            _ => Err(format!("`{text}` is nothing that a look has")),
        }
    }
}

pub(super) fn columns(mut table: Reader<'_>) -> Option<BrandColumns> {
    if table.all().is_empty() {
        return None;
    }
    let (name, tenant) = (sql::name(&mut table, "table"), sql::name(&mut table, "tenant"));
    let section = table.section("columns");
    let mut columns = BTreeMap::new();
    for (key, said) in section.all_texts() {
        let remedy = "write logo_url, primary_color, secondary_color, pdf_header, pdf_footer or email_signature";
        let line = said.line;
        let value = said.text.parse().map_err(|what: String| section.note(line, what, remedy));
        let column = sql::plain_name(&section, "columns", super::reader::Said { text: key, line });
        if let Ok(value) = value {
            columns.insert(column, value);
        }
    }
    if columns.is_empty() {
        section.note(section.line, "`database.branding.columns` is empty", "name a column, or leave the table out");
    }
    table.finish();
    Some(BrandColumns { table: name, tenant, columns })
}

pub(super) fn onboarding(table: &Reader<'_>) -> BTreeMap<String, String> {
    let said = table.all_texts().into_iter();
    said.map(|(step, said)| {
        if !STEPS.contains(&step.as_str()) {
            table.note(said.line, format!("`{step}` is not a first step"), format!("write {}", STEPS.join(", ")));
        }
        let sql = sql::one_line(&said.text);
        let asks = sql.starts_with("select exists(") && sql.ends_with(')') && !sql.contains([';', '"']);
        if !asks || sql::parameters(&sql) != [1] {
            let remedy = "write `select exists(select 1 from …)` with $1, the tenant's id, and nothing else";
            table.note(said.line, format!("the step `{step}` does not ask whether a row exists"), remedy);
        }
        (step, sql)
    })
    .collect()
}
