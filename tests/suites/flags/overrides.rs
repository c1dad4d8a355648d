//! Overrides in Redis: they outlive a lost Redis, and the known rollback reaches them.

use annex_tests::scene::Nodes;
use annex_tests::sidecar::Annex;

use super::{ENABLE_ONE, ROLL_BACK, Watcher, flush, set, take_out};

#[tokio::test]
async fn the_known_rollback_turns_everything_off_with_no_other_step() {
    let all = Nodes::start("flagrollback", 2, |options| options.enabled()).await;
    let watcher = Watcher::new(&all, 3).await;
    let [first, second, _] = [0, 1, 2].map(|index| watcher.workspaces[index].clone());
    // One by a row, one by an override alone, one by the override of everybody; and the environment says on.
    all.sql(&ENABLE_ONE.replace("$1", &first)).await;
    set(&all, &second, "on").await;
    set(&all, "*", "on").await;
    watcher.stays(&all, &[true, true, true], "all on").await;
    all.sql(ROLL_BACK).await;
    let took = watcher.becomes(&all, &[false, false, false], "rolled back").await;
    println!("the rollback was in force on two nodes after {took:?}");
    // The fields may still stand in Redis: a node that starts now must not bring them back.
    let late = Annex::start(all.options()).await;
    let mut all = all;
    all.nodes.push(late);
    all.settle().await;
    for index in 0..all.nodes.len() {
        assert_eq!(watcher.on(&all, index).await, [false, false, false], "node {index}");
    }
}

#[tokio::test]
async fn an_override_survives_a_flushed_and_a_lost_redis_and_ends_by_hdel() {
    let mut all = Nodes::start("flagflush", 1, |options| options).await;
    let watcher = Watcher::new(&all, 2).await;
    let [first, second] = [0, 1].map(|index| watcher.workspaces[index].clone());
    set(&all, &first, "on").await;
    set(&all, &second, "on").await;
    watcher.becomes(&all, &[true, true], "both on").await;

    flush(&all).await;
    watcher.stays(&all, &[true, true], "a flushed Redis ends nothing").await;
    let late = Annex::start(all.options()).await;
    all.nodes.push(late);
    watcher.stays(&all, &[true, true], "nor for a node that came up later").await;

    all.redis.restart().await;
    watcher.stays(&all, &[true, true], "a Redis that came back empty ends nothing").await;

    set(&all, &first, "on").await;
    watcher.stays(&all, &[true, true], "written again").await;
    take_out(&all, &first).await;
    watcher.becomes(&all, &[false, true], "taken out on a live connection").await;
    set(&all, &second, "off").await;
    watcher.becomes(&all, &[false, false], "turned off").await;
    let odd = ["maybe", "ON", "1", ""];
    for value in odd {
        set(&all, &first, value).await;
    }
    watcher.stays(&all, &[false, false], "what is neither `on` nor `off` says nothing").await;
}

#[tokio::test]
async fn redis_is_a_brake_only_where_the_operator_says_so() {
    let all = Nodes::start("flagbrake", 1, |options| options.with("ANNEX_FLAGS_REDIS_ON", "false")).await;
    let watcher = Watcher::new(&all, 2).await;
    let [first, second] = [0, 1].map(|index| watcher.workspaces[index].clone());
    all.sql(&ENABLE_ONE.replace("$1", &first)).await;
    set(&all, &second, "on").await;
    watcher.becomes(&all, &[true, false], "an `on` says nothing").await;
    set(&all, &first, "off").await;
    watcher.becomes(&all, &[false, false], "an `off` does").await;
}
