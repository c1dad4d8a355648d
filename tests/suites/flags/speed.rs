//! A flip is in force on every node without a restart, and how long that takes.

use std::time::Duration;

use annex_tests::scene::Nodes;
use tokio::time::Instant;

use super::{ENABLE_ONE, Watcher, set};

/// Far above the published 100 ms (p99 of a healthy machine): the suites run on busy ones.
const BOUND: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_flip_reaches_two_nodes_without_a_restart() {
    let all = Nodes::start("flagspeed", 2, |options| options).await;
    let watcher = Watcher::new(&all, 1).await;
    let workspace = watcher.workspaces[0].clone();
    all.sql(&ENABLE_ONE.replace("$1", &workspace)).await;
    watcher.becomes(&all, &[true], "on").await;
    let pids: Vec<u32> = all.nodes.iter().map(|node| node.program().pid()).collect();
    let operator = all.database.connect_as_owner().await;
    let mut by_sql = Vec::new();
    let mut by_redis = Vec::new();
    for round in 0..20 {
        let value = round % 2 == 1;
        let update = "UPDATE annex.feature_flags SET enabled = $1 WHERE tenant_id = $2";
        operator.execute(update, &[&value, &workspace]).await.expect("the flag");
        by_sql.push(watcher.becomes(&all, &[value], "by SQL").await);
    }
    for round in 0..20 {
        let value = round % 2 == 1;
        let began = Instant::now();
        set(&all, &workspace, if value { "on" } else { "off" }).await;
        watcher.becomes(&all, &[value], "by Redis").await;
        by_redis.push(began.elapsed());
    }
    for (name, times) in [("SQL", &mut by_sql), ("Redis", &mut by_redis)] {
        times.sort_unstable();
        let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
        println!(
            "a flip by {name} was in force on two nodes after {median:?} (median), {slowest:?} (slowest of {})",
            times.len()
        );
        assert!(slowest < BOUND, "a flip by {name} took {slowest:?}");
    }
    assert_eq!(pids, all.nodes.iter().map(|node| node.program().pid()).collect::<Vec<_>>(), "no node was restarted");
}
