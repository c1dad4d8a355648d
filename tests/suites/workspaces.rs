//! Workspaces themselves: what they say, their end and return, whose they are, and what is left of them.

mod about;
mod crowd;
mod deletion;
mod ownership;
mod purge;
mod races;
mod restoring;
mod summary;

use annex_tests::http::json::{Answer, Client};
use annex_tests::scene::Scene;
use annex_tests::sidecar::Options;
use annex_tests::story::{self, FlagScope, Person, add_member, set_flag};
use reqwest::Method;
use serde_json::{Value, json};

/// One CRM with Annex in front of it, and people whose homes are on.
struct World {
    scene: Scene,
}

impl World {
    async fn start(label: &str) -> Self {
        Self::start_with(label, |options| options).await
    }

    async fn start_with(label: &str, change: impl FnOnce(Options) -> Options) -> Self {
        World { scene: Scene::start(label, change).await }
    }

    /// People, each with a home of their own; in force when it returns.
    async fn people<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        let mut people = Vec::new();
        for name in names {
            let person = self.scene.agency(name).await;
            set_flag(&self.scene.database, FlagScope::Tenant(&person.tenant), true).await;
            people.push(person);
        }
        self.scene.settle().await;
        people.try_into().expect("as many people as names")
    }

    fn of(&self, person: &Person) -> Client {
        self.scene.client(person)
    }

    /// A workspace that `person` makes: its id.
    async fn make(&self, person: &Person, name: &str) -> String {
        let made = self.of(person).post("/api/workspaces", json!({ "name": name })).await.expect(201).json();
        made["id"].as_str().expect("an id").to_owned()
    }

    /// `person` is a member of `workspace` from now on.
    async fn join(&self, workspace: &str, person: &Person, role: &str) {
        add_member(&self.scene.database, workspace, &person.id, role).await;
        self.scene.settle().await;
    }

    /// Somebody whose home is `owner`'s as well.
    async fn colleague(&self, owner: &Person, name: &str) -> Person {
        let email = format!("{name}-{}@example.test", &owner.id[..8]);
        let body =
            json!({"email": email, "password": "a-password-of-a-colleague", "firstName": name, "lastName": "Test"});
        Client::new(&self.scene.crm.url).bearer(&owner.access).post("/api/team/members", body).await.expect(201);
        story::log_in(&self.scene.crm.url, &email, "a-password-of-a-colleague").await
    }

    async fn sql(&self, statement: &str) {
        let client = self.scene.database.connect().await;
        client.batch_execute(statement).await.unwrap_or_else(|error| panic!("`{statement}`: {error:?}"));
    }

    /// One value, as a text.
    async fn value(&self, question: &str) -> Option<String> {
        let question = format!("select ({question})::text");
        let row = self.scene.database.connect().await.query_one(&question, &[]).await;
        row.unwrap_or_else(|error| panic!("`{question}`: {error:?}")).get(0)
    }

    async fn count(&self, rows: &str) -> i64 {
        self.value(&format!("select count(*) from {rows}")).await.expect("a number").parse().expect("a number")
    }

    async fn owner_of(&self, workspace: &str) -> Option<String> {
        self.value(&format!("select owner_user_id from annex.workspaces where tenant_id = '{workspace}'")).await
    }

    /// The actions of a chain, in order; the chain is whole.
    async fn audit(&self, chain: &str) -> Vec<String> {
        let broken = self.count(&format!("annex.verify_audit_chain('{chain}')")).await;
        assert_eq!(broken, 0, "the chain of {chain} is broken");
        let client = self.scene.database.connect().await;
        let sql =
            "SELECT action FROM annex.audit_events WHERE tenant_id = $1 AND action <> 'access.denied' ORDER BY seq";
        let rows = client.query(sql, &[&chain]).await.expect("the audit events");
        rows.iter().map(|row| row.get(0)).collect()
    }
}

fn at(workspace: &str) -> String {
    format!("/api/workspaces/{workspace}")
}

async fn delete(client: &Client, workspace: &str, name: &str) -> Answer {
    client.send(Method::DELETE, &at(workspace), Some(json!({ "confirmName": name }))).await
}

async fn restore(client: &Client, workspace: &str) -> Answer {
    client.send(Method::POST, &format!("{}/restore", at(workspace)), None).await
}

/// A refusal without what differs from request to request.
fn refusal(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    body["requestId"] = Value::Null;
    (answer.status, body)
}

/// The fields that an answer refuses, each with its code.
fn mistakes(answer: &Answer) -> Value {
    let body = answer.json();
    let errors = body["errors"].as_array().unwrap_or_else(|| panic!("no errors: {body}"));
    errors.iter().map(|error| json!([error["path"], error["code"]])).collect()
}
