//! Webhooks: told what happened, signed, once or more, to nobody inside our own network.

mod addresses;
mod crowd;
mod deliveries;
mod endpoints;

use annex_tests::http::json::{Answer, Client};
use annex_tests::http::receiver::Receiver;
use annex_tests::scene::Scene;
use annex_tests::sidecar::Options;
use annex_tests::story::Person;
use serde_json::{Value, json};

/// How a test's Annex is started: the receiver stands on this machine, and nobody waits long for it.
fn quick(options: Options) -> Options {
    options.patient().with("ANNEX_WEBHOOKS_ALLOW_PRIVATE", "true").with("ANNEX_WEBHOOKS_FIRST_RETRY_MS", "200")
}

/// A workspace that is on, its owner, and somebody who receives.
struct Site {
    scene: Scene,
    owner: Person,
    receiver: Receiver,
}

impl Site {
    async fn start(label: &str) -> Self {
        Self::start_with(label, quick).await
    }

    /// What fails is not tried again while the test lasts.
    async fn start_once(label: &str) -> Self {
        Self::start_with(label, |options| quick(options).with("ANNEX_WEBHOOKS_FIRST_RETRY_MS", "3600000")).await
    }

    async fn start_with(label: &str, configure: impl FnOnce(Options) -> Options) -> Self {
        let scene = Scene::start(label, configure).await;
        let owner = scene.agency("owner").await;
        scene.flag(&owner.tenant, true).await;
        scene
            .database
            .connect()
            .await
            .execute("SELECT annex.ensure_workspace($1)", &[&owner.tenant])
            .await
            .expect("it");
        scene.settle().await;
        Self { scene, owner, receiver: Receiver::start().await }
    }

    fn client(&self) -> Client {
        self.scene.client(&self.owner)
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/workspaces/{}/webhooks{rest}", self.owner.tenant)
    }

    /// An endpoint at the receiver.
    async fn hook(&self, events: &[&str]) -> (String, String) {
        let body = json!({ "url": format!("{}/hook", self.receiver.url), "events": events });
        let made = self.client().post(&self.path(""), body).await.expect(201).json();
        (text(&made["id"]), text(&made["secret"]))
    }

    /// Something happens: an audit event of that action, with more in it than anybody outside may see.
    async fn happens(&self, action: &str) {
        let sql = "SELECT annex.append_audit_event($1, $2, 'user', $3, 'user', 'the-target',
                   '{\"email\": \"secret@example.test\", \"name\": \"Somebody\"}', '203.0.113.9', 'agent')";
        let client = self.scene.database.connect_as_runtime().await;
        client.execute(sql, &[&self.owner.tenant, &action, &self.owner.id]).await.expect("an event");
    }

    async fn rows(&self, sql: &str) -> Vec<tokio_postgres::Row> {
        self.scene.database.connect().await.query(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    async fn deliveries(&self, hook: &str) -> Vec<Value> {
        let list = self.client().get(&self.path(&format!("/{hook}/deliveries"))).await.expect(200).json();
        list["data"].as_array().expect("a list").clone()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The fields that were refused, each with its code.
fn refused(answer: &Answer) -> Value {
    let errors = answer.json()["errors"].as_array().expect("errors").clone();
    json!(errors.iter().map(|error| json!([error["path"], error["code"]])).collect::<Vec<_>>())
}
