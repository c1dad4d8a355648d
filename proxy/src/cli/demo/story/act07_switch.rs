//! `POST /api/workspaces/:id/switch`, and the claim `activeWorkspaceId` in place of a header.

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Map, Value, json};

use super::Story;

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let (owner, other, id) = (story.owner()?, story.other()?, story.workspace()?);
    let (inside, _) = story.in_workspace.clone().unwrap_or_default();
    let path = format!("/api/workspaces/{id}/switch");
    let switched = story.as_owner()?.post(&path, json!({"refreshToken": owner.refresh})).await?;
    let body = switched.json();
    let names = body.get("activeWorkspaceId").and_then(Value::as_str) == Some(id.as_str());
    story.told.step(
        "switching names the workspace (200)",
        switched.is(200).and(if names { Ok(()) } else { Err(switched.brief()) }),
    );
    let foreign = story.as_owner()?.post(&path, json!({"refreshToken": other.refresh})).await?;
    story.told.step("somebody else's refresh token is refused (400)", foreign.is(400));
    let closed = story.annex.bearer(&other.access).post(&path, json!({})).await?;
    story.told.step("a stranger cannot switch to it (403)", closed.is(403));

    let token = with_claim(&owner.access, &id, &story.stage.crm.jwt_secret)?;
    let customers = story.annex.bearer(&token).get("/api/customers").await?;
    let seen = if customers.lists(&inside) { Ok(()) } else { Err(customers.brief()) };
    story.told.step("with a token that says `activeWorkspaceId`, calls go to the workspace", seen);
    let home = story.as_owner()?.get("/api/customers").await?;
    let seen = if home.status == 200 && !home.lists(&inside) { Ok(()) } else { Err(home.brief()) };
    story.told.step("with the token of the sign-in, they go home", seen);
    let direct = story.direct.bearer(&token).get("/api/customers").await?;
    let seen = if direct.lists(&inside) { Err("the CRM itself went by that claim".to_owned()) } else { Ok(()) };
    story.told.step("without Annex that token opens nothing but the home", seen);
    Ok(())
}

/// The claims of `token` and the workspace, signed as the CRM signs.
fn with_claim(token: &str, workspace: &str, secret: &str) -> anyhow::Result<String> {
    let payload = token.split('.').nth(1).context("the CRM's token has no claims")?;
    let mut claims: Map<String, Value> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?;
    claims.insert("activeWorkspaceId".to_owned(), workspace.into());
    Ok(jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes()))?)
}
