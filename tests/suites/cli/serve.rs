//! How `annex serve` says that it cannot.

use std::net::TcpListener;

use annex_tests::ports::free_port;
use annex_tests::postgres::Cluster;

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
