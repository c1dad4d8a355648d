//! A thousand workspaces with a thousand members each: lists, a search and the numbers of all of them come with as many
//! statements as for two, each by an index.

use annex_tests::plans::{Plan, Plans};
use serde_json::{Value, json};

use super::scale::{awake, lists, mistakes, thousand_workspaces, walk};
use super::{Place, users};

/// A thousand people of another agency, members of each of the thousand workspaces; in one of them three are shut
/// out.
async fn thousand_members_each(place: &Place) {
    place
        .sql(
            "INSERT INTO tenants (id, name) VALUES ('crowd', 'Crowd');
             INSERT INTO users (id, tenant_id, email, password_hash, first_name, last_name, user_type)
             SELECT 'm' || n, 'crowd', 'm' || n || '@crowd.test', 'x', 'Member', 'Number ' || n, 'team_member'
             FROM generate_series(1, 1000) n;
             SET session_replication_role = replica;
             INSERT INTO annex.workspace_users (tenant_id, user_id, role_id, joined_at)
             SELECT r.tenant_id, 'm' || n, r.id, now() + (n % 97) * interval '1 s'
             FROM annex.workspace_roles r CROSS JOIN generate_series(1, 1000) n WHERE r.tenant_id ~ '^w[0-9]{4}$';
             UPDATE annex.workspace_users SET status = 'suspended' WHERE tenant_id = 'w0777' AND user_id IN ('m1', 'm2', 'm3');
             SET session_replication_role = origin",
        )
        .await;
    // By statements of their own: a vacuum stands in no transaction.
    for table in ["annex.workspace_users", "annex.workspaces", "annex.workspace_roles", "users", "tenants"] {
        place.sql(&format!("VACUUM ANALYZE {table}")).await;
    }
}

/// What is wrong with how the million was read. Whoever is in two of three workspaces reads the table of workspaces and that
/// of their roles from one end to the other, and should.
fn wrong(plans: &[Plan], index: &str) -> Vec<String> {
    let small = ["workspaces is read whole", "workspace_roles is read whole"];
    let all = mistakes(plans, index).into_iter();
    all.filter(|mistake| !small.iter().any(|small| mistake.starts_with(small))).collect()
}

#[tokio::test]
async fn a_thousand_workspaces_of_a_thousand_members_are_listed_searched_and_counted_with_as_many_statements_as_two() {
    let place = Place::start("million").await;
    let client = place.of(&place.owner);
    let summary = "/api/workspaces/summary";
    let plans = Plans::watch(&place.scene.database).await;
    awake(&client, summary).await;
    let (ran, two) = lists(&plans, client.get(summary)).await;
    let rows = |answer: &Value| answer["workspaces"].as_array().expect("a list").clone();
    assert_eq!(rows(&two.expect(200).json()).len(), 2);
    let few = ran.len();
    assert!((1..=10).contains(&few), "{few} statements for two workspaces: {ran:#?}");
    let (ran, _) = lists(&plans, client.get("/api/workspaces")).await;
    let few_listed = ran.len();

    thousand_workspaces(&place, &place.owner).await;
    thousand_members_each(&place).await;
    awake(&client, summary).await;

    // All are counted, and each right.
    let (ran, answer) = lists(&plans, client.get(summary)).await;
    let all = rows(&answer.expect(200).json());
    assert_eq!((all.len(), &all[0]["workspaceId"]), (1002, &json!(place.owner.tenant)));
    let of = |id: &str| all.iter().find(|row| row["workspaceId"] == id).unwrap_or_else(|| panic!("no {id}"));
    for (workspace, members) in [("w0001", 1001), ("w0500", 1001), ("w0777", 998), ("w1000", 1001), (&*place.id, 1)] {
        assert_eq!(of(workspace)["members"], json!(members), "{workspace}");
    }
    assert!(ran.len() <= few, "{ran:#?}");
    assert_eq!(wrong(&ran, "workspace_users_active_idx"), Vec::<String>::new());
    assert_eq!(wrong(&ran, "workspace_users_blocked_idx"), Vec::<String>::new());

    // The lists, and a search in one of them.
    let (pages, most, ran) = walk(&plans, &client, "/api/workspaces?limit=100".to_owned()).await;
    assert_eq!(pages.iter().map(|page| rows(page).len()).sum::<usize>(), 1002);
    assert!(most <= few_listed, "{most} statements for a page of a hundred, {few_listed} for two");
    assert_eq!(wrong(&ran, "workspace_users_joined_idx"), Vec::<String>::new());
    let members = "/api/workspaces/w0500/members";
    let (pages, most, ran) = walk(&plans, &client, format!("{members}?limit=100")).await;
    assert_eq!(pages.iter().flat_map(users).count(), 1001);
    assert!(most <= 10, "{most} statements for a page of a hundred members");
    assert_eq!(wrong(&ran, "workspace_users_list_idx"), Vec::<String>::new());
    let (ran, found) = lists(&plans, client.get(&format!("{members}?query=number%20777&limit=10"))).await;
    assert_eq!(users(&found.expect(200).json()), ["m777"]);
    assert!(ran.len() <= 10 && wrong(&ran, "workspace_users").is_empty(), "{ran:#?}");

    // The control: without its index the count reads another way, and the check says so.
    place.sql("DROP INDEX annex.workspace_users_active_idx").await;
    let (ran, _) = lists(&plans, client.get(summary)).await;
    assert_ne!(wrong(&ran, "workspace_users_active_idx"), Vec::<String>::new());
}
