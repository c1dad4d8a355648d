//! What somebody writes of an invitation, one row or one body.

use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    api::{
        body::{Fields, Parsed, text},
        error::{ApiError, FieldError},
    },
    ports::{Address, InvitationDraft, Language, RoleNamed},
};

/// An invitation to be sent.
#[derive(ToSchema)]
#[schema(as = NewInvitation)]
#[allow(dead_code, reason = "the document's shape of what `draft` reads")]
pub struct NewInvitationBody {
    /// One address, without a name beside it.
    #[schema(max_length = 254, format = Email)]
    email: String,
    /// A role's key; `member` if neither this nor `roleId` is given.
    role: Option<String>,
    /// The same by id; not both.
    #[schema(rename = "roleId")]
    role_id: Option<String>,
    /// Of the mail: `en` or `de`; the workspace's own if left out, `en` if that is neither.
    language: Option<String>,
    /// 1 to 30; what the installation says if left out.
    #[schema(rename = "expiresInDays", minimum = 1, maximum = 30)]
    expires_in_days: Option<u32>,
}

/// Who is invited if nobody says as what.
const USUAL_ROLE: &str = "member";

/// A draft, or every mistake in it.
pub fn draft(mut fields: Fields) -> Result<InvitationDraft, ApiError> {
    let built = read(&mut fields);
    fields.finish(built)
}

/// The same for a row of many.
pub fn row(mut fields: Fields) -> Result<InvitationDraft, Vec<FieldError>> {
    let built = read(&mut fields);
    let mistakes = fields.mistakes();
    built.filter(|_| mistakes.is_empty()).ok_or(mistakes)
}

fn read(fields: &mut Fields) -> Option<InvitationDraft> {
    let address = fields.required("email", address);
    let by_key = fields.optional("role", role_key);
    let by_id = fields.optional("roleId", |value| role_id(value, by_key.as_ref()));
    let language = fields.optional("language", language);
    let lifetime_days = fields.optional("expiresInDays", days);
    let role = match (by_id, by_key) {
        (Some(id), _) => RoleNamed::Id(id),
        (None, Some(key)) => RoleNamed::Key(key),
        (None, None) => RoleNamed::Key(USUAL_ROLE.to_owned()),
    };
    address.map(|address| InvitationDraft { address, role, language, lifetime_days })
}

fn address(value: &Value) -> Parsed<Address> {
    Address::parse(&text(value)?).ok_or("not_an_email_address")
}

fn role_key(value: &Value) -> Parsed<String> {
    let key = text(value)?;
    if (1..=63).contains(&key.len()) { Ok(key) } else { Err("unknown_role") }
}

fn role_id(value: &Value, key: Option<&String>) -> Parsed<uuid::Uuid> {
    if key.is_some() {
        return Err("role_given_twice");
    }
    text(value)?.parse().map_err(|_| "unknown_role")
}

fn language(value: &Value) -> Parsed<Language> {
    Language::of_tag(&text(value)?).ok_or("unknown_language")
}

fn days(value: &Value) -> Parsed<i32> {
    match value.as_i64() {
        Some(days @ 1..=30) => i32::try_from(days).map_err(|_| "not_1_to_30"),
        Some(_) => Err("not_1_to_30"),
        None => Err("invalid_type"),
    }
}
