//! While one tenant has the feature, the traffic of all others is the same, byte for byte.

use super::{Person, Story, compare};

/// What an agency's pages ask for.
const PATHS: [&str; 14] = [
    "/",
    "/customers",
    "/api/auth/me",
    "/api/customers",
    "/api/contacts",
    "/api/deals",
    "/api/quotations",
    "/api/invoices",
    "/api/tasks",
    "/api/proposals",
    "/api/notifications/count",
    "/api/company-profile",
    "/api/tenant/modules",
    "/api/no-such-path",
];

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let other = story.other()?;
    story.told.step("another agency's traffic is the same, byte for byte", all_same(story, &other).await?);
    let (before, through) = (story.direct.get("/api/customers").await?, story.annex.get("/api/customers").await?);
    story.told.step("so is a call without a token", compare::same(&before, &through));
    let bad = |client: &super::Client| client.bearer("not.a.token");
    let (before, through) =
        (bad(&story.direct).get("/api/customers").await?, bad(&story.annex).get("/api/customers").await?);
    story.told.step("so is a call with a broken token", compare::same(&before, &through));
    let owner = story.owner()?;
    story.told.step("and the agency itself, at home, reads as before", all_same_data(story, &owner).await?);
    Ok(())
}

/// Everything is the same through Annex for `person`.
pub async fn all_same(story: &Story<'_>, person: &Person) -> anyhow::Result<Result<(), String>> {
    let (direct, annex) = (story.direct.bearer(&person.access), story.annex.bearer(&person.access));
    for path in PATHS {
        let compared = compare::same(&direct.get(path).await?, &annex.get(path).await?);
        if compared.is_err() {
            return Ok(compared);
        }
    }
    Ok(Ok(()))
}

/// The API's bodies are the same for a person who has the feature, at home.
async fn all_same_data(story: &Story<'_>, person: &Person) -> anyhow::Result<Result<(), String>> {
    let (direct, annex) = (story.direct.bearer(&person.access), story.annex.bearer(&person.access));
    for path in PATHS.iter().filter(|path| path.starts_with("/api")) {
        let (before, through) = (direct.get(path).await?, annex.get(path).await?);
        if (before.status, &before.text) != (through.status, &through.text) {
            return Ok(Err(format!("{}: {} and {}", before.asked, before.brief(), through.brief())));
        }
    }
    Ok(Ok(()))
}
