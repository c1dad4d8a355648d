//! Members with a users row of their own in a workspace (rule R8, strategy `member_row`): what they can do thereby, and
//! that the row itself is nobody.
//!
//! All of it runs with the shipped profile `nexus_member_row` and the rights that `PRODUCTION_ROLLOUT.md` gives for it.
//! Each attack has its control: the same thing succeeds at the CRM itself, or on a native's row.

mod invited;
mod life;
mod nobody;
mod tasks;
mod uninstall;

use std::sync::Arc;

use annex_tests::http::json::{Answer, Client};
use annex_tests::scene::Scene;
use annex_tests::shared::Shared;
use annex_tests::sidecar::Options;
use annex_tests::story::Person;
use annex_tests::strategy::{Shadow, Strategy, grant_member_row, shadow_of};

use crate::cli::{Environment, succeeds};

/// A CRM with Annex in front whose members have rows.
async fn start(label: &str) -> Scene {
    let scene = Scene::start(label, |options: Options| Strategy::MemberRow.configure(options)).await;
    grant_member_row(&scene.database).await;
    scene
}

async fn scene() -> Arc<Scene> {
    static SHARED: Shared<Scene> = Shared::new();
    SHARED.get(async || start("memberrow").await).await
}

/// A workspace that is on, its native owner, and a person who joined it by the command of an operator.
struct House {
    owner: Person,
    guest: Person,
    /// The row that stands for the guest.
    shadow: Shadow,
}

impl House {
    async fn new(scene: &Scene, role: &str) -> Self {
        let (owner, guest) = (scene.agency("owner").await, scene.agency("guest").await);
        scene.flag(&owner.tenant, true).await;
        add(scene, &owner.tenant, &guest, role).await;
        scene.settle().await;
        let shadow = shadow_of(&scene.database, &owner.tenant, &guest.id).await;
        Self { owner, guest, shadow }
    }

    fn workspace(&self) -> &str {
        &self.owner.tenant
    }

    /// The guest in the workspace.
    fn there(&self, scene: &Scene) -> Client {
        scene.client(&self.guest).workspace(self.workspace())
    }

    /// The shadow user's row in the CRM: active, administrator, password's hash.
    async fn row(&self, scene: &Scene) -> (bool, bool, String) {
        let sql = "SELECT is_active, is_admin, password_hash FROM public.users WHERE id = $1 AND tenant_id = $2";
        let row = scene.database.connect().await.query_one(sql, &[&self.shadow.id, &self.owner.tenant]).await;
        let row = row.expect("the row stands in the tenant");
        (row.get(0), row.get(1), row.get(2))
    }
}

async fn add(scene: &Scene, workspace: &str, person: &Person, role: &str) {
    let command = ["members", "add", "--workspace", workspace, "--user", &person.id, "--role", role];
    succeeds(&command, environment(scene)).await;
}

async fn remove(scene: &Scene, workspace: &str, person: &Person) {
    succeeds(&["members", "remove", "--workspace", workspace, "--user", &person.id], environment(scene)).await;
}

fn environment(scene: &Scene) -> &Environment {
    &scene.annex.environment
}

/// Status and code.
fn said(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.code()).trim_end().to_owned()
}
