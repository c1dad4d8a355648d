//! Removed: out at the next request, and what was open goes to somebody else.

use annex_tests::story::Person;
use annex_tests::strategy::Strategy;
use serde_json::json;

use super::{Place, said};

#[tokio::test]
async fn a_removed_member_is_out_at_once_and_may_come_back() {
    let place = Place::start("memberremove").await;
    let person = place.join("person", "member").await;
    let there = place.of(&person).workspace(&place.id);
    there.get("/api/customers").await.expect(200);
    let owner = place.of(&place.owner);
    let tag = owner.get(&place.member(&person)).await.expect(200).header("etag").unwrap().to_owned();
    assert_eq!(said(&owner.header("if-match", "\"1\"").delete(&place.member(&person)).await), "412 STALE_VERSION");
    let removed = owner.header("if-match", &tag).delete(&place.member(&person)).await.expect(200).json();
    assert_eq!(removed, json!({"message": "Member removed", "reassigned": 0}));
    assert_ne!(there.get("/api/customers").await.status, 200);
    assert_eq!(said(&owner.delete(&place.member(&person)).await), "404 NOT_FOUND");
    assert_eq!(said(&owner.get(&place.member(&person)).await), "404 NOT_FOUND");
    assert_eq!(said(&owner.patch(&place.member(&person), json!({"status": "active"})).await), "404 NOT_FOUND");
    let gone = owner.get(&place.path("/members?status=removed")).await.expect(200).json();
    assert_eq!((&gone[0]["userId"], &gone[0]["status"]), (&json!(person.id), &json!("removed")));
    assert_eq!(place.told().await, "member.removed");
    let row = format!("SELECT removed_by FROM annex.workspace_users WHERE user_id = '{}'", person.id);
    assert_eq!(place.text(&row).await, place.owner.id);
}

#[tokio::test]
async fn open_work_goes_to_another_member_of_the_same_workspace_alone() {
    let place = Place::start("memberreassign").await;
    let (person, heir) = (place.join("person", "manager").await, place.join("heir", "member").await);
    let stranger = place.scene.agency("stranger").await;
    let owner = place.of(&place.owner);
    let there = place.of(&person).workspace(&place.id);
    let customer = json!({"name": "Theirs", "email": "theirs@example.test"});
    let customer = there.post("/api/customers", customer).await.expect(201).json();
    // Whom the CRM's rows name: with a users row for each member, that one.
    let name =
        async |person: &Person| Strategy::of_this_run().id_in(&place.scene.database, &place.id, &person.id).await;
    let (theirs, heirs) = (name(&person).await, name(&heir).await);
    // As the CRM itself writes them: a task names whom it is assigned to, and its assignments name people, too.
    for task in [
        json!({"title": "open", "assignedTo": theirs, "assignees": [{"userId": theirs}]}),
        json!({"title": "shared", "assignees": [{"userId": theirs}, {"userId": heirs}]}),
        json!({"title": "done", "status": "completed", "assignedTo": theirs, "assignees": [{"userId": theirs}]}),
    ] {
        there.post("/api/tasks", task).await.expect(201);
    }
    let task = json!({"title": "elsewhere", "assignedTo": person.id, "assignees": [{"userId": person.id}]});
    place.of(&person).post("/api/tasks", task).await.expect(201);
    for (to, code) in [
        (json!(person.id), "same_person"),
        (json!(stranger.id), "not_a_member"),
        (json!("nobody"), "not_a_member"),
        (json!("no id!"), "not_an_id"),
        (json!(5), "invalid_type"),
    ] {
        let answer = owner
            .send(reqwest::Method::DELETE, &place.member(&person), Some(json!({"reassignTo": to})))
            .await
            .expect(400);
        assert_eq!(answer.json()["errors"][0]["code"], code, "{to}");
    }
    there.get("/api/customers").await.expect(200);
    let body = json!({"reassignTo": heir.id});
    let removed = owner.send(reqwest::Method::DELETE, &place.member(&person), Some(body)).await.expect(200).json();
    assert_eq!(removed["reassigned"], 3, "a customer, an open task and the assignment to it");
    let owners =
        format!("SELECT owner_id::text FROM customers WHERE id = {}", customer["id"].to_string().replace('"', "'"));
    assert_eq!(place.text(&owners).await, heirs);
    let tasks = format!(
        "SELECT string_agg(title, ' ' ORDER BY title) FROM tasks WHERE assigned_to IN ('{}', '{theirs}')",
        person.id
    );
    assert_eq!(place.text(&tasks).await, "done elsewhere");
    let open = format!("SELECT title FROM tasks WHERE assigned_to = '{heirs}'");
    assert_eq!(place.text(&open).await, "open");
    let assigned = async |whose: &str| {
        let titles = "SELECT coalesce(string_agg(t.title, ' ' ORDER BY t.title), '')
                      FROM task_assignments a JOIN tasks t ON t.id = a.task_id WHERE a.user_id IN";
        place.text(&format!("{titles} ({whose})")).await
    };
    assert_eq!(assigned(&format!("'{heirs}'")).await, "open shared", "once each");
    assert_eq!(assigned(&format!("'{}', '{theirs}'", person.id)).await, "done elsewhere shared");
    let authors = format!("SELECT count(*)::text FROM tasks WHERE created_by IN ('{}', '{theirs}')", person.id);
    assert_eq!(place.text(&authors).await, "4", "what they wrote keeps its author");
    let told =
        place.text("SELECT details->>'reassignedTo' FROM annex.audit_events WHERE action = 'member.removed'").await;
    assert_eq!(told, heir.id);
}

#[tokio::test]
async fn what_the_crm_refuses_removes_nobody() {
    let place = Place::start("memberrefused").await;
    let (person, heir) = (place.join("person", "manager").await, place.join("heir", "member").await);
    place.sql("REVOKE UPDATE (assigned_to) ON tasks FROM annex_app").await;
    let body = json!({"reassignTo": heir.id});
    let answer = place.of(&place.owner).send(reqwest::Method::DELETE, &place.member(&person), Some(body)).await;
    assert_eq!(said(&answer), "500 INTERNAL");
    assert!(!answer.text.contains("tasks"), "{}", answer.text);
    place.of(&person).workspace(&place.id).get("/api/customers").await.expect(200);
    assert_eq!(place.told().await, "");
    place.of(&place.owner).delete(&place.member(&person)).await.expect(200);
}
