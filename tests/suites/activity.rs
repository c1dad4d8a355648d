//! What happened in a workspace: who may read it, as a list, as a file, and whether it is whole.

mod denials;
mod export;
mod verify;

use std::collections::BTreeSet;

use annex_tests::document::{self, lines};
use annex_tests::folder::Folder;
use annex_tests::http::json::Answer;
use annex_tests::scene::Scene;
use annex_tests::story::{self, Person};
use annex_tests::tree;
use serde_json::{Value, json};

/// A workspace that is on, with some history.
struct Site {
    scene: Scene,
    owner: Person,
}

impl Site {
    async fn start(label: &str) -> Self {
        let scene = Scene::start(label, |options| options.with("ANNEX_AUDIT_DENIALS_PER_MINUTE", "3")).await;
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
        Self { scene, owner }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/workspaces/{}/activity{rest}", self.owner.tenant)
    }

    /// `count` events of `action` by `actor`.
    async fn happens(&self, count: i32, action: &str, actor: &str) {
        let sql = "SELECT annex.append_audit_event($1, $2, 'user', $3, 'thing', n::text, jsonb_build_object('n', n),
                   '203.0.113.9', '=cmd|''/c calc''!A0', 'r') FROM generate_series(1, $4::int) n";
        let client = self.scene.database.connect_as_runtime().await;
        client.execute(sql, &[&self.owner.tenant, &action, &actor, &count]).await.expect("events");
    }

    /// The same, many at once and without their hashes, which cost a statement each; `pad` makes each as long.
    async fn fills(&self, count: i32, action: &str, actor: &str, pad: i32) {
        let sql = "WITH head AS (SELECT coalesce(max(seq), 0) AS last FROM annex.audit_events WHERE tenant_id = $1),
            events AS (
                INSERT INTO annex.audit_events (tenant_id, seq, id, at, actor_id, actor_kind, action, target_kind, target_id, details, prev_hash, hash)
                SELECT $1, head.last + n, gen_random_uuid(), clock_timestamp(), $3, 'user', $2, 'thing', n::text,
                       jsonb_build_object('n', n, 'pad', repeat('x', $5)), zeros, zeros
                FROM head, generate_series(1, $4::int) n, decode(repeat('00', 32), 'hex') zeros)
            INSERT INTO annex.audit_heads (tenant_id, seq) SELECT $1, head.last + $4 FROM head
            ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq";
        let mut client = self.scene.database.connect().await;
        let transaction = client.transaction().await.expect("a transaction");
        let guard = async |manner: &str| {
            let alter = format!("ALTER TABLE annex.audit_heads {manner} TRIGGER audit_heads_one_step");
            transaction.batch_execute(&alter).await.expect("it alters");
        };
        guard("DISABLE").await;
        transaction.execute(sql, &[&self.owner.tenant, &action, &actor, &count, &pad]).await.expect("events");
        guard("ENABLE ALWAYS").await;
        transaction.commit().await.expect("an end");
    }

    async fn get(&self, rest: &str) -> Answer {
        self.scene.client(&self.owner).get(&self.path(rest)).await
    }

    async fn count(&self, condition: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM annex.audit_events WHERE tenant_id = $1 AND {condition}");
        self.scene.database.connect().await.query_one(&sql, &[&self.owner.tenant]).await.expect("a number").get(0)
    }
}

#[tokio::test]
async fn the_list_is_a_bare_array_newest_first_in_pages_that_miss_and_repeat_nothing() {
    let site = Site::start("activitylist").await;
    site.happens(7, "member.joined", &site.owner.id).await;
    site.happens(5, "role.changed", "somebody-gone").await;
    let first = site.get("").await.expect(200).json();
    let rows = first.as_array().expect("a bare array");
    assert_eq!(rows.len(), 12);
    let row = &rows[0];
    let wanted = [
        "id",
        "workspaceId",
        "userId",
        "action",
        "details",
        "ipAddress",
        "userAgent",
        "createdAt",
        "actorKind",
        "actorName",
        "targetKind",
        "targetId",
        "requestId",
    ];
    assert_eq!(row.as_object().expect("an object").keys().map(String::as_str).collect::<Vec<_>>(), wanted);
    assert_eq!(
        (&row["action"], &row["details"], &row["targetId"]),
        (&json!("role.changed"), &json!({"n": 5}), &json!("5"))
    );
    assert_eq!(
        (&row["userId"], &row["actorName"]),
        (&json!("somebody-gone"), &Value::Null),
        "nobody of that id has a name"
    );
    assert_eq!(rows[11]["actorName"], "owner Test", "the name is the CRM's, read when it is shown");
    assert!(rows.windows(2).all(|pair| pair[0]["createdAt"].as_str() >= pair[1]["createdAt"].as_str()));

    let (mut next, mut ids, mut pages) = (Some(site.path("?action=member.joined&limit=3")), Vec::new(), 0);
    while let Some(path) = next {
        let page = site.scene.client(&site.owner).get(&path).await.expect(200);
        let link = page.header("link").map(str::to_owned);
        ids.extend(
            page.json().as_array().expect("a page").iter().map(|row| row["id"].as_str().unwrap_or("").to_owned()),
        );
        pages += 1;
        // What happens meanwhile stands before the first page and moves nothing.
        site.happens(1, "member.joined", "late").await;
        next = link.map(|link| link[1..].split('>').next().expect("an address").to_owned());
    }
    assert_eq!((ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), pages), (7, 7, 3));
    let cursor = site.get("?limit=1").await.header("link").expect("a link").to_owned();
    let cursor = cursor.split("cursor=").nth(1).and_then(|rest| rest.split('>').next()).expect("a cursor").to_owned();
    let other = site.scene.agency("other").await;
    site.scene.flag(&other.tenant, true).await;
    site.scene.settle().await;
    let theirs = format!("/api/workspaces/{}/activity?cursor={cursor}", other.tenant);
    assert_eq!(site.scene.client(&other).get(&theirs).await.expect(400).json()["errors"][0]["code"], "invalid_cursor");
}

#[tokio::test]
async fn filters_narrow_and_their_mistakes_are_told_with_their_place() {
    let site = Site::start("activityfilter").await;
    site.happens(2, "member.joined", "one").await;
    site.happens(3, "member.removed", "two").await;
    let len = async |query: &str| site.get(query).await.expect(200).json().as_array().map_or(0, Vec::len);
    assert_eq!(len("?action=member.joined").await, 2);
    assert_eq!(len("?actor=two").await, 3);
    assert_eq!(len("?actor=two&action=member.joined").await, 0);
    assert_eq!(len("?from=2000-01-01&to=2100-01-01T00:00:00Z").await, 5);
    assert_eq!(len("?to=2000-01-01").await, 0);
    assert_eq!(len("?from=2100-01-01").await, 0);
    let answer = site.get("?action=A&actor=a%20b&from=yesterday&to=2026-02-30&limit=0").await.expect(400);
    let told: Vec<Value> =
        answer.json()["errors"].as_array().expect("errors").iter().map(|e| e["path"].clone()).collect();
    assert_eq!(json!(told), json!(["action", "actor", "from", "to"]));
    assert_eq!(site.get("?from=2026-02-02&to=2026-02-01").await.expect(400).json()["errors"][0]["code"], "before_from");
    assert_eq!(site.get("?limit=0").await.expect(400).json()["errors"][0]["path"], "limit");
    assert_eq!(site.get("/export?format=xml").await.expect(400).json()["errors"][0]["path"], "format");
}

#[tokio::test]
async fn only_whoever_may_read_the_audit_log_does_and_a_foreign_workspace_looks_like_none() {
    let site = Site::start("activitywho").await;
    let roles = ["viewer", "member", "admin"];
    let mut people = Vec::new();
    for role in roles {
        let person = site.scene.agency(role).await;
        story::add_member(&site.scene.database, &site.owner.tenant, &person.id, role).await;
        people.push(person);
    }
    let stranger = site.scene.agency("stranger").await;
    site.scene.flag(&stranger.tenant, true).await;
    site.scene.settle().await;
    for (role, person) in roles.iter().zip(&people) {
        for rest in ["", "/export"] {
            let answer = site.scene.client(person).get(&site.path(rest)).await;
            let wanted = if *role == "admin" { 200 } else { 403 };
            assert_eq!(answer.status, wanted, "{role}{rest}: {}", answer.text);
            if wanted == 403 {
                assert_eq!(answer.json()["missingPermissions"], json!(["audit:read"]));
            }
        }
    }
    for rest in ["", "/export"] {
        let there = site.scene.client(&stranger).get(&site.path(rest)).await.expect(403);
        let nowhere = format!("/api/workspaces/{}/activity{rest}", uuid::Uuid::new_v4());
        let nowhere = site.scene.client(&stranger).get(&nowhere).await.expect(403);
        let said = |answer: &Answer| (answer.code(), answer.json()["message"].clone());
        assert_eq!(said(&there), said(&nowhere));
    }
    assert_eq!(site.count("action = 'activity.exported'").await, 1, "a refused export is no event");
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_done() {
    let site = Site::start("activityatomic").await;
    let (client, workspace) = (site.scene.client(&site.owner), format!("/api/workspaces/{}", site.owner.tenant));
    let hooks = format!("{workspace}/webhooks");
    let hook = json!({ "url": "https://example.com/", "events": ["*"] });
    let id = client.post(&hooks, hook.clone()).await.expect(201).json()["id"].as_str().expect("an id").to_owned();
    let superuser = site.scene.database.connect().await;
    let full = "CREATE FUNCTION public.no_room() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no room''; END';
                CREATE TRIGGER no_room BEFORE INSERT ON annex.audit_events FOR EACH ROW EXECUTE FUNCTION public.no_room()";
    superuser.batch_execute(full).await.expect("the log takes nothing any more");
    let tables =
        "SELECT (SELECT json_agg(w)::text FROM annex.webhooks w) || (SELECT json_agg(w)::text FROM annex.workspaces w)
                  || (SELECT json_agg(r)::text FROM annex.workspace_roles r)";
    let read = async || -> String { superuser.query_one(tables, &[]).await.expect("the rows").get(0) };
    let before = read().await;
    for (method, path, body) in [
        ("POST", hooks.clone(), Some(hook)),
        ("PATCH", format!("{hooks}/{id}"), Some(json!({ "enabled": false }))),
        ("POST", format!("{hooks}/{id}/rotate-secret"), None),
        ("DELETE", format!("{hooks}/{id}"), None),
        ("PATCH", workspace.clone(), Some(json!({ "name": "Another name" }))),
        ("POST", format!("{workspace}/roles"), Some(json!({ "name": "Reader", "permissions": ["contacts:read"] }))),
        ("GET", site.path("/export"), None),
    ] {
        let answer = client.send(method.parse().expect("a method"), &path, body).await;
        assert!(answer.status >= 500, "{method} {path}: {} {}", answer.status, answer.text);
        assert_eq!(read().await, before, "{method} {path} was done all the same");
    }
    superuser.batch_execute("DROP TRIGGER no_room ON annex.audit_events").await.expect("there is room again");
    client.delete(&format!("{hooks}/{id}")).await.expect(204);
}

/// The statement as it stands in the program, with values in it.
fn statement(values: [&str; 7]) -> String {
    let source = std::fs::read_to_string(tree::root().join("proxy/src/store/activity.rs")).expect("the program's SQL");
    let sql = source.split("const PAGE: &str = \"").nth(1).and_then(|rest| rest.split("\";").next()).expect("the page");
    values.iter().enumerate().fold(sql.to_owned(), |sql, (at, value)| sql.replace(&format!("${}", at + 1), value))
}

#[tokio::test]
async fn every_filter_finds_its_rows_by_an_index() {
    let site = Site::start("activityplan").await;
    site.fills(30_000, "member.joined", "busy", 0).await;
    site.fills(20, "role.changed", "rare", 0).await;
    site.fills(10_000, "member.removed", "busy", 0).await;
    let client = site.scene.database.connect().await;
    client.batch_execute("ANALYZE annex.audit_events").await.expect("statistics");
    let tenant = format!("'{}'", site.owner.tenant);
    for (rule, values, index) in [
        ("all", [&tenant, "null", "null", "null", "null", "null", "51"], "audit_events_pkey"),
        ("a page further", [&tenant, "null", "null", "null", "null", "20000", "51"], "audit_events_pkey"),
        ("a rare action", [&tenant, "'role.changed'", "null", "null", "null", "null", "51"], "audit_events_action_idx"),
        ("a rare actor", [&tenant, "null", "'rare'", "null", "null", "null", "51"], "audit_events_actor_idx"),
        ("a time long ago", [&tenant, "null", "null", "null", "'2001-01-01'", "null", "51"], "audit_events_at_idx"),
    ] {
        let plan =
            client.query(&format!("EXPLAIN (ANALYZE, BUFFERS) {}", statement(values)), &[]).await.expect("a plan");
        let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains(index) && !plan.contains("Seq Scan"), "{rule}:\n{plan}");
    }
}

#[tokio::test]
async fn every_line_of_the_document_does_what_it_says() {
    let site = Site::start("activitydocs").await;
    site.happens(3, "member.joined", &site.owner.id).await;
    let folder = Folder::new("activity");
    let variables = [
        ("A", &*site.scene.annex.url),
        ("T", &site.owner.access),
        ("W", &site.owner.tenant),
        ("USER_ID", &site.owner.id),
    ];
    let said = document::typed(&lines("Activity", 3), folder.path(), &variables).await;
    assert_eq!(said.matches("\"action\":\"member.joined\"").count(), 6, "three of the list, three of the file: {said}");
    let kept = std::fs::read_dir(folder.path()).expect("the folder").map(|entry| entry.expect("an entry").path());
    let csv = std::fs::read_to_string(kept.last().expect("the file, by the name that it was given")).expect("a file");
    assert_eq!(csv.matches("member.joined").count(), 3, "{csv}");
}
