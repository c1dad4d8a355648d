//! What people do before a test begins: register an agency, sign in, join another workspace.
//!
//! Promise: people and agencies come from the CRM's own API; tokens by hand are signed as the CRM
//! signs them; what Annex stores is written by plain SQL, as its operator may.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::json::Client;
use crate::postgres::Database;

/// How long the CRM's access tokens live, in seconds.
pub const ACCESS_LIFETIME_S: u64 = 900;

/// One person who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// The id of the CRM's user.
    pub id: String,
    /// The tenant that the CRM made with them: their home workspace.
    pub tenant: String,
    /// Unique; case-sensitive in the CRM.
    pub email: String,
    /// For a later sign-in.
    pub password: String,
    /// For `Authorization`.
    pub access: String,
    /// For the CRM's refresh call.
    pub refresh: String,
}

/// Registers an agency with a new owner whose address begins with `name`, at the CRM or through Annex.
pub async fn register(base: &str, name: &str) -> Person {
    let unique = Uuid::new_v4().simple().to_string();
    let email = format!("{name}-{}@example.test", &unique[..8]);
    let password = format!("password-{unique}");
    let company = format!("Agency {name}");
    let body =
        json!({"email": email, "password": password, "firstName": name, "lastName": "Test", "companyName": company});
    let answer = Client::new(base).post("/api/auth/register", body).await.expect(200);
    person(&answer.json(), password)
}

/// Signs in.
pub async fn log_in(base: &str, email: &str, password: &str) -> Person {
    let body = json!({"email": email, "password": password});
    let answer = Client::new(base).post("/api/auth/login", body).await.expect(200);
    person(&answer.json(), password.to_owned())
}

fn person(answer: &Value, password: String) -> Person {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("a text is missing in {answer}")).to_owned();
    let user = &answer["user"];
    let (id, tenant, email) = (text(&user["id"]), text(&user["tenantId"]), text(&user["email"]));
    Person { id, tenant, email, password, access: text(&answer["accessToken"]), refresh: text(&answer["refreshToken"]) }
}

/// The claims that the CRM would give a person; change them before [`sign`] for an attack.
pub fn claims(person: &Person, user_type: &str, admin: bool) -> Value {
    let now = now_s();
    json!({
        "userId": person.id, "tenantId": person.tenant, "email": person.email,
        "userType": user_type, "isAdmin": admin, "iat": now, "exp": now + ACCESS_LIFETIME_S,
    })
}

/// A token as the CRM signs it.
pub fn sign(claims: &Value, secret: &str) -> String {
    sign_as(&Header::new(Algorithm::HS256), claims, secret)
}

/// A token with a header of the test's choice.
pub fn sign_as(header: &Header, claims: &Value, secret: &str) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(header, claims, &key).unwrap_or_else(|error| panic!("cannot sign {claims}: {error}"))
}

/// The claims of a token, unverified.
pub fn read_claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap_or_else(|| panic!("`{token}` is not a token"));
    let bytes =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("a token's claims are base64url");
    serde_json::from_slice(&bytes).expect("a token's claims are JSON")
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "tokens are judged by the wall clock of the machine")]
pub fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970").as_secs()
}

/// Which rows of the flag table a test writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagScope<'a> {
    /// The row for everybody.
    Global,
    /// The row of one tenant.
    Tenant(&'a str),
}

/// Sets the product's flag by the SQL of `docs/feature_flags.md`.
pub async fn set_flag(database: &Database, scope: FlagScope<'_>, enabled: bool) {
    let tenant = match scope {
        FlagScope::Global => None,
        FlagScope::Tenant(tenant) => Some(tenant),
    };
    let sql = "INSERT INTO annex.feature_flags (key, tenant_id, enabled) VALUES ('multi_workspace_enabled', $1, $2)
               ON CONFLICT (key, tenant_id) DO UPDATE SET enabled = EXCLUDED.enabled";
    let client = database.connect().await;
    let changed = client.execute(sql, &[&tenant, &enabled]).await;
    changed.unwrap_or_else(|error| panic!("the flag of {tenant:?}: {error:?}"));
}

/// Makes `user` an active member of `tenant` with the system role of that key, or changes their role.
/// `tenant` becomes a workspace of Annex if it is none yet.
pub async fn add_member(database: &Database, tenant: &str, user: &str, role: &str) {
    let client = database.connect().await;
    let ensured = client.execute("SELECT annex.ensure_workspace($1)", &[&tenant]).await;
    ensured.unwrap_or_else(|error| panic!("workspace {tenant}: {error:?}"));
    let sql = "INSERT INTO annex.workspace_users (tenant_id, user_id, role_id)
               SELECT $1, $2, id FROM annex.workspace_roles WHERE tenant_id = $1 AND key = $3
               ON CONFLICT (tenant_id, user_id) DO UPDATE
               SET role_id = EXCLUDED.role_id, status = 'active', removed_at = NULL, removed_by = NULL";
    let added = client.execute(sql, &[&tenant, &user, &role]).await;
    let added = added.unwrap_or_else(|error| panic!("{user} as {role} of {tenant}: {error:?}"));
    assert_eq!(added, 1, "workspace {tenant} has no role `{role}`");
}

/// Removes `user` from `tenant`, as an Admin would: the row stays.
pub async fn remove_member(database: &Database, tenant: &str, user: &str) {
    let sql =
        "UPDATE annex.workspace_users SET status = 'removed', removed_at = now() WHERE tenant_id = $1 AND user_id = $2";
    let removed = database.connect().await.execute(sql, &[&tenant, &user]).await;
    let removed = removed.unwrap_or_else(|error| panic!("{user} out of {tenant}: {error:?}"));
    assert_eq!(removed, 1, "{user} has no membership in {tenant}");
}
