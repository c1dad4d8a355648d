//! Everybody who may knock at one workspace.

use annex_tests::http::json::Client;
use annex_tests::postgres::Database;
use annex_tests::scene;
use annex_tests::sidecar::Annex;
use annex_tests::story::{self, FlagScope, Person};

use super::Site;

/// One who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The column of the matrix.
    pub name: &'static str,
    /// Who they are; for somebody without a credential, whose words they use.
    pub person: Person,
    /// At Annex, in the workspace.
    pub client: Client,
    /// What they are to the workspace.
    pub standing: Standing,
    /// `Bearer …`, or nothing.
    pub authorization: Option<String>,
    /// The workspace that they name.
    pub workspace: String,
}

/// What a caller is to the workspace, as far as rules differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No credential.
    Anonymous,
    /// No member.
    Outsider,
    /// A member with a role of that key.
    Member(&'static str),
    /// A member who never has the feature.
    Barred,
    /// The workspace is their home.
    Native,
}

/// What the custom role of the matrix allows.
pub const CUSTOM: [&str; 4] = ["customers:read", "customers:write", "tasks:write", "email:write"];

/// All of them.
pub async fn all(site: &Site) -> Vec<Caller> {
    let Site { database, annex, .. } = site;
    let mut callers = vec![
        anonymous(annex, &site.owner, &site.workspace),
        caller(annex, "stranger", site.agency("stranger").await, &site.workspace, Standing::Outsider),
    ];
    for role in ["admin", "manager", "member", "finance", "viewer"] {
        let person = site.agency(role).await;
        story::add_member(database, &site.workspace, &person.id, role).await;
        callers.push(caller(annex, role, person, &site.workspace, Standing::Member(role)));
    }
    let person = site.agency("plain").await;
    story::add_member(database, &site.workspace, &person.id, "admin").await;
    let person = site.become_kind(person, "team_member", false).await;
    callers.push(caller(annex, "admin, users row plain", person, &site.workspace, Standing::Member("admin")));
    callers.push(custom(site).await);
    let person = site.agency("other").await;
    let other = site.agency("elsewhere").await.tenant;
    story::set_flag(database, FlagScope::Tenant(&other), true).await;
    story::add_member(database, &other, &person.id, "admin").await;
    callers.push(caller(annex, "admin elsewhere", person, &site.workspace, Standing::Outsider));
    let person = site.agency("saas").await;
    let person = site.become_kind(person, "saas_admin", true).await;
    callers.push(caller(annex, "saas admin", person, &site.workspace, Standing::Outsider));
    callers.push(caller(annex, "native", site.owner.clone(), &site.workspace, Standing::Native));
    let person = site.agency("customer").await;
    let person = site.become_kind(person, "customer", false).await;
    callers.push(caller(annex, "customer", person, &site.workspace, Standing::Outsider));
    let person = site.agency("joinedcustomer").await;
    story::add_member(database, &site.workspace, &person.id, "admin").await;
    let person = site.become_kind(person, "customer", false).await;
    callers.push(caller(annex, "customer, joined", person, &site.workspace, Standing::Barred));
    callers
}

fn anonymous(annex: &Annex, owner: &Person, workspace: &str) -> Caller {
    let client = Client::new(&annex.url).workspace(workspace);
    Caller {
        name: "anonymous",
        person: owner.clone(),
        client,
        standing: Standing::Anonymous,
        authorization: None,
        workspace: workspace.to_owned(),
    }
}

fn caller(annex: &Annex, name: &'static str, person: Person, workspace: &str, standing: Standing) -> Caller {
    let client = Client::new(&annex.url).bearer(&person.access).workspace(workspace);
    let authorization = Some(format!("Bearer {}", person.access));
    Caller { name, person, client, standing, authorization, workspace: workspace.to_owned() }
}

async fn custom(site: &Site) -> Caller {
    let person = site.agency("custom").await;
    story::add_member(&site.database, &site.workspace, &person.id, "viewer").await;
    give_custom_role(&site.database, &site.workspace, &person.id, &CUSTOM).await;
    caller(&site.annex, "custom", person, &site.workspace, Standing::Member("custom"))
}

/// Gives a member a role with exactly these permissions.
pub async fn give_custom_role(database: &Database, workspace: &str, user: &str, permissions: &[&str]) {
    let sql = "WITH made AS (INSERT INTO annex.workspace_roles (tenant_id, key, name)
                    VALUES ($1, 'custom-' || substr(md5($2), 1, 8), 'Custom') RETURNING id),
               may AS (INSERT INTO annex.workspace_role_permissions (role_id, tenant_id, permission)
                    SELECT id, $1, unnest($3::text[]) FROM made)
               UPDATE annex.workspace_users SET role_id = (SELECT id FROM made) WHERE tenant_id = $1 AND user_id = $2";
    let client = database.connect().await;
    assert_eq!(client.execute(sql, &[&workspace, &user, &permissions]).await.expect("a custom role"), 1);
}

impl Site {
    /// A new owner of a new agency whose flag nobody set.
    pub async fn agency(&self, name: &str) -> Person {
        scene::agency(&self.crm.url, name).await
    }

    /// The same person after the CRM changed their users row, signed in anew.
    pub async fn become_kind(&self, person: Person, kind: &str, admin: bool) -> Person {
        let sql = "UPDATE public.users SET user_type = $2, is_admin = $3 WHERE id = $1";
        let changed = self.database.connect().await.execute(sql, &[&person.id, &kind, &admin]).await;
        assert_eq!(changed.expect("the users row"), 1);
        story::log_in(&self.crm.url, &person.email, &person.password).await
    }
}
