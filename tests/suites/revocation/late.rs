//! A read in flight, a revoke, the late fill: access is not restored.

use annex_tests::postgres::Cluster;
use annex_tests::scene::{Nodes, place};
use annex_tests::sidecar::Annex;

use super::relay::Relay;
use super::{DENIED, Member, REMOVE};

#[tokio::test]
async fn an_answer_that_was_read_before_the_revoke_and_comes_after_it_restores_nothing() {
    let relay = Relay::start(Cluster::shared().port()).await;
    let all = Nodes::start("late", 1, |options| {
        let direct = options.get("ANNEX_DATABASE_URL").expect("it is set").to_owned();
        let through = direct.replace(&format!(":{}/", Cluster::shared().port()), &format!(":{}/", relay.port));
        assert_ne!(direct, through);
        options.with("ANNEX_DATABASE_URL", through).with("ANNEX_DATABASE_STATEMENT_TIMEOUT_MS", "30000")
    })
    .await;
    let mut all = all;
    let member = Member::new(&all).await;
    let needles = [member.workspace.clone(), member.person.id.clone()];

    // The control: held back and let go without a revoke, the answer counts.
    let held = relay.hold(&needles);
    let client = member.at(&all, 0);
    let asked = tokio::spawn(async move { place(&client.get("/api/customers").await) });
    held.caught().await;
    held.release();
    assert_eq!(asked.await.expect("an answer"), member.workspace);

    // A change of the role makes every node ask again.
    annex_tests::story::add_member(&all.database, &member.workspace, &member.person.id, "finance").await;
    all.settle().await;
    let held = relay.hold(&needles);
    let (one, two) = (member.at(&all, 0), member.at(&all, 0));
    let asked = tokio::spawn(async move { tokio::join!(one.get("/api/customers"), two.get("/api/customers")) });
    held.caught().await;
    member.sql(&all, REMOVE).await;
    all.settle().await;
    held.release();
    let (first, second) = asked.await.expect("answers");
    assert_eq!((place(&first).as_str(), place(&second).as_str()), (DENIED, DENIED), "the late answer was believed");
    for round in 0..5 {
        assert_eq!(member.places(&all).await, [DENIED], "round {round}: the late fill restored it");
    }
    let other = Annex::start(all.options()).await;
    all.nodes.push(other);
    assert_eq!(member.places(&all).await, [DENIED, DENIED], "another node believed what was left in Redis");
}
