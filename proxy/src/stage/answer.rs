//! Answers of the CRM that name the home where the active workspace belongs, corrected as the profile says.
//!
//! Two kinds: an answer about the caller (`/api/auth/me`) gets the workspace's tenant, the role's claims and
//! permissions; a list of the tenant's people gets those who joined from elsewhere.
//!
//! **Invariant:** a corrected answer is never partial, compressed, conditional or cached: it is asked for whole and
//! leaves without what identified the CRM's bytes.
//! **Invariant:** memory is bounded; an answer above the limit ends the connection rather than passing uncorrected.

use std::{collections::HashMap, sync::Arc};

use annex_config::{ClaimValue, CrmProfile, Rewrite, RewriteField, RewriteKind};
use annex_policy::PermissionSet;
use bytes::{Bytes, BytesMut};
use http::header;
use pingora::http::ResponseHeader;
use serde_json::{Map, Value};

use super::guard::{is_json, refuse_encoded};
use crate::{
    clock,
    identity::{Principal, Shadow, Signer, Verifier},
    ports::{Person, Role},
};

/// The largest answer that is corrected.
const LIMIT: usize = 8 * 1024 * 1024;

/// The profile's rewrites by the index of their route.
pub struct Answers(HashMap<usize, Rewrite>);

impl Answers {
    pub fn of(profile: &CrmProfile) -> Self {
        let routes = profile.routes.routes();
        let place = |rewrite: &Rewrite| {
            routes.iter().position(|route| route.method == rewrite.method && route.pattern == rewrite.pattern)
        };
        Answers(profile.rewrites.iter().filter_map(|rewrite| Some((place(rewrite)?, rewrite.clone()))).collect())
    }

    /// What is done to the answers of a route.
    pub fn kind_of(&self, route: usize) -> Option<RewriteKind> {
        self.0.get(&route).map(|rewrite| rewrite.kind)
    }

    /// The correction of an answer about the caller.
    pub fn identity(&self, route: usize, profile: &CrmProfile, principal: &Principal, at: At<'_>) -> Option<Answer> {
        let rewrite = self.0.get(&route).filter(|rewrite| rewrite.kind == RewriteKind::Identity)?;
        let person = Person {
            id: at.shadow.map_or(&principal.id, |shadow| &shadow.id).to_string(),
            email: principal.email.as_deref().unwrap_or_default().to_owned(),
            role: at.role.key.to_string(),
            ..Person::default()
        };
        let mut fields = row(rewrite, profile, at.workspace, &person);
        fields.retain(|_, value| !value.is_null());
        if let Some(name) = permissions_field(rewrite) {
            fields.insert(name, permissions(at.role.permissions));
        }
        Some(Answer { what: What::Caller(fields), held: None })
    }

    /// The correction of a list of people.
    pub fn people(&self, route: usize, profile: &CrmProfile, among: Among<'_>) -> Option<Answer> {
        let rewrite = self.0.get(&route).filter(|rewrite| rewrite.kind == RewriteKind::People)?;
        let Among { workspace, joined, shadows, adding } = among;
        let mut people = People { missing: Vec::new(), shown: HashMap::new(), shadows: shadows.clone() };
        for person in joined {
            let fields = row(rewrite, profile, workspace, person);
            if let Some(shadow) = &person.shadow {
                people.shown.insert(shadow.clone(), about_the_person(rewrite, &fields));
            }
            match adding {
                Adding::WhoeverIsMissing => people.missing.push(Value::Object(fields)),
                Adding::Nobody => {}
            }
        }
        Some(Answer { what: What::People(people), held: None })
    }
}

/// Those of a row's fields that say who somebody is, in place of whom the shadow user seems to be.
fn about_the_person(rewrite: &Rewrite, fields: &Map<String, Value>) -> Map<String, Value> {
    let about = |name: &String| {
        let field = rewrite.fields.get(name);
        let who =
            [RewriteField::Email, RewriteField::FirstName, RewriteField::LastName, RewriteField::ProfileImage].iter();
        who.into_iter().any(|wanted| field == Some(wanted))
    };
    fields.iter().filter(|(name, _)| about(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The people of a workspace beside its natives.
#[derive(Clone, Copy)]
pub struct Among<'a> {
    pub workspace: &'a str,
    pub joined: &'a [Person],
    /// All shadow users, by their users row.
    pub shadows: &'a imbl::HashMap<Arc<str>, Arc<str>>,
    pub adding: Adding,
}

/// Whether a list of people gets rows that the CRM does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adding {
    /// Members from elsewhere, who have no row in the tenant.
    WhoeverIsMissing,
    /// They have one, or it is not theirs to be shown here.
    Nobody,
}

/// Where the caller stands.
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub workspace: &'a str,
    pub role: &'a Role,
    /// The users row that stands for them: the CRM's pages compare its id with those in tasks.
    pub shadow: Option<&'a Shadow>,
}

/// One answer being corrected.
pub struct Answer {
    what: What,
    held: Option<BytesMut>,
}

enum What {
    /// Fields of the outermost object.
    Caller(Map<String, Value>),
    /// Rows that the list lacks, and rows that stand for somebody else.
    People(People),
    /// An access token that must say its workspace.
    Token(Token),
}

struct People {
    missing: Vec<Value>,
    /// What is shown in the row of a shadow user, by its id.
    shown: HashMap<String, Map<String, Value>>,
    shadows: imbl::HashMap<Arc<str>, Arc<str>>,
}

struct Token {
    verifier: Arc<Verifier>,
    signer: Arc<Signer>,
    field: String,
    workspace: Arc<str>,
}

/// An answer that must be corrected and cannot be: it goes no further.
#[derive(Debug, thiserror::Error)]
pub enum Uncorrectable {
    #[error("an answer that must be corrected is larger than {LIMIT} bytes")]
    TooLarge,
    #[error("an answer that must carry a token for a workspace carries none that can be read")]
    NoToken,
}

impl Answer {
    /// The correction of an answer to a refresh whose token is bound to a workspace.
    pub fn token(verifier: Arc<Verifier>, signer: Arc<Signer>, field: String, workspace: Arc<str>) -> Self {
        Answer { what: What::Token(Token { verifier, signer, field, workspace }), held: None }
    }

    /// The answer's head: a JSON answer with 200 is corrected, everything else passes.
    pub fn response(&mut self, head: &mut ResponseHeader) -> pingora::Result<()> {
        if head.status != http::StatusCode::OK || !is_json(head) {
            return Ok(());
        }
        refuse_encoded(head)?;
        self.held = Some(BytesMut::new());
        head.remove_header(&header::CONTENT_LENGTH);
        head.remove_header(&header::ETAG);
        head.remove_header(&header::ACCEPT_RANGES);
        head.insert_header("Transfer-Encoding", "chunked")
    }

    /// A piece on its way down: held until the answer is whole.
    pub fn piece(&mut self, piece: &mut Option<Bytes>, end: bool) -> Result<(), Uncorrectable> {
        let Some(held) = &mut self.held else { return Ok(()) };
        if let Some(bytes) = piece.take() {
            if held.len().saturating_add(bytes.len()) > LIMIT {
                return Err(Uncorrectable::TooLarge);
            }
            held.extend_from_slice(&bytes);
        }
        if end {
            *piece = Some(corrected(&self.what, held.split().freeze())?);
        }
        Ok(())
    }
}

fn corrected(what: &What, whole: Bytes) -> Result<Bytes, Uncorrectable> {
    let mut body = serde_json::from_slice::<Value>(&whole).unwrap_or_default();
    match (what, &mut body) {
        (What::Token(token), body) => token.put_back(body)?,
        (What::Caller(fields), Value::Object(map)) => map.extend(fields.clone()),
        (What::People(people), Value::Array(list)) => people.correct(list),
        _ => return Ok(whole),
    }
    Ok(serde_json::to_vec(&body).map_or(whole, Bytes::from))
}

impl People {
    /// Adds who is missing, shows the person behind each shadow user, and leaves out shadow users of whoever left.
    fn correct(&self, list: &mut Vec<Value>) {
        list.retain_mut(|row| {
            let id = row.get("id").and_then(Value::as_str).map(str::to_owned);
            let Some(id) = id.filter(|id| self.shadows.contains_key(id.as_str())) else { return true };
            match (self.shown.get(&id), row) {
                (Some(fields), Value::Object(row)) => {
                    row.extend(fields.clone());
                    true
                }
                _ => false,
            }
        });
        let missing = self.missing.iter().filter(|row| !list.iter().any(|known| same_id(known, row)));
        let missing: Vec<Value> = missing.cloned().collect();
        list.extend(missing);
    }
}

impl Token {
    /// Replaces the access token by one that says the workspace (rule R7).
    fn put_back(&self, body: &mut Value) -> Result<(), Uncorrectable> {
        let field = body.get_mut(&self.field).ok_or(Uncorrectable::NoToken)?;
        let fresh = field.as_str().ok_or(Uncorrectable::NoToken)?;
        let authorization = format!("{} {fresh}", self.verifier.scheme());
        let principal = self.verifier.identify(Some(authorization.as_bytes()), clock::unix_seconds());
        let principal = principal.map_err(|_| Uncorrectable::NoToken)?;
        let token = self.signer.switched_token(&principal, &self.workspace).map_err(|_| Uncorrectable::NoToken)?;
        *field = Value::from(token);
        Ok(())
    }
}

fn same_id(a: &Value, b: &Value) -> bool {
    a.get("id").is_some() && a.get("id") == b.get("id")
}

fn row(rewrite: &Rewrite, profile: &CrmProfile, workspace: &str, person: &Person) -> Map<String, Value> {
    let claims = profile.roles.by_role(&person.role);
    let names = &profile.credential.claims;
    let claim = |name: &String| match claims.get(name) {
        Some(ClaimValue::Text(text)) => Value::from(text.as_str()),
        Some(ClaimValue::Bool(flag)) => Value::from(*flag),
        None => Value::Null,
    };
    let value = |field: RewriteField| match field {
        RewriteField::Id => Value::from(person.id.as_str()),
        RewriteField::Tenant => Value::from(workspace),
        RewriteField::Email => Value::from(person.email.as_str()),
        RewriteField::Kind => claim(&names.kind),
        RewriteField::Admin => claim(&names.admin),
        RewriteField::Active => Value::from(true),
        RewriteField::FirstName => Value::from(person.first_name.clone()),
        RewriteField::LastName => Value::from(person.last_name.clone()),
        RewriteField::ProfileImage => Value::from(person.profile_image.clone()),
        RewriteField::Permissions => Value::Null,
    };
    rewrite.fields.iter().map(|(name, field)| (name.clone(), value(*field))).collect()
}

fn permissions_field(rewrite: &Rewrite) -> Option<String> {
    rewrite.fields.iter().find(|(_, field)| **field == RewriteField::Permissions).map(|(name, _)| name.clone())
}

fn permissions(set: PermissionSet) -> Value {
    set.iter().map(|permission| Value::from(permission.to_string())).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    fn through(what: What, body: &Value) -> Value {
        let whole = Bytes::from(body.to_string());
        serde_json::from_slice(&corrected(&what, whole).unwrap()).unwrap()
    }

    #[test]
    fn the_callers_fields_are_replaced_and_the_others_stay() {
        let fields = json!({"tenantId": "w", "isAdmin": false});
        let what = What::Caller(fields.as_object().unwrap().clone());
        let body = json!({"id": "u", "tenantId": "home", "isAdmin": true, "phone": null});
        assert_eq!(through(what, &body), json!({"id": "u", "tenantId": "w", "isAdmin": false, "phone": null}));
    }

    fn people(missing: Vec<Value>, shown: &[(&str, Value)], shadows: &[&str]) -> What {
        let shown = shown.iter().map(|(id, fields)| ((*id).to_owned(), fields.as_object().unwrap().clone()));
        let shadows = shadows.iter().map(|id| (Arc::from(*id), Arc::from("w")));
        What::People(People { missing, shown: shown.collect(), shadows: shadows.collect() })
    }

    #[test]
    fn people_who_joined_are_added_once() {
        let what = people(vec![json!({"id": "a"}), json!({"id": "b"})], &[], &[]);
        assert_eq!(through(what, &json!([{"id": "b", "x": 1}])), json!([{"id": "b", "x": 1}, {"id": "a"}]));
    }

    #[test]
    fn a_shadow_user_shows_its_person_and_one_that_rests_is_not_there() {
        let what = people(Vec::new(), &[("s", json!({"email": "ada@x.test"}))], &["s", "gone"]);
        let body = json!([{"id": "n"}, {"id": "s", "email": "1@shadow.invalid", "isActive": true}, {"id": "gone"}]);
        let wanted = json!([{"id": "n"}, {"id": "s", "email": "ada@x.test", "isActive": true}]);
        assert_eq!(through(what, &body), wanted);
    }

    #[test]
    fn what_is_not_of_the_expected_form_passes() {
        for text in ["{\"message\":1}", "not json"] {
            assert_eq!(corrected(&people(vec![json!(1)], &[], &[]), Bytes::from(text)).unwrap(), text);
        }
    }
}
