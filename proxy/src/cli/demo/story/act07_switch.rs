//! `POST /api/workspaces/:id/switch`: a token that names the workspace, in place of a header.

use serde_json::{Value, json};

use super::Story;

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let (owner, id) = (story.owner()?, story.workspace()?);
    let (inside, _) = story.in_workspace.clone().unwrap_or_default();
    let path = format!("/api/workspaces/{id}/switch");
    let switched = story.as_owner()?.post(&path, json!({"refreshToken": owner.refresh})).await?;
    let body = switched.json();
    let names = body.get("activeWorkspaceId").and_then(Value::as_str) == Some(id.as_str());
    story.told.step(
        "switching names the workspace (200)",
        switched.is(200).and(if names { Ok(()) } else { Err(switched.brief()) }),
    );
    let token = switched.text_at("/accessToken")?;
    let customers = story.annex.bearer(&token).get("/api/customers").await?;
    let seen = if customers.lists(&inside) { Ok(()) } else { Err(customers.brief()) };
    story.told.step("with its token alone, calls go to the workspace", seen);
    let home = story.as_owner()?.get("/api/customers").await?;
    let seen = if home.status == 200 && !home.lists(&inside) { Ok(()) } else { Err(home.brief()) };
    story.told.step("with the token of the sign-in, they go home", seen);
    let direct = story.direct.bearer(&token).get("/api/customers").await?;
    let seen = if direct.lists(&inside) {
        Err("the CRM itself took the token as one of the workspace".to_owned())
    } else {
        Ok(())
    };
    story.told.step("without Annex that token opens nothing but the home", seen);
    Ok(())
}
