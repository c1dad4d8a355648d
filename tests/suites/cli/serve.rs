//! How `annex serve` says that it cannot.

use std::net::TcpListener;
use std::time::Duration;

use annex_tests::crm::{self, Crm};
use annex_tests::http::json::Client;
use annex_tests::ports::free_port;
use annex_tests::postgres::Cluster;
use annex_tests::sidecar::{Annex, Options, Wait, migrate};
use reqwest::Method;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{fails, says, whole, with};

#[tokio::test]
async fn a_port_that_is_taken_is_told_and_ends_with_one() {
    let database = Cluster::shared().database("servetaken").await;
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let environment = with(whole(&database), "ANNEX_LISTEN", &address);
    let environment = with(environment, "ANNEX_ADMIN_LISTEN", &format!("127.0.0.1:{}", free_port()));
    says(&fails(1, &["serve"], &environment).await, &[&address, "is another process on that port?"]);
}

#[tokio::test]
async fn mistakes_of_the_configuration_end_with_two_before_anything_listens() {
    let said = fails(2, &["serve"], &Vec::new()).await;
    says(&said, &["mistakes in the configuration", "ANNEX_UPSTREAM", "ANNEX_SECRET"]);
}

/// The two listeners open one after the other: whoever sends traffic at the first 200 is served.
#[tokio::test]
async fn whoever_is_told_that_it_is_ready_is_let_in() {
    let database = Cluster::shared().crm_database("serveready").await;
    let crm = Crm::start(&database, crm::Options::default()).await;
    migrate(&Options::new(&crm, &database, None)).await;
    for start in 0..5 {
        let annex = Annex::start(Options::new(&crm, &database, None).wait(Wait::Nothing)).await;
        let (admin, began) = (Client::new(&annex.admin_url), Instant::now());
        // Without a pause: the moment between the two is short.
        while !admin.try_send(Method::GET, "/readyz", None).await.is_ok_and(|answer| answer.status == 200) {
            assert!(began.elapsed() < Duration::from_secs(60), "never ready: {}", annex.log());
        }
        let let_in = TcpStream::connect(("127.0.0.1", annex.port)).await;
        assert!(let_in.is_ok(), "start {start}: {let_in:?}");
        annex.stop().await;
    }
}
