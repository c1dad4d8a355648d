//! Who asks for workspaces that do not exist costs questions, never memory without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use annex_tests::scene::Nodes;
use annex_tests::story::{self, FlagScope};
use tokio::task::JoinSet;

use super::DENIED;

const WIDTH: usize = 16;

/// Kilobytes that the process keeps in memory.
fn resident_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}

async fn hammer(all: &Nodes, person: &story::Person, count: usize) {
    let left = Arc::new(AtomicUsize::new(count));
    let mut tasks = JoinSet::new();
    for _ in 0..WIDTH {
        let (client, left) = (all.client(0, person), Arc::clone(&left));
        tasks.spawn(async move {
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                let answer = client.workspace(&uuid::Uuid::new_v4().to_string()).get("/api/customers").await;
                assert_eq!(annex_tests::scene::place(&answer), DENIED);
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("every request was answered as it must be");
    }
}

/// `entries` in memory at most; after a warm-up that fills it, `count` more ids may not cost `bound_kb`.
async fn random_ids_stay_below(entries: usize, count: usize, bound_kb: u64) {
    let all = Nodes::start("memory", 1, |options| {
        options.with("ANNEX_LIMITS_MEMBERSHIP_CACHE_ENTRIES", entries.to_string()).with("ANNEX_LOG_LEVEL", "warn")
    })
    .await;
    let person = all.agency("curious").await;
    story::set_flag(&all.database, FlagScope::Tenant(&person.tenant), true).await;
    all.settle().await;
    let pid = all.nodes[0].program().pid();
    // Pools, buffers and the allocator's own caches grow with the first thousands of requests, whatever is asked.
    hammer(&all, &person, entries.clamp(10_000, 20_000)).await;
    let before = resident_kb(pid);
    hammer(&all, &person, count).await;
    let after = resident_kb(pid);
    println!("{count} unknown workspaces: {before} kB before, {after} kB after");
    assert!(after < before + bound_kb, "it grew by {} kB", after - before);
}

#[tokio::test]
async fn random_workspace_ids_do_not_grow_memory_past_the_cap() {
    // With a cap of a million the same requests cost more than twice the bound.
    random_ids_stay_below(500, 12_000, 3 * 1024).await;
}

#[tokio::test]
#[ignore = "takes minutes: the same with two hundred thousand ids and the shipped cap"]
async fn two_hundred_thousand_random_workspace_ids_do_not_grow_memory_past_the_cap() {
    random_ids_stay_below(20_000, 200_000, 32 * 1024).await;
}
