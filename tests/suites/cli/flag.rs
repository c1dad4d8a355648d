//! `annex flag`: each command writes its own scope, with an audit event.

use annex_tests::postgres::{Cluster, Database};
use annex_tests::redis;
use serde_json::Value;

use super::{Environment, databases, fails, says, succeeds, with};

const TENANT: &str = "tenant-one";

async fn migrated(label: &str) -> (Database, Environment) {
    let database = Cluster::shared().crm_database(label).await;
    let environment = databases(&database);
    succeeds(&["migrate", "up"], &environment).await;
    (database, environment)
}

/// The value of a scope, as `flag list --json` tells it; nothing for one without a row.
async fn value(environment: &Environment, scope: &str) -> Option<String> {
    let listed: Value = serde_json::from_str(&succeeds(&["flag", "list", "--json"], environment).await).expect("JSON");
    let flags = listed["flags"].as_array().expect("a list").clone();
    let found = flags.iter().find(|flag| flag["scope"] == scope)?;
    Some(found["value"].as_str().expect("a text").to_owned())
}

#[tokio::test]
async fn a_value_is_set_shown_and_taken_back_for_one_scope_alone() {
    let (database, environment) = migrated("cliflag").await;
    let is = async |scope: &str| value(&environment, scope).await;
    assert_eq!((is("everybody").await.as_deref(), is(TENANT).await), (Some("not set"), None));

    let set = ["flag", "set", "on", "--tenant", TENANT, "--description", "the pilot"];
    says(&succeeds(&set, &environment).await, &["tenant-one: on."]);
    assert_eq!((is("everybody").await.as_deref(), is(TENANT).await.as_deref()), (Some("not set"), Some("on")));
    says(
        &succeeds(&["flag", "list"], &environment).await,
        &["SCOPE", "AGE", "tenant-one", "the pilot", "MULTI_WORKSPACE_ENABLED"],
    );

    succeeds(&["flag", "set", "shadow"], &environment).await;
    assert_eq!((is("everybody").await.as_deref(), is(TENANT).await.as_deref()), (Some("shadow"), Some("on")));
    succeeds(&["flag", "set", "off", "--tenant", TENANT], &environment).await;
    succeeds(&["flag", "set", "on"], &environment).await;
    assert_eq!((is("everybody").await.as_deref(), is(TENANT).await.as_deref()), (Some("on"), Some("off")));

    says(&succeeds(&["flag", "clear", "--tenant", TENANT], &environment).await, &["no longer set"]);
    succeeds(&["flag", "clear"], &environment).await;
    assert_eq!((is("everybody").await.as_deref(), is(TENANT).await), (Some("not set"), None));
    says(&succeeds(&["flag", "clear", "--tenant", TENANT], &environment).await, &["nothing was set"]);

    let events = "SELECT count(*) FROM annex.audit_events WHERE action = 'flag.changed' AND actor_kind = 'operator'";
    let events: i64 = database.connect().await.query_one(events, &[]).await.expect("a count").get(0);
    assert_eq!(events, 6, "one audit event for each change");
    let whole =
        database.connect().await.query("SELECT * FROM annex.verify_audit_chain()", &[]).await.expect("the chain");
    assert!(whole.is_empty(), "the chain of audit events is broken");
}

#[tokio::test]
async fn clearing_takes_an_override_out_of_redis() {
    let (_database, environment) = migrated("cliredis").await;
    let server = redis::Server::start().await;
    let environment = with(environment, "ANNEX_REDIS_URL", &server.url);
    let key = "annex:flags:multi_workspace_enabled";
    let mut connection = server.connect().await;
    let () = redis_cmd("HSET", &[key, TENANT, "off"]).query_async(&mut connection).await.expect("Redis works");
    succeeds(&["flag", "clear", "--tenant", TENANT], &environment).await;
    let left: i64 = redis_cmd("HLEN", &[key]).query_async(&mut connection).await.expect("Redis works");
    assert_eq!(left, 0, "the field is still there");
}

fn redis_cmd(name: &str, arguments: &[&str]) -> ::redis::Cmd {
    let mut command = ::redis::cmd(name);
    command.arg(arguments);
    command
}

#[tokio::test]
async fn without_the_schema_nothing_is_set_and_the_remedy_is_told() {
    let database = Cluster::shared().crm_database("cliflagless").await;
    let said = fails(1, &["flag", "set", "on"], &databases(&database)).await;
    says(&said, &["cannot change the flag", "annex migrate status"]);
}
