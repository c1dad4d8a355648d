//! `POST /api/admin/tenants/:id/enable-multi-workspace`, and who notices.

use serde_json::json;

use super::{
    Story,
    act01_register::{log_in, person},
    client::Client,
    pages,
};

/// The seed's SaaS admin.
const SAAS_ADMIN: (&str, &str) = ("saas@nexus.test", "demo-saas-1");

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let (owner, other) = (story.owner()?, story.other()?);
    let path = format!("/api/admin/tenants/{}/enable-multi-workspace", owner.tenant);
    let by_owner = story.as_owner()?.post(&path, json!({})).await?;
    story.told.step("an agency's owner may not turn it on (403)", by_owner.is(403));
    let enabled = as_saas_admin(&story.annex).await?.post(&path, json!({})).await?;
    story.told.step("the SaaS admin may (200)", enabled.is(200));
    story.told.step("`GET /api/features` says true to the agency", features(&story.annex, &owner.access, true).await?);
    story.told.step("and false to another agency", features(&story.annex, &other.access, false).await?);
    story.told.step(
        "who signs in has the switcher on the CRM's pages, and pages of ours beside them",
        pages::carry_the_switcher(story, &owner).await?,
    );
    story
        .told
        .step("another agency's pages are the CRM's, byte for byte", pages::are_the_crms(story, &other, None).await?);
    let listed = story.stage.annex_succeeds(&["flag", "list"]).await?;
    let shown = listed.lines().any(|line| line.contains(&owner.tenant) && line.contains("on"));
    story.told.step("`annex flag list` shows the tenant's row", if shown { Ok(()) } else { Err(listed) });
    Ok(())
}

pub async fn as_saas_admin(annex: &Client) -> anyhow::Result<Client> {
    let (email, password) = SAAS_ADMIN;
    let signed_in = log_in(annex, email, password).await?.must(200)?;
    Ok(annex.bearer(&person(&signed_in, password)?.access))
}

/// Whether the caller is told that the feature is on, or off.
pub async fn features(annex: &Client, token: &str, wanted: bool) -> anyhow::Result<Result<(), String>> {
    let answer = annex.bearer(token).get("/api/features").await?;
    let says = answer.json().get("multi_workspace_enabled") == Some(&json!(wanted));
    Ok(answer.is(200).and(if says { Ok(()) } else { Err(answer.brief()) }))
}
