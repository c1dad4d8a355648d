//! The harness keeps its own promises.

use annex_tests::postgres::{Cluster, connect};

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
