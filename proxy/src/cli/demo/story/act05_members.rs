//! A person of another agency joins, reads as a viewer, writes as a member; a stranger gets nowhere.

use serde_json::json;

use super::{Story, act01_register::register, soon::soon};

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let id = story.workspace()?;
    let (_, guest) = register(&story.annex, "gina", "Glade Studio").await?;
    let (_, stranger) = register(&story.annex, "stan", "Stray Works").await?;
    let there = story.annex.bearer(&guest.access).in_workspace(&id);
    let customer = json!({"name": "Of the guest", "email": "guest@glade.test"});

    let before = there.get("/api/customers").await?;
    story.told.step(
        "before joining, the workspace is closed (403 WORKSPACE_ACCESS_DENIED)",
        before.refuses(403, "WORKSPACE_ACCESS_DENIED"),
    );

    story
        .stage
        .annex_succeeds(&["members", "add", "--workspace", &id, "--email", &guest.email, "--role", "viewer"])
        .await?;
    let (inside, _) = story.in_workspace.clone().unwrap_or_default();
    let reads = async || there.get("/api/customers").await;
    let (_, took, seen) =
        soon(reads, |answer| answer.is(200).and(listed(answer.lists(&inside), &answer.brief()))).await?;
    story.told.step(&format!("`annex members add --role viewer`: reads after {took} ms"), seen);
    let refused = there.post("/api/customers", customer.clone()).await?;
    story.told.step(
        "a viewer writes nothing (403 WORKSPACE_PERMISSION_DENIED)",
        refused.refuses(403, "WORKSPACE_PERMISSION_DENIED"),
    );

    story
        .stage
        .annex_succeeds(&["members", "add", "--workspace", &id, "--user", &guest.id, "--role", "member"])
        .await?;
    let writes = async || there.post("/api/customers", customer.clone()).await;
    let (written, took, seen) = soon(writes, |answer| answer.is(201)).await?;
    story.told.step(&format!("`annex members add --role member`: writes after {took} ms (201)"), seen);
    let at_home = story.annex.bearer(&guest.access).get("/api/customers").await?;
    story.told.step(
        "what they wrote there is not in their home",
        if at_home.text == "[]" { Ok(()) } else { Err(at_home.brief()) },
    );
    let owners = story.as_owner()?.in_workspace(&id).get("/api/customers").await?;
    let seen = listed(owners.lists(&written.text_at("/id")?), &owners.brief());
    story.told.step("and the owner sees it in the workspace", seen);

    let outside = story.annex.bearer(&stranger.access).in_workspace(&id).get("/api/customers").await?;
    story.told.step("a stranger gets 403 WORKSPACE_ACCESS_DENIED", outside.refuses(403, "WORKSPACE_ACCESS_DENIED"));
    let nobody = story.annex.in_workspace(&id).get("/api/customers").await?;
    story.told.step("without a token: 401", nobody.is(401));

    let members = story.stage.annex_succeeds(&["members", "list", "--workspace", &id]).await?;
    story.told.step("`annex members list` shows the guest", listed(members.contains(&guest.id), &members));
    story.stage.annex_succeeds(&["members", "remove", "--workspace", &id, "--user", &guest.id]).await?;
    let reads = async || there.get("/api/customers").await;
    let (_, took, seen) = soon(reads, |answer| answer.refuses(403, "WORKSPACE_ACCESS_DENIED")).await?;
    story.told.step(&format!("`annex members remove`: closed again after {took} ms"), seen);
    Ok(())
}

fn listed(is: bool, seen: &str) -> Result<(), String> {
    if is { Ok(()) } else { Err(seen.to_owned()) }
}
