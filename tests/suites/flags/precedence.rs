//! Override > row > deny list > sponsor > `*` > global row > rollout > environment.

use annex_tests::http::eventually;
use annex_tests::scene::{Nodes, place};
use annex_tests::story;

use super::{DEADLINE, ENABLE_EVERYWHERE, ENABLE_ONE, ROLL_BACK, Watcher, is_on, set, take_out};

#[tokio::test]
async fn off_is_the_default_and_nobody_is_asked_anything() {
    let all = Nodes::start("flagdefault", 1, |options| options).await;
    let watcher = Watcher::new(&all, 1).await;
    // What tells that a node heard everything turns a flag on; that one goes again.
    all.sql(ROLL_BACK).await;
    let client = all.client(0, &watcher.person);
    let idle =
        || async { !client.at(&all.nodes[0].admin_url).get("/readyz").await.json()["anythingOn"].as_bool().unwrap() };
    eventually(DEADLINE, "nothing is on", idle).await;
    assert_eq!(watcher.on(&all, 0).await, [false]);
    let workspace = &watcher.workspaces[0];
    for (name, value) in [("x-workspace-id", workspace.as_str()), ("x-workspace-id", "a,b"), ("x_workspace_id", "x")] {
        let answer = client.header(name, value).get("/api/customers?workspaceId=1&workspaceId=2").await;
        assert_eq!(place(&answer), watcher.person.tenant, "{name}: {value}");
    }
    let bad = client.bearer("no.such.token").workspace(workspace).get("/api/customers").await.expect(401);
    assert_eq!(bad.json()["message"], "Invalid or expired token", "the CRM's own word");
    let pinned = client.get(&format!("/_annex/w/{workspace}/api/customers")).await;
    assert_eq!(place(&pinned), "409 WORKSPACE_OFF", "a pin falls through in no mode");
    let pinned = client.bearer("no.such.token").get(&format!("/_annex/w/{workspace}/api/customers")).await;
    assert_eq!(place(&pinned), "401 UNAUTHENTICATED");
    let absent = client.get(&format!("/_annex/w/{}/api/customers", uuid::Uuid::new_v4())).await;
    assert_eq!(place(&absent), "403 WORKSPACE_ACCESS_DENIED");
}

#[tokio::test]
async fn the_environment_acts_until_somebody_decides_and_again_after_they_took_it_back() {
    let all = Nodes::start("flagenvironment", 1, |options| options.enabled()).await;
    let watcher = Watcher::new(&all, 2).await;
    watcher.becomes(&all, &[true, true], "the environment").await;
    all.sql("UPDATE feature_flags SET enabled = false WHERE tenant_id IS NULL").await;
    watcher.becomes(&all, &[false, false], "the global row").await;
    all.sql(&ENABLE_ONE.replace("$1", &watcher.workspaces[0])).await;
    watcher.becomes(&all, &[true, false], "one tenant's row").await;
    all.sql("UPDATE feature_flags SET enabled = NULL WHERE tenant_id IS NULL").await;
    watcher.becomes(&all, &[true, true], "the environment again").await;
    all.sql("DELETE FROM feature_flags").await;
    watcher.stays(&all, &[true, true], "a deleted global row comes back undecided").await;
}

#[tokio::test]
async fn every_source_decides_over_the_ones_below_it() {
    let all = Nodes::start("flagprecedence", 1, |options| options).await;
    let watcher = Watcher::new(&all, 3).await;
    let [first, second, grown] = [0, 1, 2].map(|index| watcher.workspaces[index].clone());
    // The third grew from the first: it has an Admin of its own.
    story::add_member(&all.database, &grown, "somebody", "admin").await;
    all.sql(&format!("UPDATE workspaces SET sponsor_tenant_id = '{first}' WHERE tenant_id = '{grown}'")).await;

    set(&all, &first, "on").await;
    watcher.becomes(&all, &[true, false, true], "an override, and the sponsor's value").await;
    set(&all, "*", "on").await;
    watcher.becomes(&all, &[true, true, true], "the override of everybody").await;
    set(&all, &first, "off").await;
    watcher.becomes(&all, &[false, true, false], "an override against `*`; a sponsor counts before `*`").await;
    all.sql(&ENABLE_ONE.replace("$1", &first)).await;
    watcher.becomes(&all, &[true, true, true], "a later row supersedes the override").await;
    set(&all, &grown, "off").await;
    watcher.becomes(&all, &[true, true, false], "the own override counts before the sponsor").await;
    take_out(&all, &grown).await;
    watcher.becomes(&all, &[true, true, true], "taken out, the sponsor counts again").await;
    all.sql(&format!("UPDATE feature_flags SET enabled = false WHERE tenant_id = '{first}'")).await;
    watcher.becomes(&all, &[false, true, false], "turning a pilot off turns off what grew from it").await;
    all.sql(&ENABLE_ONE.replace("$1", &grown)).await;
    watcher.becomes(&all, &[false, true, true], "a row of its own counts before the sponsor").await;
    take_out(&all, "*").await;
    watcher.becomes(&all, &[false, false, true], "`*` taken out").await;
    all.sql(ENABLE_EVERYWHERE).await;
    watcher.becomes(&all, &[false, true, true], "the global row, below a tenant's row").await;
    set(&all, "*", "off").await;
    watcher.becomes(&all, &[false, false, true], "`*` over the global row, below a tenant's").await;
    assert_eq!(second, watcher.workspaces[1]);
}

#[tokio::test]
async fn the_rollout_narrows_a_true_global_value_and_nothing_else() {
    let all = Nodes::start("flagrollout", 1, |options| options).await;
    let watcher = Watcher::new(&all, 2).await;
    let [first, second] = [0, 1].map(|index| watcher.workspaces[index].clone());
    all.sql(ENABLE_EVERYWHERE).await;
    watcher.becomes(&all, &[true, true], "a hundred percent").await;
    all.sql("UPDATE rollout SET percentage = 0").await;
    watcher.becomes(&all, &[false, false], "nobody").await;
    all.sql(&ENABLE_ONE.replace("$1", &first)).await;
    watcher.becomes(&all, &[true, false], "a tenant's row wins over the percentage").await;
    all.sql(&format!("UPDATE rollout SET percentage = 100, deny = '{{{first},{second}}}'")).await;
    watcher.stays(&all, &[true, false], "denied; a tenant's row wins over the list").await;
    set(&all, &second, "on").await;
    watcher.becomes(&all, &[true, true], "an override wins over the list").await;
    take_out(&all, &second).await;
    all.sql("UPDATE rollout SET percentage = 0, deny = '{}'").await;
    watcher.becomes(&all, &[true, false], "nobody again").await;
    set(&all, "*", "on").await;
    watcher.becomes(&all, &[true, true], "`*` in Redis is above what a rollout narrows").await;
}

#[tokio::test]
async fn shadow_is_off_to_callers() {
    let all = Nodes::start("flagshadow", 1, |options| options).await;
    let watcher = Watcher::new(&all, 1).await;
    let workspace = watcher.workspaces[0].clone();
    all.sql(&ENABLE_ONE.replace("$1", &workspace)).await;
    watcher.becomes(&all, &[true], "on").await;
    let shadow = "UPDATE feature_flags SET enabled = false, mode = 'shadow' WHERE tenant_id = ";
    all.sql(&format!("{shadow}'{workspace}'")).await;
    watcher.becomes(&all, &[false], "shadow").await;
    let client = all.client(0, &watcher.person);
    let home = client.workspace(&workspace).get("/api/customers").await;
    assert_eq!(place(&home), watcher.person.tenant, "ignored, as when off");
    let pinned = client.get(&format!("/_annex/w/{workspace}/api/customers")).await;
    assert_eq!(place(&pinned), "409 WORKSPACE_OFF");
    // A shadowed home restricts nobody and gives nobody the feature.
    let home = all.agency("shadowed").await;
    let row = format!(
        "INSERT INTO feature_flags (key, tenant_id, enabled, mode) VALUES ('multi_workspace_enabled', '{}', false, 'shadow')",
        home.tenant
    );
    all.sql(&row).await;
    all.settle().await;
    let noise = all.client(0, &home).workspace("a,b").get("/api/customers").await;
    assert_eq!(place(&noise), home.tenant);
    assert!(!is_on(&client, &workspace).await);
}

#[tokio::test]
async fn a_member_has_the_feature_while_a_workspace_that_they_joined_is_on() {
    let all = Nodes::start("flagfeature", 1, |options| options).await;
    let watcher = Watcher::new(&all, 2).await;
    let [first, second] = [0, 1].map(|index| watcher.workspaces[index].clone());
    let client = all.client(0, &watcher.person);
    all.sql(&ENABLE_ONE.replace("$1", &first)).await;
    watcher.becomes(&all, &[true, false], "the first is on").await;
    let refused = client.workspace(&second).get("/api/customers").await;
    assert_eq!(place(&refused), "403 MULTI_WORKSPACE_DISABLED", "with the feature it is refused");
    story::remove_member(&all.database, &first, &watcher.person.id).await;
    all.settle().await;
    let ignored = client.workspace(&second).get("/api/customers").await;
    assert_eq!(place(&ignored), watcher.person.tenant, "without the feature it is ignored");
}
