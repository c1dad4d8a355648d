//! Allows that all nodes share in Redis.
//!
//! **Invariant:** an entry counts only with our MAC over issuer, principal, workspace, role, shadow user and epoch, and only at the
//! epoch that the caller has from PostgreSQL: a forged, moved or old entry is no entry.
//! **Deliberately absent:** denials. They cost PostgreSQL one question and are remembered in memory alone.

use annex_policy::{Permission, PermissionSet};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{
    identity::{Principal, Shadow},
    keyring::{Keyring, Purpose},
    snapshot::Role,
    store::redis::Redis,
};

/// How long an entry stays in Redis.
const KEPT_MS: u64 = 600_000;

/// A role as it stands in Redis.
#[derive(Serialize, Deserialize)]
struct Entry {
    role_id: uuid::Uuid,
    role_key: String,
    role_name: String,
    permissions: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shadow: Option<(String, String)>,
}

/// What is shared: a role, and the id and address of the shadow user if there is one.
pub struct Allow<'a> {
    pub epoch: u64,
    pub role: &'a Role,
    pub shadow: Option<&'a Shadow>,
}

/// The role that Redis has for `principal` in `workspace` at exactly `epoch`. Whatever is odd counts as nothing.
pub async fn read(
    redis: &Redis,
    keyring: &Keyring,
    principal: &Principal,
    workspace: &str,
    epoch: u64,
) -> Option<(Role, Option<Shadow>)> {
    let mut connection = redis.live()?;
    let key = key(principal, workspace);
    let (stored, text, mac): (Option<u64>, Option<String>, Option<String>) =
        redis::cmd("HMGET").arg(key).arg(&["epoch", "role", "mac"]).query_async(&mut connection).await.ok()?;
    let (text, mac) = (text?, STANDARD.decode(mac?).ok()?);
    if stored? != epoch {
        return None;
    }
    if !keyring.verifies(Purpose::MembershipCache, &parts(principal, workspace, &epoch.to_string(), &text), &mac) {
        tracing::warn!(workspace.id = workspace, "an entry in Redis does not carry our MAC; ignored");
        return None;
    }
    let entry: Entry = serde_json::from_str(&text).ok()?;
    let permissions: PermissionSet =
        entry.permissions.iter().filter_map(|permission| permission.parse::<Permission>().ok()).collect();
    let role = Role { id: entry.role_id, key: entry.role_key.into(), name: entry.role_name.into(), permissions };
    Some((role, entry.shadow.map(|(id, email)| Shadow { id: id.into(), email: email.into() })))
}

/// Writes unless a later epoch stands there already.
pub async fn write(redis: &Redis, keyring: &Keyring, principal: &Principal, workspace: &str, allow: Allow<'_>) {
    const COMPARE_AND_SET: &str = "
        local at = redis.call('HGET', KEYS[1], 'epoch')
        if at and tonumber(at) > tonumber(ARGV[1]) then return 0 end
        redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'role', ARGV[2], 'mac', ARGV[3])
        redis.call('PEXPIRE', KEYS[1], ARGV[4])
        return 1";
    let Some(mut connection) = redis.live() else { return };
    let Allow { epoch, role, shadow } = allow;
    let entry = Entry {
        role_id: role.id,
        role_key: role.key.to_string(),
        role_name: role.name.to_string(),
        permissions: role.permissions.iter().map(|permission| permission.to_string()).collect(),
        shadow: shadow.map(|shadow| (shadow.id.to_string(), shadow.email.to_string())),
    };
    let Ok(text) = serde_json::to_string(&entry) else { return };
    let mac = keyring.mac(Purpose::MembershipCache, &parts(principal, workspace, &epoch.to_string(), &text));
    let written: Result<i64, _> = redis::Script::new(COMPARE_AND_SET)
        .key(key(principal, workspace))
        .arg(epoch)
        .arg(&text)
        .arg(STANDARD.encode(mac))
        .arg(KEPT_MS)
        .invoke_async(&mut connection)
        .await;
    if let Err(error) = written {
        tracing::debug!(error = %error, "an allow was not shared on Redis");
    }
}

fn key(principal: &Principal, workspace: &str) -> String {
    format!("annex:membership:{}:{workspace}:{}", principal.issuer, principal.id)
}

/// What the MAC speaks for. `role` is the text as stored, `epoch` its decimal digits.
fn parts<'a>(principal: &'a Principal, workspace: &'a str, epoch: &'a str, role: &'a str) -> [&'a [u8]; 5] {
    [principal.issuer.as_bytes(), principal.id.as_bytes(), workspace.as_bytes(), epoch.as_bytes(), role.as_bytes()]
}
