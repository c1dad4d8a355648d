//! A person of another agency joins, reads as a viewer, writes as a member; a stranger gets nowhere.

use serde_json::json;

use super::{Story, act01_register::register};

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
    let reads = there.get("/api/customers").await?;
    story.told.step(
        "`annex members add --role viewer`: reads",
        reads.is(200).and(listed(reads.lists(&inside), &reads.brief())),
    );
    let refused = there.post("/api/customers", customer.clone()).await?;
    story.told.step(
        "a viewer writes nothing (403 WORKSPACE_PERMISSION_DENIED)",
        refused.refuses(403, "WORKSPACE_PERMISSION_DENIED"),
    );

    story
        .stage
        .annex_succeeds(&["members", "add", "--workspace", &id, "--user", &guest.id, "--role", "member"])
        .await?;
    let written = there.post("/api/customers", customer).await?;
    story.told.step("`annex members add --role member`: writes (201)", written.is(201));
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
    let after = there.get("/api/customers").await?;
    story.told.step("`annex members remove`: closed again at once", after.refuses(403, "WORKSPACE_ACCESS_DENIED"));
    Ok(())
}

fn listed(is: bool, seen: &str) -> Result<(), String> {
    if is { Ok(()) } else { Err(seen.to_owned()) }
}
