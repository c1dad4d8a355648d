//! Who asks.

use annex_tests::scene::Scene;
use annex_tests::story::{self, Person};
use uuid::Uuid;

/// Everybody, in the order of the golden files.
pub const CALLERS: [&str; 12] = [
    "anonymous",
    "stranger",
    "stranger with feature",
    "viewer",
    "member",
    "finance",
    "manager",
    "admin",
    "custom role",
    "suspended",
    "admin elsewhere",
    "platform admin",
];

/// The callers' place in [`CALLERS`] who are members with a role.
pub const ROLES: std::ops::Range<usize> = 3..8;

/// The place of whoever has not the feature, of whoever is no member but has it, of a viewer, of a manager, of the admin, of the member with a role that may read the log and
/// nothing else, of a member who is suspended, of the admin of another workspace, and of the platform's.
pub const WITHOUT: usize = 1;
pub const STRANGER: usize = 2;
pub const VIEWER: usize = 3;
pub const MANAGER: usize = 6;
pub const ADMIN: usize = 7;
pub const AUDITOR: usize = 8;
pub const SUSPENDED: usize = 9;
pub const ADMIN_ELSEWHERE: usize = 10;
pub const PLATFORM: usize = 11;

const AUDIT_ROLE: &str = "
    WITH role AS (
      INSERT INTO annex.workspace_roles (tenant_id, key, name) VALUES ($1, 'auditor', 'Auditor') RETURNING id, tenant_id
    ), may AS (
      INSERT INTO annex.workspace_role_permissions (role_id, tenant_id, permission) SELECT id, tenant_id, 'audit:read' FROM role
    )
    INSERT INTO annex.workspace_users (tenant_id, user_id, role_id) SELECT tenant_id, $2, id FROM role RETURNING id";

/// The people behind the names.
pub struct People {
    people: Vec<Option<Person>>,
    /// A member of every workspace to whom things are done.
    pub bystander: Person,
    sponsor: String,
}

impl People {
    /// Registers them at the CRM; those with the feature have a home that is on.
    pub async fn register(scene: &Scene) -> Self {
        let sponsor = scene.agency("sponsor").await.tenant;
        scene.flag(&sponsor, true).await;
        let mut people = Vec::new();
        for name in CALLERS.iter() {
            people.push(match *name {
                "anonymous" => None,
                "platform admin" => {
                    let person = scene.agency("platform").await;
                    let sql = "UPDATE users SET user_type = 'saas_admin' WHERE id = $1";
                    scene.database.connect().await.execute(sql, &[&person.id]).await.expect("a users row");
                    Some(story::log_in(&scene.crm.url, &person.email, &person.password).await)
                }
                name => {
                    let person = scene.agency(&name.replace(' ', "")).await;
                    scene.flag(&person.tenant, name != "stranger").await;
                    Some(person)
                }
            });
        }
        let bystander = scene.agency("bystander").await;
        Self { people, bystander, sponsor }
    }

    /// The token of a caller.
    pub fn token(&self, caller: usize) -> Option<&str> {
        self.people[caller].as_ref().map(|person| person.access.as_str())
    }

    /// A new workspace that is on, in which everybody with a role has it and the bystander is a member.
    pub async fn workspace(&self, scene: &Scene) -> String {
        let id = Uuid::new_v4().to_string();
        let mut client = scene.database.connect().await;
        let transaction = client.transaction().await.expect("a transaction");
        let admin = &self.people[ADMIN].as_ref().expect("the admin").id;
        transaction
            .execute("INSERT INTO tenants (id, name) VALUES ($1, 'A workspace')", &[&id])
            .await
            .expect("a tenant");
        let ensure = "SELECT annex.ensure_workspace(p_tenant_id => $1, p_sponsor_tenant_id => $2, p_created_by => $3, p_owner_user_id => $3)";
        transaction.execute(ensure, &[&id, &self.sponsor, admin]).await.expect("a workspace");
        let join = "INSERT INTO annex.workspace_users (tenant_id, user_id, role_id)
                    SELECT $1, $2, r.id FROM annex.workspace_roles r WHERE r.tenant_id = $1 AND r.key = $3";
        let named = ROLES.map(|place| (self.people[place].as_ref().expect("a member"), CALLERS[place]));
        for (person, role) in named.chain([(&self.bystander, "member")]) {
            transaction.execute(join, &[&id, &person.id, &role]).await.expect("a member");
        }
        transaction.query_one(AUDIT_ROLE, &[&id, &self.id(AUDITOR)]).await.expect("a custom role and its member");
        transaction.execute(join, &[&id, &self.id(SUSPENDED), &"manager"]).await.expect("a member");
        let suspend = "UPDATE annex.workspace_users SET status = 'suspended' WHERE tenant_id = $1 AND user_id = $2";
        transaction.execute(suspend, &[&id, &self.id(SUSPENDED)]).await.expect("a suspension");
        transaction.commit().await.expect("an end");
        id
    }

    /// Who a caller is.
    ///
    /// # Panics
    /// If they are nobody.
    pub fn person(&self, caller: usize) -> &Person {
        self.people[caller].as_ref().expect("somebody with a name")
    }

    fn id(&self, caller: usize) -> &str {
        &self.person(caller).id
    }
}
