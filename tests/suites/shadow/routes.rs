//! `annex doctor routes`: of a list, and of what people met.

use std::process::Stdio;

use annex_tests::folder::Folder;
use annex_tests::http::eventually_some;
use annex_tests::postgres::Cluster;
use annex_tests::scene::place;
use annex_tests::sidecar::{annex, program};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::{WRITTEN, put_into_shadow, restrict, scene};
use crate::cli::{Environment, fails, says, succeeds, whole};

/// The CRM's routes as its developers list them.
const LISTED: &str = "config/tests/data/crm-routes.tsv";

#[tokio::test]
async fn the_profile_covers_every_route_of_the_crm_and_a_new_one_is_told() {
    let database = Cluster::shared().database("routes").await;
    let environment = whole(&database);
    says(&succeeds(&["doctor", "routes", "--from", LISTED], &environment).await, &["The profile covers all 183."]);

    let folder = Folder::new("routes");
    let file = folder.join("list.tsv").display().to_string();
    let ask = ["doctor", "routes", "--from", &file];
    let write = |text: &str| std::fs::write(&file, text).expect("a list");
    write("# next release\nGET\t/api/customers\nPOST\t/api/subscriptions/:id/pause\n");
    says(&fails(1, &ask, &environment).await, &["3", "POST", "/api/subscriptions/:id/pause", "1 of 2"]);
    let output = annex(&["doctor", "routes", "--json", "--from", &file], &environment).await;
    let told: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let row = json!({"method": "POST", "path": "/api/subscriptions/:id/pause", "line": 3});
    assert_eq!((output.status, told), (1, json!({"uncovered": [row], "count": 1, "asked": 2})));
    for (text, wanted) in [
        ("GET\t/api/customers\nGET /api/tasks\n", "line 2: there is no tab"),
        ("\n\nget\t/api/tasks\n", "line 3: `get` is not a method"),
        ("GET\tapi/tasks\n", "line 1: `api/tasks`"),
    ] {
        write(text);
        says(&fails(2, &ask, &environment).await, &[wanted, "list.tsv"]);
    }
    says(&fails(2, &["doctor", "routes", "--from", "no/such/file"], &environment).await, &["cannot read no/such/file"]);
    assert_eq!(piped("GET\t/api/customers\n", &environment).await.0, 0);
    assert_eq!(piped("GET\t/api/nowhere\n", &environment).await.0, 1);
    let (status, said) = piped("GET /api/customers\n", &environment).await;
    assert_eq!(status, 2, "{said}");
    says(&said, &["line 1"]);
}

async fn piped(text: &str, environment: &Environment) -> (i32, String) {
    let mut command = tokio::process::Command::new(program());
    command.args(["doctor", "routes", "--from", "-"]).envs(environment.iter().cloned()).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().expect("it starts");
    let mut input = running.stdin.take().expect("an input");
    input.write_all(text.as_bytes()).await.expect("it reads");
    drop(input);
    let output = running.wait_with_output().await.expect("it ends");
    (output.status.code().expect("a status"), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn what_people_met_is_listed_until_the_profile_covers_it() {
    let scene = scene().await;
    let environment = &scene.annex.environment;
    let [shadowed, native, viewer, off] = ["shadowed", "native", "viewer", "off"].map(|name| scene.agency(name));
    let (shadowed, native, viewer, off) = tokio::join!(shadowed, native, viewer, off);
    put_into_shadow(&scene.database, Some(&shadowed.tenant)).await;
    scene.flag(&native.tenant, true).await;
    scene.flag(&viewer.tenant, true).await;
    restrict(&scene.database, &viewer.tenant, &viewer.id, Some("viewer"), "active").await;
    let covered = "INSERT INTO annex.unmapped_routes VALUES ('GET', '/api/tasks/:id/comments', 7, now(), now())";
    scene.database.connect().await.execute(covered, &[]).await.expect("a route that was mapped since");
    scene.settle().await;

    let met = |name: &str| format!("/api/met-in-{name}/3178ca77-c37b-42c8-8bb6-b5cd8f671a4d/parts");
    scene.client(&shadowed).get(&met("shadow")).await;
    scene.client(&shadowed).delete(&met("shadow")).await;
    scene.client(&native).get(&met("home")).await;
    scene.client(&native).get(&met("home")).await;
    let refused = scene.client(&viewer).get(&met("refusal")).await;
    assert_eq!(place(&refused), "403 ROUTE_NOT_MAPPED");
    // Strangers fill no list: one whose home is off, and one who may not act there.
    scene.client(&off).get(&met("off")).await;
    let stranger = scene.client(&native).workspace(&viewer.tenant).get(&met("elsewhere")).await;
    assert_eq!(place(&stranger), "403 WORKSPACE_ACCESS_DENIED");
    scene.client(&native).get("/api/met-last").await;

    let told = eventually_some(WRITTEN, "what was met is written", || async {
        let output = annex(&["doctor", "routes", "--json"], environment).await;
        assert!(output.status < 2, "{}", output.stderr);
        if output.stdout.contains("met-last") { Ok(output) } else { Err(output.stdout) }
    })
    .await;
    assert_eq!(told.status, 1);
    let told: Value = serde_json::from_str(&told.stdout).expect("JSON");
    let rows = told["uncovered"].as_array().expect("a list");
    let line = |row: &Value| format!("{} {} {}", row["count"], row["method"].as_str()?, row["path"].as_str()?).into();
    let mut lines: Vec<String> = rows.iter().filter_map(line).filter(|line: &String| line.contains("/met-")).collect();
    lines.sort();
    let expected = [
        "1 DELETE /api/met-in-shadow/:id/parts",
        "1 GET /api/met-in-refusal/:id/parts",
        "1 GET /api/met-in-shadow/:id/parts",
        "1 GET /api/met-last",
        "2 GET /api/met-in-home/:id/parts",
    ];
    assert_eq!(lines, expected);
    assert!(!told.to_string().contains("/api/tasks/"), "covered by the profile: {told}");
    says(&fails(1, &["doctor", "routes"], environment).await, &["COUNT", "/api/met-in-home/:id/parts", "no route of"]);
}

#[tokio::test]
async fn with_nothing_met_all_is_well_and_without_the_schema_the_remedy_is_told() {
    let database = Cluster::shared().crm_database("routesnone").await;
    let environment = whole(&database);
    says(&fails(1, &["doctor", "routes"], &environment).await, &["annex migrate status"]);
    succeeds(&["migrate", "up"], &environment).await;
    says(&succeeds(&["doctor", "routes"], &environment).await, &["Nothing was met"]);
}
