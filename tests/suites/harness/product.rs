//! The product under the harness: it starts from the environment alone, is ready, answers and ends.

use std::time::Duration;

use annex_tests::crm::{self, Crm};
use annex_tests::http::json::Client;
use annex_tests::postgres::Cluster;
use annex_tests::sidecar::{Annex, Options, Wait, annex};
use annex_tests::{redis, story};

#[tokio::test]
async fn annex_starts_from_the_environment_alone_and_ends_when_asked() {
    let database = Cluster::shared().crm_database("product").await;
    let crm = Crm::start(&database, crm::Options::default()).await;
    let server = redis::Server::start().await;
    let sidecar = Annex::start_migrated(Options::new(&crm, &database, Some(&server))).await;

    let ada = story::register(&sidecar.url, "ada").await;
    let me = Client::new(&sidecar.url).bearer(&ada.access).get("/api/auth/me").await.expect(200).json();
    assert_eq!(me["tenantId"], ada.tenant.as_str(), "{me}");
    Client::new(&sidecar.admin_url).get("/readyz").await.expect(200);

    let log = sidecar.log();
    assert!(!log.is_empty(), "it logged nothing");
    assert!(!log.contains(&ada.access), "the log holds a token");
    assert_eq!(sidecar.stop().await, 0, "it did not end well");
    let gone = Client::new(&format!("http://127.0.0.1:{}", crm.port)).get("/api/auth/me").await;
    assert_eq!(gone.status, 401, "the CRM did not outlive it");
}

#[tokio::test]
async fn a_start_that_cannot_succeed_ends_with_a_reason() {
    let database = Cluster::shared().crm_database("refused").await;
    let crm = Crm::start(&database, crm::Options::default()).await;
    let options = Options::new(&crm, &database, None).with("ANNEX_UPSTREAM", "not an address").wait(Wait::Nothing);
    let sidecar = Annex::start(options).await;
    let status = sidecar.program().ended(Duration::from_secs(30)).await;
    assert_ne!(status, 0, "it calls that a success");
    assert!(sidecar.log().contains("ANNEX_UPSTREAM"), "the reason does not name the variable: {}", sidecar.log());
}

#[tokio::test]
async fn a_command_tells_its_status_and_what_it_printed() {
    let version = annex(&["--version"], &[]).await;
    assert_eq!((version.status, version.stdout.starts_with("annex ")), (0, true), "{version:?}");
    let nonsense = annex(&["no-such-command"], &[]).await;
    assert!(nonsense.status != 0 && !nonsense.stderr.is_empty(), "{nonsense:?}");
}
