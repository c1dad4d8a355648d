//! The people of a workspace: who is listed, who may change whom, and that somebody who can administer always remains.

mod change;
mod deputy;
mod dismissed;
mod documented;
mod leave;
mod list;
mod million;
mod natives;
mod races;
mod remove;
mod scale;
mod states;

use annex_tests::http::json::{Answer, Client};
use annex_tests::scene::Scene;
use annex_tests::sidecar::Options;
use annex_tests::story::{self, Person};
use serde_json::{Value, json};
use uuid::Uuid;

/// A workspace that its owner made through Annex.
pub(crate) struct Place {
    pub(crate) scene: Scene,
    /// Creator, owner and first Admin; their home sponsors it.
    pub(crate) owner: Person,
    /// The workspace.
    pub(crate) id: String,
}

impl Place {
    pub(crate) async fn start(label: &str) -> Self {
        Self::start_with(label, |options| options).await
    }

    pub(crate) async fn start_with(label: &str, configure: impl FnOnce(Options) -> Options) -> Self {
        let scene = Scene::start(label, configure).await;
        let owner = scene.agency("owner").await;
        scene.flag(&owner.tenant, true).await;
        scene.settle().await;
        let made = scene.client(&owner).post("/api/workspaces", json!({"name": "The place"})).await.expect(201);
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        Place { scene, owner, id }
    }

    /// Somebody from elsewhere with that role.
    pub(crate) async fn join(&self, name: &str, role: &str) -> Person {
        let person = self.scene.agency(name).await;
        story::add_member(&self.scene.database, &self.id, &person.id, role).await;
        self.scene.settle().await;
        person
    }

    /// Somebody whose users row stands in `tenant` itself, signed in.
    pub(crate) async fn native(&self, tenant: &str, name: &str, admin: bool) -> Person {
        let id = Uuid::new_v4().to_string();
        let email = format!("{name}-{}@example.test", &id[..8]);
        let kind = if admin { "agency_admin" } else { "team_member" };
        let sql = "INSERT INTO users (id, tenant_id, email, password_hash, first_name, last_name, user_type, is_admin)
                   VALUES ($1, $2, $3, 'x', $4, 'Native', $5, $6)";
        let client = self.scene.database.connect().await;
        client.execute(sql, &[&id, &tenant, &email, &name, &kind, &admin]).await.expect("a users row");
        let mut person = Person {
            id,
            tenant: tenant.to_owned(),
            email,
            password: String::new(),
            access: String::new(),
            refresh: String::new(),
        };
        person.access = story::sign(&story::claims(&person, kind, admin), &self.scene.crm.jwt_secret);
        person
    }

    /// `person` at Annex.
    pub(crate) fn of(&self, person: &Person) -> Client {
        self.scene.client(person)
    }

    /// The address of the members, or of one.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/workspaces/{}{rest}", self.id)
    }

    pub(crate) fn member(&self, person: &Person) -> String {
        self.path(&format!("/members/{}", person.id))
    }

    /// All rows of an answer, by the user's id.
    pub(crate) async fn sql(&self, statement: &str) {
        let client = self.scene.database.connect().await;
        client.batch_execute(statement).await.unwrap_or_else(|error| panic!("`{statement}`: {error:?}"));
    }

    pub(crate) async fn text(&self, question: &str) -> String {
        let client = self.scene.database.connect().await;
        let row = client.query_one(question, &[]).await.unwrap_or_else(|error| panic!("`{question}`: {error:?}"));
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }

    /// What was changed by the workspace's chain, in order: refusals of the CRM are written down in their own time.
    pub(crate) async fn told(&self) -> String {
        let sql = format!(
            "SELECT string_agg(action, ' ' ORDER BY seq) FROM annex.audit_events
             WHERE tenant_id = '{}' AND action NOT IN ('workspace.created', 'access.denied')",
            self.id
        );
        self.text(&sql).await
    }

    /// Active Admin-set Admins whose users row is active, and native admins of the CRM whom no row narrows.
    pub(crate) async fn admins(&self) -> i64 {
        self.admins_of(&self.id).await
    }

    /// The same of any workspace.
    pub(crate) async fn admins_of(&self, workspace: &str) -> i64 {
        let sql = "SELECT (SELECT count(*) FROM annex.workspace_users m
                           JOIN annex.workspace_roles r ON r.id = m.role_id AND r.key = 'admin'
                           JOIN users u ON u.id = m.user_id AND u.is_active
                           WHERE m.tenant_id = $1 AND m.status = 'active')
                        + (SELECT count(*) FROM users u WHERE u.tenant_id = $1 AND u.is_active AND u.is_admin
                           AND NOT EXISTS (SELECT FROM annex.shadow_users s WHERE s.shadow_user_id = u.id)
                           AND NOT EXISTS (SELECT FROM annex.workspace_users m WHERE m.tenant_id = $1 AND m.user_id = u.id))";
        let client = self.scene.database.connect().await;
        client.query_one(sql, &[&workspace]).await.expect("a count").get(0)
    }
}

/// Status and code.
pub(crate) fn said(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.code()).trim_end().to_owned()
}

/// The users of a list, in its order.
pub(crate) fn users(list: &Value) -> Vec<String> {
    let rows = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    rows.iter().map(|row| row["userId"].as_str().expect("an id").to_owned()).collect()
}
