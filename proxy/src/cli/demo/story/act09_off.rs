//! Turned off again: no step of data, nobody notices, the CRM has everything.

use serde_json::json;

use super::{
    Story,
    act03_enable::{as_saas_admin, features},
    act06_others::all_same,
    compare, pages,
};

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let (owner, other) = (story.owner()?, story.other()?);
    let path = format!("/api/admin/tenants/{}/disable-multi-workspace", owner.tenant);
    let before = pages::cookie(story, &owner).await?;
    let disabled = as_saas_admin(&story.annex).await?.post(&path, json!({})).await?;
    story.told.step("the SaaS admin turns it off (200)", disabled.is(200));
    story.told.step("`GET /api/features` says false", features(&story.annex, &owner.access, false).await?);
    let refused = story.as_owner()?.get("/api/workspaces").await?;
    story.told.step(
        "`GET /api/workspaces` is refused (403 MULTI_WORKSPACE_DISABLED)",
        refused.refuses(403, "MULTI_WORKSPACE_DISABLED"),
    );

    let named = story.as_owner()?.in_workspace(&story.workspace()?).get("/api/customers").await?;
    let home = story.direct.bearer(&owner.access).get("/api/customers").await?;
    story.told.step("a header that names the workspace is ignored, as before", compare::same(&home, &named));
    story.told.step("the agency's traffic is the same as the CRM's own, byte for byte", all_same(story, &owner).await?);
    story.told.step("so is the other agency's", all_same(story, &other).await?);
    story.told.step(
        "its pages are the CRM's again, with the cookie from before, too",
        pages::are_the_crms(story, &owner, before.as_deref()).await?,
    );
    Ok(())
}
