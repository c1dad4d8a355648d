//! Two agencies register, one at the CRM and one through Annex, and cannot tell the difference.

use serde_json::json;

use super::{
    Person, Story,
    client::{Answer, Client},
    compare,
};

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let (before, other) = register(&story.direct, "dora", "Dune Partners").await?;
    let (through, owner) = register(&story.annex, "cleo", "Cedar Agency").await?;
    story.told.step("two agencies register and get the same answer", compare::same_shape(&before, &through));

    let before = log_in(&story.direct, &owner.email, &owner.password).await?;
    let through = log_in(&story.annex, &owner.email, &owner.password).await?;
    story.told.step("signing in answers as before", compare::same_shape(&before, &through));
    let wrong = log_in(&story.annex, &owner.email, "not the password").await?;
    story.told.step("a wrong password is refused by the CRM (401)", wrong.is(401));

    let me = |client: &Client| client.bearer(&owner.access);
    let (before, through) = (me(&story.direct).get("/api/auth/me").await?, me(&story.annex).get("/api/auth/me").await?);
    story.told.step("`/api/auth/me` is the same, byte for byte", compare::same(&before, &through));
    let (before, through) = (story.direct.get("/").await?, story.annex.get("/").await?);
    story.told.step("the page is the same, byte for byte", compare::same(&before, &through));
    let features = me(&story.annex).get("/api/features").await?;
    let off = features.json().get("multi_workspace_enabled") == Some(&json!(false));
    story
        .told
        .step("`GET /api/features` says false", features.is(200).and(if off { Ok(()) } else { Err(features.brief()) }));
    let refused = me(&story.annex).get("/api/workspaces").await?;
    story.told.step(
        "`GET /api/workspaces` is refused (403 MULTI_WORKSPACE_DISABLED)",
        refused.refuses(403, "MULTI_WORKSPACE_DISABLED"),
    );

    (story.owner, story.other) = (Some(owner), Some(other));
    Ok(())
}

/// Registers an agency with its first person.
pub async fn register(client: &Client, name: &str, company: &str) -> anyhow::Result<(Answer, Person)> {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let email = format!("{name}@{}.test", unique.get(..8).unwrap_or(&unique));
    register_as(client, &email, name, company).await
}

/// The same with an address of one's own, such as one that was invited.
pub async fn register_as(client: &Client, email: &str, name: &str, company: &str) -> anyhow::Result<(Answer, Person)> {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let password = format!("demo-{unique}");
    let body =
        json!({"email": email, "password": password, "firstName": name, "lastName": "Demo", "companyName": company});
    let answer = client.post("/api/auth/register", body).await?.must(200)?;
    let person = person(&answer, &password)?;
    Ok((answer, person))
}

pub async fn log_in(client: &Client, email: &str, password: &str) -> anyhow::Result<Answer> {
    client.post("/api/auth/login", json!({"email": email, "password": password})).await
}

/// Who signed in, from the CRM's answer.
pub fn person(answer: &Answer, password: &str) -> anyhow::Result<Person> {
    Ok(Person {
        id: answer.text_at("/user/id")?,
        tenant: answer.text_at("/user/tenantId")?,
        email: answer.text_at("/user/email")?,
        password: password.to_owned(),
        access: answer.text_at("/accessToken")?,
        refresh: answer.text_at("/refreshToken")?,
    })
}
