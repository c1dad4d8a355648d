//! The harness keeps its own promises.

mod death;
mod product;
mod wire;

use std::time::Duration;

use annex_tests::crm::{self, Crm};
use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use annex_tests::load::{Load, Shot};
use annex_tests::postgres::{Cluster, connect};
use annex_tests::{redis, signal, story};

#[tokio::test]
async fn a_database_is_fresh_and_gone_with_its_value() {
    let cluster = Cluster::shared();
    let database = cluster.database("fresh").await;
    let client = database.connect().await;
    client.batch_execute("CREATE TABLE here ()").await.expect("the superuser may");
    let other = cluster.database("fresh").await;
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let count: i64 = other.connect().await.query_one(tables, &[]).await.expect("a count").get(0);
    assert_eq!(count, 0, "a table of one database shows in another");

    let name = database.name.clone();
    drop(database);
    // The janitor works in order: once this database exists, the drop is done.
    let _later = cluster.database("later").await;
    let admin = connect(&other.url).await;
    let found = admin.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.expect("a list");
    assert!(found.is_empty(), "database {name} outlived its value");
}

#[tokio::test]
async fn the_crm_has_its_tables_and_its_demo_rows() {
    let cluster = Cluster::shared();
    let bare = cluster.crm_database("bare").await;
    let seeded = cluster.seeded_database("seeded").await;
    let users = "SELECT count(*) FROM users";
    let none: i64 = bare.connect().await.query_one(users, &[]).await.expect("a count").get(0);
    let some: i64 = seeded.connect().await.query_one(users, &[]).await.expect("a count").get(0);
    assert_eq!(none, 0, "the tables alone hold no user");
    assert!(some > 0, "the demo has users");
}

#[tokio::test]
async fn each_role_may_what_production_grants_it_and_no_more() {
    let database = Cluster::shared().crm_database("roles").await;
    let runtime = database.connect_as_runtime().await;
    let owner = database.connect_as_owner().await;
    runtime.query("SELECT id FROM users", &[]).await.expect("the serving role reads users");
    runtime.execute("INSERT INTO tenants (name) VALUES ('new')", &[]).await.expect("the serving role makes tenants");
    owner.batch_execute("CREATE SCHEMA annex").await.expect("the migrating role makes its schema");
    for refused in ["DELETE FROM users", "UPDATE tenants SET id = 'x'", "CREATE SCHEMA other", "DROP TABLE users"] {
        let outcome = runtime.batch_execute(refused).await;
        assert!(outcome.is_err(), "the serving role may: {refused}");
    }
    let outcome = owner.batch_execute("ALTER TABLE users ADD COLUMN more text").await;
    assert!(outcome.is_err(), "the migrating role may change the CRM's tables");
    let wrong = database.runtime_url.replacen("annex_app:", "annex_app:not-", 1);
    let outcome = tokio_postgres::connect(&wrong, tokio_postgres::NoTls).await;
    assert!(outcome.is_err(), "a wrong password is accepted");
}

#[tokio::test]
async fn a_cluster_stops_starts_and_freezes() {
    let cluster = Cluster::own("chaos").await;
    let database = cluster.database("kept").await;
    let client = database.connect().await;
    client.batch_execute("CREATE TABLE kept (); INSERT INTO kept DEFAULT VALUES").await.expect("a table");

    cluster.pause();
    eventually(Duration::from_secs(60), "the server's first process is frozen", || async {
        signal::is_stopped(cluster.leader())
    })
    .await;
    let frozen = tokio::time::timeout(Duration::from_millis(200), client.simple_query("SELECT 1")).await;
    assert!(frozen.is_err(), "a frozen server answered");
    cluster.resume();
    client.simple_query("SELECT 1").await.expect("it answers again on the same connection");

    cluster.stop().await;
    let refused = tokio_postgres::connect(&database.url, tokio_postgres::NoTls).await;
    assert!(refused.is_err(), "a stopped server accepts");
    cluster.start().await;
    let kept: i64 = database.connect().await.query_one("SELECT count(*) FROM kept", &[]).await.expect("a count").get(0);
    assert_eq!(kept, 1, "the rows of before are gone");
}

#[tokio::test]
async fn redis_stops_freezes_and_comes_back_empty_at_the_same_port() {
    let mut server = redis::Server::start().await;
    let mut connection = server.connect().await;
    let set = async |connection: &mut _| ::redis::cmd("SET").arg("k").arg("v").exec_async(connection).await;
    set(&mut connection).await.expect("it stores");
    server.pause();
    let frozen = tokio::time::timeout(Duration::from_millis(200), set(&mut connection)).await;
    assert!(!matches!(frozen, Ok(Ok(()))), "a frozen server answered");
    server.resume();
    server.stop().await;
    let refused = tokio::net::TcpStream::connect(("127.0.0.1", server.port)).await;
    assert!(refused.is_err(), "a stopped server accepts");
    server.restart().await;
    let kept: Option<String> =
        ::redis::cmd("GET").arg("k").query_async(&mut server.connect().await).await.expect("it answers");
    assert_eq!(kept, None, "it kept a value over its restart");
}

#[tokio::test]
async fn the_crm_registers_people_dies_and_comes_back_at_the_same_address() {
    let database = Cluster::shared().crm_database("people").await;
    let mut crm = Crm::start(&database, crm::Options::default()).await;
    let ada = story::register(&crm.url, "ada").await;
    let again = story::log_in(&crm.url, &ada.email, &ada.password).await;
    assert_eq!((again.id, again.tenant), (ada.id.clone(), ada.tenant.clone()));

    let client = Client::new(&crm.url);
    crm.kill().await;
    let gone = client.try_send(reqwest::Method::GET, "/api/auth/me", None).await;
    assert!(gone.is_err(), "a killed CRM answers");
    crm.restart().await;
    let by_hand = story::sign(&story::claims(&ada, "agency_admin", true), &crm.jwt_secret);
    let me = client.bearer(&by_hand).get("/api/auth/me").await.expect(200).json();
    assert_eq!(me["id"], ada.id.as_str(), "a token by hand is not believed: {me}");
    let forged = story::sign(&story::claims(&ada, "agency_admin", true), "another secret, which the CRM does not have");
    client.bearer(&forged).get("/api/auth/me").await.expect(401);
}

#[tokio::test]
async fn load_counts_every_request_by_how_it_ended() {
    let database = Cluster::shared().crm_database("load").await;
    let mut crm = Crm::start(&database, crm::Options::default()).await;
    let ada = story::register(&crm.url, "ada").await;
    let client = Client::new(&crm.url);
    let shots = [Shot::get(&client.bearer(&ada.access), "/api/customers"), Shot::get(&client, "/api/customers")];
    let load = Load::start(4, &shots);
    load.pass(40).await;
    crm.kill().await;
    load.pass(8).await;
    crm.restart().await;
    load.pass(40).await;
    let tally = load.stop().await;
    assert!(tally.status(200) > 0 && tally.status(401) > 0, "{tally:?}");
    assert!(tally.transport > 0, "the death of the CRM was not noticed: {tally:?}");
    assert_eq!(tally.besides(&[200, 401]), tally.transport, "{tally:?}");
    assert!(!tally.failures.is_empty() && tally.failures.len() <= 8, "{tally:?}");
}
