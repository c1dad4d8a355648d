//! Numbers beside the names of a person's workspaces.

use annex_tests::document::{self, lines};
use annex_tests::folder::Folder;
use serde_json::{Value, json};

use super::{World, delete};

#[tokio::test]
async fn each_workspace_has_its_numbers_and_no_other_one_is_counted() {
    let world = World::start("summary").await;
    let [owner, viewer, stranger] = world.people(["owner", "viewer", "stranger"]).await;
    let outsider = world.scene.agency("outsider").await;
    let (id, gone) = (world.make(&owner, "Counted").await, world.make(&owner, "Gone").await);
    let colleague = world.colleague(&owner, "colleague").await;
    for workspace in [&id, &gone] {
        world.join(workspace, &viewer, "viewer").await;
    }
    world.join(&owner.tenant, &viewer, "viewer").await;
    delete(&world.of(&owner), &gone, "Gone").await.expect(200);
    let there = world.of(&owner).workspace(&id);
    for title in ["Look", "Look again"] {
        there
            .post("/api/tasks", json!({"title": title, "assignees": [viewer.id], "assignedTo": viewer.id}))
            .await
            .expect(201);
    }
    let unread = world
        .count(&format!("public.task_notifications where tenant_id = '{id}' and recipient_id = '{}'", viewer.id))
        .await;
    assert!(unread >= 2, "the CRM notifies whom a task is assigned to");

    let summary = world.of(&viewer).get("/api/workspaces/summary").await.expect(200).json();
    let of = |workspace: &str| {
        let rows = summary["workspaces"].as_array().expect("a list");
        rows.iter().find(|row| row["workspaceId"] == workspace).cloned().unwrap_or(Value::Null)
    };
    let counted = json!({"workspaceId": id, "unread": unread, "members": 2, "pendingInvitations": null, "ownershipOfferedUntil": null});
    assert_eq!(of(&id), counted);
    assert_eq!(of(&gone), Value::Null, "one that is deleted is nowhere to go");
    let home = json!({"workspaceId": viewer.tenant, "unread": 0, "members": 1, "pendingInvitations": 0, "ownershipOfferedUntil": null});
    assert_eq!((summary["workspaces"][0].clone(), of(&viewer.tenant)), (home.clone(), home), "home first");
    let team = of(&owner.tenant);
    assert_eq!(team["members"], json!(3), "two at home, and one who joined");
    assert_eq!(summary["pendingInvitations"], json!(0));

    // Who is shut out at home is no member, and counts nothing there.
    world.sql(&format!(
        "insert into annex.workspace_users (tenant_id, user_id, kind, status) values ('{}', '{}', 'native', 'suspended')",
        owner.tenant, colleague.id
    )).await;
    world.scene.settle().await;
    let summary = world.of(&owner).get("/api/workspaces/summary").await.expect(200).json();
    assert_eq!(summary["workspaces"][0]["members"], json!(2));
    assert_eq!(world.of(&colleague).get("/api/workspaces/summary").await.expect(200).json()["workspaces"], json!([]));
    let other = world.of(&stranger).get("/api/workspaces/summary").await.expect(200).json();
    assert_eq!(other["workspaces"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.of(&outsider).get("/api/workspaces/summary").await.expect(403).code(), "MULTI_WORKSPACE_DISABLED");
}

#[tokio::test]
async fn whoever_is_offered_a_workspace_is_told_until_when_and_nobody_else() {
    let world = World::start("summaryoffer").await;
    let [owner, heir] = world.people(["owner", "heir"]).await;
    let id = world.make(&owner, "Offered").await;
    world.join(&id, &heir, "viewer").await;
    let path = format!("/api/workspaces/{id}/ownership-transfer");
    let offer = world.of(&owner).post(&path, json!({"userId": heir.id})).await.expect(201).json();
    let told = |summary: Value| {
        let rows = summary["workspaces"].as_array().expect("a list").clone();
        rows.into_iter()
            .map(|row| row["ownershipOfferedUntil"].clone())
            .filter(|until| !until.is_null())
            .collect::<Vec<_>>()
    };
    let summary = world.of(&heir).get("/api/workspaces/summary").await.expect(200).json();
    assert_eq!(told(summary), [offer["expiresAt"].clone()]);
    let summary = world.of(&owner).get("/api/workspaces/summary").await.expect(200).json();
    assert_eq!(told(summary), Vec::<Value>::new(), "it is not offered to whoever offers it");
    let answer = format!("{path}/{}/decline", offer["id"].as_str().expect("an id"));
    world.of(&heir).post(&answer, json!({})).await.expect(200);
    let summary = world.of(&heir).get("/api/workspaces/summary").await.expect(200).json();
    assert_eq!(told(summary), Vec::<Value>::new(), "an offer that was answered is over");
}

#[tokio::test]
async fn every_line_of_the_document_does_what_it_says() {
    let world = World::start("summarydocs").await;
    let [owner] = world.people(["owner"]).await;
    let made = world.make(&owner, "Another").await;
    let folder = Folder::new("pages");
    let variables = [("A", &*world.scene.annex.url), ("T", &*owner.access)];
    let said = document::typed(&lines("All workspaces of a person", 3), folder.path(), &variables).await;
    assert!(said.contains("link: <") || said.contains("Link: <"), "{said}");
    assert_eq!(
        said.matches(&format!("\"workspaceId\":\"{made}\"")).count(),
        2,
        "the second page, and the numbers: {said}"
    );
}
