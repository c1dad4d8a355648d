//! What every change does with a body that says more than it may.
//!
//! The operations come from the document, their good bodies from [`examples`]; one field more, or one that is too long, and
//! nothing is done.

use annex_tests::http::json::Client;
use annex_tests::scene::Scene;
use reqwest::Method;
use serde_json::{Value, json};

use super::callers::{ADMIN, PLATFORM, People};
use super::{Prepared, examples, prepare, told};
use crate::openapi::{document, operations};

#[tokio::test]
async fn every_change_refuses_a_field_that_nobody_knows_and_a_body_over_its_limit() {
    let scene = Scene::start("apibodies", |options| options).await;
    let people = People::register(&scene).await;
    let mut asked = Vec::new();
    for operation in operations(&document().await).into_iter().filter(|(method, _)| method != "GET") {
        asked.push((operation.clone(), prepare(&scene, &people, examples::of(&operation)).await));
    }
    scene.settle().await;
    let mut wrong = Vec::new();
    for ((method, address), Prepared { path, body, .. }) in asked {
        let caller = if address.starts_with("/api/admin/") { PLATFORM } else { ADMIN };
        let client = Client::new(&scene.annex.url).bearer(people.token(caller).expect("somebody"));
        let mut must = |sent: &str, wanted: &str, got: String| {
            if got != wanted {
                wrong.push(format!("{method} {address}, {sent}: {got}, not {wanted}"));
            }
        };
        let send = async |body: Value| {
            let method: Method = method.parse().expect("a method");
            let answer = client.send(method, &path, Some(body)).await;
            let text: Value = serde_json::from_str(&answer.text).unwrap_or_default();
            let known = |error: &&Value| error["path"] == "unexpected";
            let error = text["errors"].as_array().into_iter().flatten().find(known).map(|error| error["code"].clone());
            let error = error.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
            format!("{} {error}", told(answer.status, &answer.text)).trim_end().to_owned()
        };
        let is_picture = body.as_ref().is_some_and(|body| body == examples::PICTURE);
        if is_picture {
            must("JSON", "415 UNSUPPORTED_BODY", send(json!({ "unexpected": true })).await);
        } else {
            let mut more = body.unwrap_or_else(|| json!({}));
            more["unexpected"] = json!(true);
            must("one field more", "400 VALIDATION_FAILED unknown_field", send(more).await);
        }
        must("a large one", "413 BODY_TOO_LARGE", send(json!({ "unexpected": "x".repeat(2_000_000) })).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
