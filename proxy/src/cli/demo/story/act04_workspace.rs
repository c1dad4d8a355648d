//! A second workspace of one person: its own data, and a wall between the two.

use serde_json::{Value, json};

use super::{Story, act02_business::sales};

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let me = story.as_owner()?;
    let body =
        json!({"name": "Cedar North", "businessType": "agency", "defaultCurrency": "EUR", "timeZone": "Europe/Berlin"});
    let created = me.post("/api/workspaces", body).await?;
    story.told.step("a workspace is created (201)", created.is(201));
    let id = created.text_at("/id")?;
    story.workspace = Some(id.clone());

    let list = me.get("/api/workspaces").await?;
    let count = list.json().get("workspaces").and_then(Value::as_array).map(Vec::len);
    story.told.step(
        "`GET /api/workspaces` lists it beside the home",
        if count == Some(2) { Ok(()) } else { Err(list.brief()) },
    );

    let there = me.in_workspace(&id);
    let empty = there.get("/api/customers").await?;
    story
        .told
        .step("it begins empty", if empty.status == 200 && empty.text == "[]" { Ok(()) } else { Err(empty.brief()) });
    let business = sales(&there).await?;
    let task = there
        .post("/api/tasks", json!({"title": "First steps", "assignees": [], "checklists": []}))
        .await?
        .must(201)?;
    let task_id = task.text_at("/id")?;
    story.told.step("customer, quotation, invoice, payment and task are made in it", Ok(()));
    let first = business.steps.iter().find(|(what, _)| *what == "a quotation is made").map(|(_, answer)| answer.json());
    let number = first.as_ref().and_then(|quotation| quotation.get("quoteNumber")).and_then(Value::as_str);
    story.told.step(
        "its quotations are counted from one",
        if number == Some("QT-00001") { Ok(()) } else { Err(format!("{number:?}")) },
    );
    walls(story, &id, (&business.customer, &task_id)).await?;
    story.in_workspace = Some((business.customer, task_id));
    Ok(())
}

/// Ids of the one place are not found in the other, children by id alone included.
async fn walls(story: &mut Story<'_>, id: &str, inside: (&str, &str)) -> anyhow::Result<()> {
    let home = story.as_owner()?;
    let there = home.in_workspace(id);
    let (customer, task) = story.at_home.clone().unwrap_or_default();
    let paths = |(customer, task): (&str, &str)| {
        [format!("/api/customers/{customer}"), format!("/api/tasks/{task}"), format!("/api/tasks/{task}/comments")]
    };
    for path in paths((&customer, &task)) {
        let seen = there.get(&path).await?;
        story.told.step(&format!("the home's {} is not found in it (404)", kind(&path)), seen.is(404));
    }
    for path in paths(inside) {
        let seen = home.get(&path).await?;
        let missing = seen.is(404);
        story.told.step(&format!("its {} is not found at home (404)", kind(&path)), missing);
        story.told.step(&format!("its {} is found in it (200)", kind(&path)), there.get(&path).await?.is(200));
    }
    let moved = there
        .post("/api/customers", json!({"name": "X", "email": "x@x.test", "tenantId": story.owner()?.tenant}))
        .await?;
    let stays = moved.status >= 400 || !home.get("/api/customers").await?.lists(&moved.text_at("/id")?);
    story
        .told
        .step("a body that names another tenant writes nothing there", if stays { Ok(()) } else { Err(moved.brief()) });
    Ok(())
}

fn kind(path: &str) -> &'static str {
    match path {
        path if path.ends_with("/comments") => "task's comments",
        path if path.starts_with("/api/tasks") => "task",
        _ => "customer",
    }
}
