//! `GET /api/workspaces/events`: what changes for a caller, as it happens; and what ends with a membership.

mod changes;
mod ends;
mod leash;

use std::time::Duration;

use annex_tests::http::events::Events;
use annex_tests::scene::Scene;
use annex_tests::sidecar::Options;
use annex_tests::story::{self, Person};

/// Above the published bound of 2 s for what an Admin changes, for a busy machine; below the beat of 20 s, with which a node
/// looks by itself.
const BOUND: Duration = Duration::from_secs(15);

/// A workspace that is on, its owner, and a guest whose own home is on.
struct Site {
    scene: Scene,
    owner: Person,
    guest: Person,
}

impl Site {
    async fn start(label: &str, configure: impl FnOnce(Options) -> Options) -> Self {
        let scene = Scene::start(label, configure).await;
        let (owner, guest) = (scene.agency("owner").await, scene.agency("guest").await);
        scene.flag(&owner.tenant, true).await;
        scene.flag(&guest.tenant, true).await;
        scene
            .database
            .connect()
            .await
            .execute("SELECT annex.ensure_workspace($1)", &[&owner.tenant])
            .await
            .expect("it");
        scene.settle().await;
        Self { scene, owner, guest }
    }

    async fn try_open(&self, person: &Person, headers: &[(&str, &str)]) -> Result<Events, (u16, String)> {
        Events::open(&format!("{}/api/workspaces/events", self.scene.annex.url), &person.access, headers).await
    }

    /// A stream that is ready.
    async fn open(&self, person: &Person) -> Events {
        let mut events = self.try_open(person, &[]).await.expect("a stream");
        events.of("ready").await;
        events
    }

    async fn sql(&self, statement: &str) {
        let client = self.scene.database.connect().await;
        client.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }

    async fn member(&self, person: &Person, role: &str) {
        story::add_member(&self.scene.database, &self.owner.tenant, &person.id, role).await;
    }

    async fn remove(&self, person: &Person) {
        story::remove_member(&self.scene.database, &self.owner.tenant, &person.id).await;
    }
}
