//! A thousand members of one workspace, and a thousand workspaces of one person: every page comes, with as many statements
//! as for ten, each by an index.

use annex_tests::http::eventually;
use annex_tests::http::json::{Answer, Client};
use annex_tests::plans::{Plan, Plans};
use annex_tests::story::{self, Person};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

use super::{Place, users};

/// A thousand who joined, and as many rows in other workspaces as make reading all of them the slower way.
async fn thousand_members(place: &Place) {
    let (id, home) = (&place.id, &place.owner.tenant);
    place
        .sql(&format!(
            "INSERT INTO users (id, tenant_id, email, password_hash, first_name, last_name, user_type)
             SELECT 'm' || n, '{home}', 'm' || n || '@there.test', 'x', 'Member', 'Number ' || n, 'team_member'
             FROM generate_series(1, 1000) n;
             SET session_replication_role = replica;
             INSERT INTO annex.workspace_users (tenant_id, user_id, role_id, joined_at)
             SELECT '{id}', 'm' || n, r.id, now() + (n % 97) * interval '1 s'
             FROM generate_series(1, 1000) n JOIN annex.workspace_roles r ON r.tenant_id = '{id}' AND r.key = 'viewer';
             INSERT INTO annex.workspaces (tenant_id) SELECT 'far' || t FROM generate_series(1, 400) t;
             INSERT INTO annex.workspace_users (tenant_id, user_id, kind, status)
             SELECT 'far' || t, 'far' || n, 'native', 'suspended' FROM generate_series(1, 400) t, generate_series(1, 50) n;
             SET session_replication_role = origin;
             ANALYZE annex.workspace_users; ANALYZE annex.workspaces; ANALYZE users"
        ))
        .await;
}

/// A person who joined a thousand workspaces that their home sponsors.
pub(super) async fn thousand_workspaces(place: &Place, person: &Person) {
    let (id, home) = (&person.id, &place.owner.tenant);
    place
        .sql(&format!(
            "INSERT INTO tenants (id, name) SELECT 'w' || lpad(n::text, 4, '0'), 'Workspace ' || n FROM generate_series(1, 1000) n;
             SET session_replication_role = replica;
             INSERT INTO annex.workspaces (tenant_id, sponsor_tenant_id)
             SELECT 'w' || lpad(n::text, 4, '0'), '{home}' FROM generate_series(1, 1000) n;
             INSERT INTO annex.workspace_roles (tenant_id, key, name, is_system)
             SELECT 'w' || lpad(n::text, 4, '0'), 'viewer', 'Viewer', true FROM generate_series(1, 1000) n;
             INSERT INTO annex.workspace_role_permissions (tenant_id, role_id, permission)
             SELECT tenant_id, id, 'customers:read' FROM annex.workspace_roles WHERE tenant_id ~ '^w[0-9]{{4}}$';
             INSERT INTO annex.workspace_users (tenant_id, user_id, role_id, joined_at)
             SELECT tenant_id, '{id}', id, now() + right(tenant_id, 4)::int % 89 * interval '1 s'
             FROM annex.workspace_roles WHERE tenant_id ~ '^w[0-9]{{4}}$';
             INSERT INTO annex.workspaces (tenant_id) SELECT 'far' || t FROM generate_series(1, 400) t;
             INSERT INTO annex.workspace_users (tenant_id, user_id, kind, status)
             SELECT 'far' || t, 'far' || n, 'native', 'suspended' FROM generate_series(1, 400) t, generate_series(1, 50) n;
             SET session_replication_role = origin;
             ANALYZE annex.workspace_users; ANALYZE annex.workspaces; ANALYZE annex.workspace_roles; ANALYZE tenants"
        ))
        .await;
}

/// What a request made of the lists: the statements that name memberships, people, invitations or notifications, and the
/// answer. The product's own sweeps and loads run beside; what they read is not the request's.
pub(super) async fn lists(plans: &Plans, work: impl Future<Output = Answer>) -> (Vec<Plan>, Answer) {
    let (ran, answer) = plans.of(work).await;
    let sweeps = ["orphaned_workspaces", "exists (select from \"public\".\"tenants\" t", "($1::text is null or "];
    let read = ["workspace_users", "users\" u", "workspace_invitations", "task_notifications"];
    let ran = ran.into_iter().filter(|plan| read.iter().any(|table| plan.says(table)));
    (ran.filter(|plan| !sweeps.iter().any(|sweep| plan.says(sweep))).collect(), answer)
}

/// What is wrong with the plans of a list that `index` should serve.
pub(super) fn mistakes(plans: &[Plan], index: &str) -> Vec<String> {
    let mut mistakes = Vec::new();
    if !plans.iter().any(|plan| plan.says(index)) {
        mistakes.push(format!("nothing reads {index}"));
    }
    for table in ["workspace_users", "workspaces", "workspace_roles"] {
        let whole = plans
            .iter()
            .filter(|plan| plan.text.lines().any(|line| line.trim_end().contains(&format!("Seq Scan on {table} "))));
        mistakes.extend(whole.map(|plan| format!("{table} is read whole: {}", plan.text)));
    }
    mistakes
}

fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link")?;
    Some(link.strip_prefix('<').and_then(|rest| rest.split_once('>')).expect("a target").0.to_owned())
}

/// All pages from `path` on, with the most statements that one of them took.
pub(super) async fn walk(plans: &Plans, client: &Client, path: String) -> (Vec<Value>, usize, Vec<Plan>) {
    let (mut at, mut pages, mut most, mut all) = (Some(path), Vec::new(), 0, Vec::new());
    while let Some(path) = at {
        let (ran, answer) = lists(plans, client.get(&path)).await;
        let answer = answer.expect(200);
        (most, at) = (most.max(ran.len()), next(&answer));
        all.extend(ran);
        pages.push(answer.json());
    }
    (pages, most, all)
}

/// Until the cut connections are made again.
pub(super) async fn awake(client: &Client, path: &str) {
    eventually(Duration::from_secs(60), "it is connected again", || async { client.get(path).await.status == 200 })
        .await;
}

#[tokio::test]
async fn a_thousand_members_are_listed_by_index_with_as_many_statements_as_ten() {
    let place = Place::start("scalemembers").await;
    let (owner, members) = (place.of(&place.owner), place.path("/members"));
    let plans = Plans::watch(&place.scene.database).await;
    awake(&owner, &members).await;
    let (ran, answer) = lists(&plans, owner.get(&members)).await;
    assert_eq!(users(&answer.expect(200).json()).len(), 1);
    let few = ran.len();
    assert!((1..=10).contains(&few), "{few} statements for one member: {ran:#?}");

    thousand_members(&place).await;
    let (pages, most, ran) = walk(&plans, &owner, format!("{members}?limit=100")).await;
    let listed: Vec<String> = pages.iter().flat_map(users).collect();
    assert_eq!((pages.len(), listed.len()), (11, 1001));
    assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), 1001, "each once");
    assert!(most <= few, "{most} statements for a page of a hundred, {few} for one member");
    assert_eq!(mistakes(&ran, "workspace_users_list_idx"), Vec::<String>::new());

    // One person, searched or named, and a change of one.
    let (ran, one) = lists(&plans, owner.get(&place.path("/members/m500"))).await;
    one.expect(200);
    assert!(ran.len() <= few + 1 && mistakes(&ran, "workspace_users_member_unique").is_empty(), "{ran:#?}");
    let found = owner.get(&format!("{members}?query=number%20777")).await.expect(200).json();
    assert_eq!(users(&found), ["m777"]);
    let (ran, changed) = lists(&plans, owner.patch(&place.path("/members/m500"), json!({"role": "manager"}))).await;
    assert_eq!(changed.expect(200).json()["role"], "manager");
    assert!(ran.len() <= 25, "{} statements for one change: {ran:#?}", ran.len());

    // The control: without the index the same page reads another way, and the check says so.
    place.sql("DROP INDEX annex.workspace_users_list_idx").await;
    let (ran, _) = lists(&plans, owner.get(&format!("{members}?limit=100"))).await;
    assert_ne!(mistakes(&ran, "workspace_users_list_idx"), Vec::<String>::new());
}

#[tokio::test]
async fn a_thousand_workspaces_of_one_person_are_listed_by_index_page_by_page() {
    let place = Place::start("scaleworkspaces").await;
    let person = place.owner.clone();
    let client = place.of(&person);
    let plans = Plans::watch(&place.scene.database).await;
    awake(&client, "/api/workspaces").await;
    let (ran, answer) = lists(&plans, client.get("/api/workspaces")).await;
    assert_eq!(
        answer.expect(200).json()["workspaces"].as_array().unwrap().len(),
        2,
        "home, and the one that they made"
    );
    let few = ran.len();

    thousand_workspaces(&place, &person).await;
    let ids = |page: &Value| -> Vec<String> {
        let seats = page["workspaces"].as_array().expect("workspaces");
        seats.iter().map(|seat| seat["workspaceId"].as_str().expect("an id").to_owned()).collect()
    };
    let (pages, most, ran) = walk(&plans, &client, "/api/workspaces?limit=100".to_owned()).await;
    let listed: Vec<String> = pages.iter().flat_map(ids).collect();
    assert_eq!((pages.len(), listed.len(), &listed[0]), (11, 1002, &person.tenant));
    assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), 1002, "each once");
    assert!(most <= few, "{most} statements for a page of a hundred, {few} for two");
    assert_eq!(mistakes(&ran, "workspace_users_joined_idx"), Vec::<String>::new());

    // Who knows of no pages gets the first 500, and is told that there are more.
    let first = client.get("/api/workspaces").await.expect(200);
    assert_eq!(ids(&first.json()), listed[..500]);
    let rest = client.get(&next(&first).expect("more")).await.expect(200).json();
    assert_eq!(ids(&rest), listed[500..600]);
    let alone = client.get("/api/workspaces?limit=1").await.expect(200);
    assert_eq!(ids(&alone.json()), listed[..1]);
    let after_home = client.get(&next(&alone).expect("more")).await.expect(200).json();
    assert_eq!(ids(&after_home), listed[1..2]);
    for bad in ["limit=0", "limit=101", "cursor=x"] {
        client.get(&format!("/api/workspaces?{bad}")).await.expect(400);
    }

    // The active workspace is the claimed one on whichever page it stands.
    let mut claims = story::claims(&person, "agency_admin", true);
    claims["activeWorkspaceId"] = json!("w0888");
    let there = place.of(&person).bearer(&story::sign(&claims, &place.scene.crm.jwt_secret));
    for path in ["/api/workspaces?limit=3", "/api/workspaces"] {
        assert_eq!(there.get(path).await.expect(200).json()["activeWorkspaceId"], "w0888", "{path}");
    }
    claims["activeWorkspaceId"] = json!("far1");
    let nowhere = place.of(&person).bearer(&story::sign(&claims, &place.scene.crm.jwt_secret));
    let shown = nowhere.get("/api/workspaces?limit=3").await.expect(200).json();
    assert_eq!(shown["activeWorkspaceId"], json!(person.tenant));

    // The control.
    place.sql("DROP INDEX annex.workspace_users_joined_idx").await;
    let (ran, _) = lists(&plans, client.get("/api/workspaces?limit=100")).await;
    assert_ne!(mistakes(&ran, "workspace_users_joined_idx"), Vec::<String>::new());
}
