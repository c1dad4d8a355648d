//! `annex migrate down`: the database as before the start, and Annex passes everything.

use super::{Story, act02_business::sales, act06_others::all_same, soon::soon};

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let verified = story.stage.annex(&["migrate", "verify"]).await?;
    story.told.step(
        "`annex migrate verify`: every promise holds",
        if verified.success { Ok(()) } else { Err(verified.stdout) },
    );
    let outside = story.stage.fingerprint().await?;
    let same = outside == story.stage.untouched;
    story.told.step(
        "outside schema annex nothing was ever changed",
        if same { Ok(()) } else { Err("the fingerprints differ".to_owned()) },
    );

    let unasked = story.stage.annex(&["migrate", "down"]).await?;
    story.told.step(
        "`annex migrate down` without a terminal refuses",
        if unasked.success { Err(unasked.stdout) } else { Ok(()) },
    );
    story.stage.annex_succeeds(&["migrate", "down", "--yes"]).await?;
    let after = story.stage.fingerprint().await?;
    let same = after == story.stage.untouched;
    story.told.step(
        "`annex migrate down --yes`: the database is as before the start",
        if same { Ok(()) } else { Err("the fingerprints differ".to_owned()) },
    );
    let gone = story
        .stage
        .postgres
        .connect("annex_owner")
        .await?
        .query_opt("select from pg_namespace where nspname = 'annex'", &[])
        .await?;
    story.told.step("schema annex is gone", if gone.is_none() { Ok(()) } else { Err("it is still there".to_owned()) });

    noticed(story).await?;
    let (owner, other) = (story.owner()?, story.other()?);
    story.told.step("the CRM works through Annex as without it, byte for byte", all_same(story, &owner).await?);
    story.told.step("for the other agency too", all_same(story, &other).await?);
    sales(&story.as_owner()?).await?;
    story.told.step("customer, quotation, invoice and payment are made as ever", Ok(()));
    Ok(())
}

/// Annex hears within a heartbeat that its schema is gone; `/readyz` says so.
async fn noticed(story: &mut Story<'_>) -> anyhow::Result<()> {
    let admin = super::Client::new(&story.stage.admin_url)?;
    let says = |answer: &super::client::Answer| {
        let told = answer.status == 503 && answer.text.contains("annex migrate up");
        if told { Ok(()) } else { Err(answer.brief()) }
    };
    let (_, took, seen) = soon(async || admin.get("/readyz").await, says).await?;
    story.told.step(&format!("`/readyz` says `annex migrate up` after {took} ms"), seen);
    Ok(())
}
