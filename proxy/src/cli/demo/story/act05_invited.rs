//! Somebody without an account is invited by mail, registers in the CRM as ever, and joins.

use std::{path::Path, time::Duration};

use anyhow::Context;
use serde_json::json;
use tokio::time::Instant;

use super::{Story, act01_register::register_as};

/// Mail leaves within a second; nobody waits longer than this.
const DEADLINE: Duration = Duration::from_secs(10);

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let id = story.workspace()?;
    let owner = story.as_owner()?;
    let invitations = format!("/api/workspaces/{id}/invitations");
    let email = format!("nina@{}.test", uuid::Uuid::new_v4().simple());
    let invited = owner.post(&invitations, json!({"email": email, "role": "member"})).await?;
    story.told.step("the owner invites an address that has no account (201)", invited.is(201));
    let too_much = owner.post(&invitations, json!({"email": email, "role": "member"})).await?;
    story.told.step("twice: 409 ALREADY_INVITED", too_much.refuses(409, "ALREADY_INVITED"));

    let secret = mailed(&story.stage.mails, &email).await?;
    story.told.step("the mail is there, with a link whose secret stands behind `#`", Ok(()));
    let shown = story.annex.post("/api/invitations/preview", json!({"token": secret})).await?;
    story.told.step("the link shows who invites to what, without an account (200)", shown.is(200));

    let accept = format!("/api/invitations/{secret}/accept");
    let nobody = story.annex.post(&accept, json!({})).await?;
    story.told.step("accepting takes an account (401)", nobody.is(401));
    let as_other = story.annex.bearer(&story.other()?.access).post(&accept, json!({})).await?;
    story.told.step(
        "and the invited address (403 INVITATION_EMAIL_MISMATCH)",
        as_other.refuses(403, "INVITATION_EMAIL_MISMATCH"),
    );
    let (_, nina) = register_as(&story.annex, &email, "nina", "Nina Works").await?;
    let there = story.annex.bearer(&nina.access);
    story.told.step("she registers in the CRM as ever, and joins (200)", there.post(&accept, json!({})).await?.is(200));
    let reads = there.in_workspace(&id).get("/api/customers").await?;
    story.told.step("at once she works in the workspace (200)", reads.is(200));
    let again = there.post(&accept, json!({})).await?;
    story.told.step("accepted twice is accepted once (200)", again.is(200));
    story.stage.annex_succeeds(&["members", "remove", "--workspace", &id, "--user", &nina.id]).await?;
    let late = there.post(&accept, json!({})).await?;
    story.told.step("once removed, the old link brings nobody back (404)", late.refuses(404, "INVITATION_NOT_FOUND"));
    Ok(())
}

/// The secret of the mail to an address, once it is there.
async fn mailed(folder: &Path, address: &str) -> anyhow::Result<String> {
    let begun = Instant::now();
    loop {
        let mut files = tokio::fs::read_dir(folder).await.context("the folder of mails")?;
        while let Some(file) = files.next_entry().await? {
            let name = file.file_name();
            if !name.to_string_lossy().ends_with(".eml") {
                continue;
            }
            // Lines that were folded for the wire (RFC 2045, section 6.7).
            let text = tokio::fs::read_to_string(file.path()).await?.replace("=\r\n", "");
            if !text.contains(&format!("To: {address}")) {
                continue;
            }
            let (_, rest) = text.split_once("/_annex/invite#").context("a mail without a link")?;
            return Ok(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect());
        }
        anyhow::ensure!(begun.elapsed() < DEADLINE, "no mail to {address} within {DEADLINE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
