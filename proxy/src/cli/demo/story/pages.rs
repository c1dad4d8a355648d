//! What a browser gets: the CRM's pages, with the switcher's loader for people who have the feature.

use super::{Person, Story, act01_register::log_in, client::Answer, compare};

/// The element that only a page with the loader has.
const LOADER: &str = "id=\"annex-boot\"";

/// Whether somebody who signs in has the switcher on the CRM's pages, and our own beside them.
pub async fn carry_the_switcher(story: &Story<'_>, person: &Person) -> anyhow::Result<Result<(), String>> {
    let Some(cookie) = cookie(story, person).await? else { return Ok(Err("the sign-in brings no cookie".to_owned())) };
    let browser = story.annex.browser(&cookie);
    let (theirs, ours) = (browser.get("/").await?, browser.get("/workspaces").await?);
    let told = |page: &Answer, document: &str| page.text.contains(LOADER) && page.text.contains(document);
    Ok(theirs.is(200).and(ours.is(200)).and(
        match (told(&theirs, "\"document\":\"crm\""), told(&ours, "\"document\":\"annex\"")) {
            (true, true) => Ok(()),
            (crm, annex) => Err(format!("the loader stands in the CRM's page: {crm}; in ours: {annex}")),
        },
    ))
}

/// Whether somebody who signs in gets no cookie, and pages that are the CRM's byte for byte. `carried` is a cookie from
/// before, if there is one.
pub async fn are_the_crms(
    story: &Story<'_>,
    person: &Person,
    carried: Option<&str>,
) -> anyhow::Result<Result<(), String>> {
    if cookie(story, person).await?.is_some() {
        return Ok(Err("the sign-in brings a cookie".to_owned()));
    }
    let cookie = carried.unwrap_or("theirs=1");
    for path in ["/", "/workspaces"] {
        let (direct, through) =
            (story.direct.browser(cookie).get(path).await?, story.annex.browser(cookie).get(path).await?);
        if let Err(seen) = compare::same(&direct, &through) {
            return Ok(Err(format!("{path}: {seen}")));
        }
    }
    Ok(Ok(()))
}

/// What a sign-in at Annex leaves in a browser, as it is sent back.
pub async fn cookie(story: &Story<'_>, person: &Person) -> anyhow::Result<Option<String>> {
    let answer = log_in(&story.annex, &person.email, &person.password).await?.must(200)?;
    let set = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let mut ours = set.filter(|text| text.starts_with("annex=") || text.starts_with("__Host-annex="));
    Ok(ours.next().and_then(|text| text.split(';').next()).map(str::to_owned))
}
