//! An operator's SQL and an operator's Redis take effect while everything runs.

use anyhow::Context;

use super::{Story, client::Client, soon::soon};

const KEY: &str = "annex:flags:multi_workspace_enabled";

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let tenant = story.owner()?.tenant;
    let there = story.as_owner()?.in_workspace(&story.workspace()?);
    let sql = story.stage.postgres.connect("annex_owner").await?;
    let set = "UPDATE annex.feature_flags SET enabled = $1 WHERE key = 'multi_workspace_enabled' AND tenant_id = $2";
    for (enabled, what) in [(false, "off by SQL"), (true, "on by SQL")] {
        let changed = sql.execute(set, &[&enabled, &tenant]).await?;
        anyhow::ensure!(changed == 1, "the tenant has no row in feature_flags");
        in_force(story, &there, what, enabled).await?;
    }
    let Some(mut redis) = story.stage.redis().await? else {
        story.told.skipped("off and on by Redis", "this machine has no redis-server");
        return Ok(());
    };
    let off = redis::cmd("HSET").arg(KEY).arg(&tenant).arg("off").query_async::<i64>(&mut redis).await;
    off.context("cannot write to Redis")?;
    in_force(story, &there, "off by HSET in Redis", false).await?;
    let gone = redis::cmd("HDEL").arg(KEY).arg(&tenant).query_async::<i64>(&mut redis).await;
    gone.context("cannot write to Redis")?;
    in_force(story, &there, "on again by HDEL in Redis", true).await
}

/// Waits until the workspace API opens or closes, and tells after how long.
async fn in_force(story: &mut Story<'_>, there: &Client, what: &str, enabled: bool) -> anyhow::Result<()> {
    let wanted = if enabled { 200 } else { 403 };
    let (_, took, seen) = soon(async || there.get("/api/workspaces").await, |answer| answer.is(wanted)).await?;
    story.told.step(&format!("{what}: in force after {took} ms"), seen);
    Ok(())
}
