//! `annex members`: an operator adds, lists and removes, under the rules that people have.

use annex_tests::postgres::{Cluster, Database};
use serde_json::Value;

use super::{Environment, fails, says, succeeds, whole, world};

struct Place {
    database: Database,
    environment: Environment,
    /// The tenant of the seed's Aurora Studio.
    aurora: String,
    /// The owner of the seed's Borealis Media.
    bo: String,
}

async fn place(label: &str) -> Place {
    let database = Cluster::shared().seeded_database(label).await;
    let environment = whole(&database);
    succeeds(&["migrate", "up"], &environment).await;
    let client = database.connect().await;
    let of = async |column: &str, email: &str| -> String {
        let row = client.query_one(&format!("SELECT {column} FROM users WHERE email = $1"), &[&email]).await;
        row.expect("the seed's person").get(0)
    };
    let (aurora, bo) = (of("tenant_id", "ada@aurora.test").await, of("id", "bo@borealis.test").await);
    Place { database, environment, aurora, bo }
}

impl Place {
    async fn role_of(&self, user: &str) -> Option<(String, String)> {
        let list = succeeds(&["members", "list", "--workspace", &self.aurora, "--json"], &self.environment).await;
        let list: Value = serde_json::from_str(&list).expect("JSON");
        let member =
            list["members"].as_array().expect("a list").iter().find(|member| member["userId"] == user)?.clone();
        let text = |key: &str| member[key].as_str().unwrap_or_default().to_owned();
        Some((text("role"), text("status")))
    }
}

#[tokio::test]
async fn a_person_joins_changes_roles_and_leaves() {
    let place = place("climembers").await;
    let (aurora, environment) = (place.aurora.as_str(), &place.environment);
    assert_eq!(place.role_of(&place.bo).await, None);
    let add = ["members", "add", "--workspace", aurora, "--email", "bo@borealis.test", "--role", "viewer"];
    says(&succeeds(&add, environment).await, &["bo@borealis.test", "joined as viewer"]);
    assert_eq!(place.role_of(&place.bo).await, Some(("viewer".to_owned(), "active".to_owned())));
    let change = ["members", "add", "--workspace", aurora, "--user", &place.bo, "--role", "finance"];
    says(&succeeds(&change, environment).await, &["is finance now", "was viewer"]);
    let shown = succeeds(&["members", "list", "--workspace", aurora], environment).await;
    says(&shown, &["ada@aurora.test", "admin (by the CRM)", "bo@borealis.test", "finance"]);
    says(
        &succeeds(&["members", "remove", "--workspace", aurora, "--user", &place.bo], environment).await,
        &["Removed"],
    );
    assert_eq!(place.role_of(&place.bo).await.map(|(_, status)| status).as_deref(), Some("removed"));
}

#[tokio::test]
async fn what_the_rules_forbid_changes_nothing() {
    let place = place("cliforbid").await;
    let (aurora, bo, environment) = (place.aurora.as_str(), place.bo.as_str(), &place.environment);
    let before = world(&place.database).await;
    let table: [(&str, &[&str]); 5] = [
        (
            "the CRM has no tenant `nowhere`",
            &["members", "add", "--workspace", "nowhere", "--user", bo, "--role", "viewer"],
        ),
        (
            "the CRM has no user `nobody@x.test`",
            &["members", "add", "--workspace", aurora, "--email", "nobody@x.test", "--role", "viewer"],
        ),
        ("has no role `emperor`", &["members", "add", "--workspace", aurora, "--user", bo, "--role", "emperor"]),
        ("is not a member", &["members", "remove", "--workspace", aurora, "--user", bo]),
        ("the CRM has no tenant `nowhere`", &["members", "list", "--workspace", "nowhere"]),
    ];
    for (wanted, command) in table {
        says(&fails(1, command, environment).await, &[wanted]);
    }
    assert_eq!(world(&place.database).await, before);
}

#[tokio::test]
async fn a_backfill_gives_every_tenant_its_row_and_no_native_one() {
    let place = place("clibackfill").await;
    let environment = &place.environment;
    let client = place.database.connect().await;
    let count = async |sql: &str| -> i64 { client.query_one(sql, &[]).await.expect("a count").get(0) };
    let tenants = count("SELECT count(*) FROM tenants").await;
    let before = world(&place.database).await;
    let plan = succeeds(&["members", "backfill", "--dry-run"], environment).await;
    says(
        &plan,
        &[&format!("{tenants} tenants, {tenants} without a workspace row: they would get one"), "Nothing was changed"],
    );
    assert_eq!(world(&place.database).await, before);

    client
        .batch_execute("UPDATE users SET is_active = false WHERE email = 'bo@borealis.test'")
        .await
        .expect("dismissed");
    let done = succeeds(&["members", "backfill"], environment).await;
    says(&done, &[&format!("{tenants} without a workspace row: they got one"), "Admins by the CRM"]);
    assert_eq!(count("SELECT count(*) FROM annex.workspaces").await, tenants);
    assert_eq!(count("SELECT count(*) FROM annex.workspace_roles").await, tenants * 5);
    assert_eq!(count("SELECT count(*) FROM annex.workspace_users").await, 0, "a row would narrow a native");
    let natives = count(
        "SELECT count(*) FROM users WHERE is_active AND is_admin AND user_type NOT IN ('customer', 'saas_admin')",
    )
    .await;
    says(&done, &[&format!("{natives} natives are Admins by the CRM")]);

    let after = world(&place.database).await;
    says(&succeeds(&["members", "backfill"], environment).await, &["0 without a workspace row"]);
    assert_eq!(world(&place.database).await, after, "again does nothing");
}
