//! The end of a workspace is the end of what it offers.

use annex_tests::http::json::Answer;
use annex_tests::story::Person;
use reqwest::Method;
use serde_json::{Value, json};

use super::{World, link_token, text};

impl World {
    /// A workspace that the owner made; their home stays theirs.
    async fn made(&self, name: &str) -> String {
        let made = self.of(&self.owner).post("/api/workspaces", json!({"name": name})).await.expect(201).json();
        text(&made["id"]).to_owned()
    }

    async fn invite_to(&self, workspace: &str, email: &str) -> Value {
        let path = format!("/api/workspaces/{workspace}/invitations");
        self.of(&self.owner).post(&path, json!({"email": email, "role": "viewer"})).await.expect(201).json()
    }

    fn delete(&self, workspace: &str, name: &str) -> tokio::task::JoinHandle<Answer> {
        let (client, path) = (self.of(&self.owner), format!("/api/workspaces/{workspace}"));
        let body = json!({"confirmName": name});
        tokio::spawn(async move { client.send(Method::DELETE, &path, Some(body)).await })
    }

    /// The details of the last event of that action.
    async fn last_told(&self, workspace: &str, action: &str) -> Value {
        let sql =
            "SELECT details FROM annex.audit_events WHERE tenant_id = $1 AND action = $2 ORDER BY seq DESC LIMIT 1";
        let row = self.database.connect().await.query_opt(sql, &[&workspace, &action]).await.expect("the audit events");
        row.map_or(Value::Null, |row| row.get(0))
    }

    async fn is_member(&self, workspace: &str, person: &Person) -> bool {
        let sql = format!(
            "SELECT count(*) FROM annex.workspace_users
             WHERE tenant_id = '{workspace}' AND user_id = '{}' AND status = 'active'",
            person.id
        );
        self.count(&sql).await == 1
    }
}

#[tokio::test]
async fn a_deleted_workspace_offers_nothing_and_restoring_brings_no_offer_back() {
    let world = World::start("invclosing").await;
    let guest = world.register("guest").await;
    let workspace = world.made("Short").await;
    world.mail.behave(annex_tests::smtp::Manner::Later);
    let issued = world.invite_to(&workspace, &guest.email).await;
    let stale = world.invite_to(&workspace, "late@example.test").await;
    let token = link_token(&issued);
    world.preview(&token).await.expect(200);
    world
        .sql(&format!(
            "UPDATE annex.workspace_invitations SET created_at = now() - interval '9 days', expires_at = now() - interval '1 s'
             WHERE id = '{}'",
            text(&stale["id"])
        ))
        .await;
    world.delete(&workspace, "Short").await.expect("an answer").expect(200);
    assert_eq!((world.status(&issued).await, world.status(&stale).await), ("revoked".to_owned(), "expired".to_owned()));
    let told = world.last_told(&workspace, "invitation.revoked").await;
    assert_eq!(told, json!({"reason": "workspace_deleted", "invitations": [issued["id"]]}), "as every end is told");
    world.preview(&token).await.expect(404);
    world.present(&guest, &token, "accept").await.expect(404);

    let restore = format!("/api/workspaces/{workspace}/restore");
    world.of(&world.owner).send(Method::POST, &restore, None).await.expect(200);
    world.present(&guest, &token, "accept").await.expect(404);
    assert!(!world.is_member(&workspace, &guest).await);
    // Its mail does not leave either; a new one does.
    world.mail.behave(annex_tests::smtp::Manner::Takes);
    world.sql("UPDATE annex.outbox SET next_at = now() WHERE state = 'queued'").await;
    let again = world.invite_to(&workspace, &guest.email).await;
    world.present(&guest, &link_token(&again), "accept").await.expect(200);
    world.sql("UPDATE annex.outbox SET next_at = now() WHERE state = 'queued'").await;
    let queued = "SELECT count(*) FROM annex.outbox WHERE state IN ('queued', 'sending')";
    annex_tests::http::eventually(std::time::Duration::from_secs(60), "the outbox is empty", || async {
        world.count(queued).await == 0
    })
    .await;
    let old =
        format!("SELECT count(*) FROM annex.outbox WHERE state = 'sent' AND invitation_id = '{}'", text(&issued["id"]));
    assert_eq!(world.count(&old).await, 0);
}

#[tokio::test]
async fn what_is_deleted_while_it_is_accepted_is_taken_before_or_never() {
    let world = World::start("invdeleting").await;
    for round in 0..8 {
        let name = format!("Race {round}");
        let (guest, workspace) = (world.register(&format!("guest{round}")).await, world.made(&name).await);
        let issued = world.invite_to(&workspace, &guest.email).await;
        let path = format!("/api/invitations/{}/accept", link_token(&issued));
        let accept = || {
            let (client, path) = (world.of(&guest), path.clone());
            tokio::spawn(async move { client.send(Method::POST, &path, None).await.status })
        };
        let mut tasks = vec![accept(), accept()];
        let deletion = world.delete(&workspace, &name);
        tasks.extend([accept(), accept()]);
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.expect("an answer"));
        }
        deletion.await.expect("an answer").expect(200);
        let (status, is_member) = (world.status(&issued).await, world.is_member(&workspace, &guest).await);
        assert!(statuses.iter().all(|status| [200, 404].contains(status)), "{statuses:?}");
        match statuses.contains(&200) {
            true => assert_eq!((status.as_str(), is_member), ("accepted", true), "{statuses:?}"),
            false => assert_eq!((status.as_str(), is_member), ("revoked", false), "{statuses:?}"),
        }
    }
}
