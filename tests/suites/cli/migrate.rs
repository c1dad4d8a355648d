//! `annex migrate` through the binary: in, looked at, out, and refused without a change.

use annex_tests::postgres::Cluster;

use super::{databases, fails, says, succeeds, with, world};

#[tokio::test]
async fn the_schema_goes_in_and_out_and_leaves_no_trace() {
    let database = Cluster::shared().crm_database("climigrate").await;
    let environment = databases(&database);
    let before = world(&database).await;
    let fingerprint = succeeds(&["migrate", "fingerprint"], &environment).await;
    says(&succeeds(&["migrate", "status"], &environment).await, &["does not exist", "0001_workspaces", "pending"]);
    says(
        &succeeds(&["migrate", "up", "--dry-run"], &environment).await,
        &["would apply 0001_workspaces", "Nothing was changed."],
    );
    assert_eq!(world(&database).await, before, "a dry run changed something");

    says(
        &succeeds(&["migrate", "up", "--to", "2"], &environment).await,
        &["applied 0002_audit", "granted to annex_app"],
    );
    says(&succeeds(&["migrate", "status"], &environment).await, &["stands at 2 of", "0003_flags"]);
    says(&succeeds(&["migrate", "up"], &environment).await, &["applied 0003_flags"]);
    says(&succeeds(&["migrate", "up"], &environment).await, &["Nothing to do"]);
    says(&succeeds(&["migrate", "verify"], &environment).await, &["keeps its promises"]);
    says(&succeeds(&["migrate", "status"], &environment).await, &["is current", "by annex_owner"]);
    assert_eq!(
        succeeds(&["migrate", "fingerprint"], &environment).await,
        fingerprint,
        "something outside schema annex changed"
    );

    says(&succeeds(&["migrate", "down", "--to", "3", "--yes"], &environment).await, &["Loses:", "undid 0004"]);
    says(
        &succeeds(&["migrate", "down", "--yes"], &environment).await,
        &["the whole audit trail", "undid 0001_workspaces", "Schema annex is gone."],
    );
    assert_eq!(world(&database).await, before, "down to zero leaves a trace");
    says(&succeeds(&["migrate", "down", "--yes"], &environment).await, &["Nothing to do"]);
}

#[tokio::test]
async fn without_a_terminal_and_without_yes_nothing_is_lost() {
    let database = Cluster::shared().crm_database("clidown").await;
    let environment = databases(&database);
    succeeds(&["migrate", "up"], &environment).await;
    let before = world(&database).await;
    says(
        &fails(2, &["migrate", "down"], &environment).await,
        &["Loses:", "there is no terminal to ask at", "--yes", "Nothing was changed"],
    );
    says(&succeeds(&["migrate", "down", "--dry-run"], &environment).await, &["Loses:"]);
    assert_eq!(world(&database).await, before);
}

#[tokio::test]
async fn an_edited_migration_is_refused_and_nothing_is_changed() {
    let database = Cluster::shared().crm_database("cliedited").await;
    let environment = databases(&database);
    succeeds(&["migrate", "up", "--to", "3"], &environment).await;
    let edit = "UPDATE annex.schema_migrations SET up_sha256 = repeat('0', 64) WHERE number = 2";
    database.connect_as_owner().await.execute(edit, &[]).await.expect("the owner may");
    let before = world(&database).await;
    for command in [&["migrate", "up"][..], &["migrate", "down", "--yes"]] {
        says(
            &fails(1, command, &environment).await,
            &["0002_audit was edited after it was applied", "nothing was changed"],
        );
    }
    says(&fails(1, &["migrate", "status"], &environment).await, &["edited: up.sql differs from what ran"]);
    says(
        &fails(1, &["migrate", "verify"], &environment).await,
        &["0002_audit: up.sql was edited after it was applied."],
    );
    assert_eq!(world(&database).await, before);
}

#[tokio::test]
async fn a_broken_promise_is_one_sentence_and_ends_with_one() {
    let database = Cluster::shared().crm_database("clibroken").await;
    let environment = databases(&database);
    succeeds(&["migrate", "up"], &environment).await;
    database
        .connect_as_owner()
        .await
        .batch_execute("DROP INDEX annex.workspace_users_user_idx")
        .await
        .expect("the owner may");
    let said = fails(1, &["migrate", "verify"], &environment).await;
    says(&said, &["0001_workspaces: ", "workspace_users_user_idx"]);
}

#[tokio::test]
async fn what_cannot_be_reached_or_read_is_told_without_a_password() {
    let database = Cluster::shared().database("cliwrong").await;
    let environment = databases(&database);
    let password = database.owner_url.split(['@', ':']).nth(2).expect("a password").to_owned();
    let table = [
        ("postgres://annex_owner:hidden-word@127.0.0.1:1/crm", 1, "refused"),
        ("postgres://annex_owner:hidden-word@127.0.0.1:notaport/crm", 2, "not understood"),
        (&database.owner_url.replace(&password, "hidden-word"), 1, "password authentication failed"),
    ];
    for (url, status, wanted) in table {
        let environment = with(environment.clone(), "ANNEX_MIGRATE_DATABASE_URL", url);
        let said = fails(status, &["migrate", "verify"], &environment).await;
        says(&said, &[wanted]);
        assert!(!said.contains("hidden-word"), "a password is printed:\n{said}");
    }
    says(&fails(2, &["migrate", "status"], &Vec::new()).await, &["ANNEX_DATABASE_URL"]);
}

#[tokio::test]
async fn a_url_in_a_file_or_in_the_configuration_serves_as_well() {
    let database = Cluster::shared().crm_database("clifile").await;
    let folder = annex_tests::folder::Folder::new("cli");
    let secret = folder.write("url", format!("{}\n", database.owner_url));
    let by_file = vec![("ANNEX_DATABASE_URL_FILE".to_owned(), secret.display().to_string())];
    says(&succeeds(&["migrate", "status"], &by_file).await, &["does not exist"]);
    let config = folder.write("annex.toml", format!("database_url = \"{}\"\n", database.owner_url));
    let config = config.to_str().expect("a path in UTF-8");
    says(&succeeds(&["migrate", "status", "--config", config], &Vec::new()).await, &["does not exist"]);
}
