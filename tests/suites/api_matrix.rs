//! Every operation of the management API, asked by everybody who might: what each gets is a golden file.
//!
//! The operations come from the OpenAPI document, so none is left out: one without a row in [`examples`] fails by its name,
//! and so does a row without an operation. Each operation and caller meet in a workspace of their own, so that what one
//! changes is nothing to the next.
//!
//! To add an operation, add its row to `examples.rs` and run with `ANNEX_BLESS=1`.

mod bodies;
pub mod callers;
pub mod examples;
mod rules;
mod states;

use std::collections::{BTreeMap, BTreeSet};

use annex_tests::http::events::Events;
use annex_tests::http::json::Client;
use annex_tests::scene::Scene;
use annex_tests::sidecar::Options;
use annex_tests::tree;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::matrix::golden;
use crate::openapi::{Operation, document, operations};
use callers::{ADMIN, CALLERS, People, STRANGER};
use examples::{EXAMPLES, Example};

/// What one caller got from one operation: the status, and a refusal's code.
pub type Told = String;

/// One line: an operation, and what each of [`CALLERS`] got.
#[derive(Debug)]
pub struct Line {
    pub operation: Operation,
    pub told: Vec<Told>,
}

#[test]
fn every_operation_has_an_example_and_every_example_an_operation() {
    // Read from the golden file, which `openapi` keeps equal to the program's own.
    let text = std::fs::read_to_string(tree::root().join("tests/golden/openapi.json")).expect("the document");
    let documented = operations(&serde_json::from_str(&text).expect("JSON"));
    let named = |(method, path): &Operation| format!("{method} {path}");
    let documented: BTreeSet<String> = documented.iter().map(named).collect();
    let examples: BTreeSet<String> = EXAMPLES.iter().map(|example| example.operation.to_owned()).collect();
    assert_eq!(examples.len(), EXAMPLES.len(), "an operation has two rows in examples.rs");
    let missing: Vec<_> = documented.difference(&examples).collect();
    let gone: Vec<_> = examples.difference(&documented).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "without a row in examples.rs: {missing:#?}\nrows of nothing: {gone:#?}"
    );
}

#[tokio::test]
async fn every_operation_answers_everybody_as_the_golden_files_say() {
    let configure = |options: Options| {
        let options = options.with("ANNEX_LIMITS_WORKSPACES_PER_PERSON", "1000");
        let options = options.with("ANNEX_LIMITS_INVITATIONS_PER_ADDRESS_DAY", "1000");
        options.with("ANNEX_PUBLIC_URL", "https://crm.example.test")
    };
    let scene = Scene::start("apimatrix", configure).await;
    let people = People::register(&scene).await;
    let document = document().await;
    let mut asked = Vec::new();
    for operation in operations(&document) {
        let example = examples::of(&operation);
        for caller in 0..CALLERS.len() {
            asked.push((operation.clone(), caller, prepare(&scene, &people, example).await));
        }
    }
    scene.settle().await;
    let mut lines: BTreeMap<Operation, Vec<Told>> = BTreeMap::new();
    for (operation, caller, prepared) in asked {
        let Prepared { path, body, .. } = with_token(&scene, &people, prepared).await;
        let told = ask(&scene, people.token(caller), &operation, &path, body).await;
        lines.entry(operation).or_default().push(told);
    }
    let lines: Vec<Line> = lines.into_iter().map(|(operation, told)| Line { operation, told }).collect();
    rules::hold(&lines);
    compare(&document, &lines);
}

/// The path is what is authorised: a header that names another workspace beside it is a mistake, whoever asks. `switch` is
/// where one says which workspace is meant.
#[tokio::test]
async fn no_operation_on_a_workspace_takes_another_one_in_the_header() {
    let scene = Scene::start("apimismatch", |options| options).await;
    let people = People::register(&scene).await;
    let other = people.workspace(&scene).await;
    let mut asked = Vec::new();
    for operation in operations(&document().await) {
        if operation.1.starts_with("/api/workspaces/{id}") && !operation.1.ends_with("/switch") {
            let Prepared { path, body, .. } = prepare(&scene, &people, examples::of(&operation)).await;
            asked.push((operation, path, body));
        }
    }
    assert!(asked.len() > 40, "{}", asked.len());
    scene.settle().await;
    let client = Client::new(&scene.annex.url).bearer(people.token(ADMIN).expect("the admin")).workspace(&other);
    for ((method, address), path, body) in asked {
        let body = body.filter(|body| body != examples::PICTURE);
        let answer = client.send(method.parse().expect("a method"), &path, body).await;
        assert_eq!(told(answer.status, &answer.text), "409 WORKSPACE_CONTEXT_MISMATCH", "{method} {address}");
    }
}

/// One request that is ready to be sent.
pub struct Prepared {
    /// Everything that a path may name, by its name there.
    pub named: BTreeMap<String, String>,
    pub path: String,
    pub body: Option<Value>,
}

/// A workspace for one request, with whatever the example needs in it.
pub async fn prepare(scene: &Scene, people: &People, example: &Example) -> Prepared {
    let workspace = people.workspace(scene).await;
    let client = scene.database.connect_as_owner().await;
    let person = &people.bystander.id;
    let named = [("id", &workspace), ("person", person), ("userId", person)];
    let mut named: BTreeMap<String, String> = named.map(|(name, value)| (name.to_owned(), value.clone())).into();
    for (name, sql) in example.rows {
        let row = client.query_one(*sql, &[&workspace]).await;
        let row = row.unwrap_or_else(|error| panic!("{}: `{sql}`: {error:?}", example.operation));
        named.insert((*name).to_owned(), row.get(0));
    }
    let fill = |text: &str| {
        let fold = |text: String, (name, value): (&String, &String)| text.replace(&format!("{{{name}}}"), value);
        named.iter().fold(text.to_owned(), fold)
    };
    let address = example.operation.split(' ').nth(1).expect("a path");
    let path = fill(address);
    assert!(!path.contains('{'), "{}: nothing says what {path} names; add it to `rows`", example.operation);
    let read = |text: String| serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let body = match example.body {
        "" => None,
        examples::PICTURE => Some(Value::from(examples::PICTURE)),
        text => Some(read(fill(text))),
    };
    Prepared { named, path, body }
}

/// The same with the token of an invitation to the stranger with the feature, if it needs one. The node knows the workspace.
pub async fn with_token(scene: &Scene, people: &People, prepared: Prepared) -> Prepared {
    let Prepared { mut named, path, body } = prepared;
    if named.get("token").is_none_or(|token| token != examples::TOKEN) {
        return Prepared { named, path, body };
    }
    let admin = Client::new(&scene.annex.url).bearer(people.token(ADMIN).expect("the admin"));
    let invited = json!({ "email": people.person(STRANGER).email, "role": "viewer" });
    let at = format!("/api/workspaces/{}/invitations", named["id"]);
    let link = admin.post(&at, invited).await.expect(201).json()["inviteLink"].clone();
    let token = link.as_str().and_then(|link| link.split_once('#')).expect("a link").1.to_owned();
    let path = path.replace(examples::TOKEN, &token);
    let body = body.map(|body| serde_json::from_str(&body.to_string().replace(examples::TOKEN, &token)).expect("JSON"));
    named.insert("token".to_owned(), token);
    Prepared { named, path, body }
}

async fn ask(scene: &Scene, token: Option<&str>, (method, _): &Operation, path: &str, body: Option<Value>) -> Told {
    if path == "/api/workspaces/events"
        && let Some(token) = token
    {
        let url = format!("{}{path}", scene.annex.url);
        return match Events::open(&url, token, &[]).await {
            Ok(_) => "200".to_owned(),
            Err((status, body)) => told(status, &body),
        };
    }
    let method: Method = method.parse().expect("a method");
    if body.as_ref().is_some_and(|body| body == examples::PICTURE) {
        return send_picture(scene, token, method, path).await;
    }
    let client = token.map_or(Client::new(&scene.annex.url), |token| Client::new(&scene.annex.url).bearer(token));
    let answer = client.send(method, path, body).await;
    told(answer.status, &answer.text)
}

async fn send_picture(scene: &Scene, token: Option<&str>, method: Method, path: &str) -> Told {
    let pixel = STANDARD.decode(examples::PIXEL).expect("base64");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = http.request(method, format!("{}{path}", scene.annex.url)).header("content-type", "image/png");
    let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
    let answer = request.body(pixel).send().await.expect("an answer");
    told(answer.status().as_u16(), &answer.text().await.unwrap_or_default())
}

fn told(status: u16, body: &str) -> Told {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let code = body["code"].as_str().filter(|_| status >= 400).unwrap_or_default();
    format!("{status} {code}").trim_end().to_owned()
}

/// One file per tag of the document, and no other.
fn compare(document: &Value, lines: &[Line]) {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for Line { operation: (method, path), told } in lines {
        let tag = document["paths"][path][method.to_ascii_lowercase()]["tags"][0].as_str().unwrap_or("untagged");
        let file = files.entry(tag.to_owned()).or_default();
        *file += &format!("{method} {path}\n");
        for (caller, told) in CALLERS.iter().zip(told) {
            *file += &format!("  {caller:26}{told}\n");
        }
    }
    for (tag, text) in &files {
        golden::compare(&format!("api_matrix/{tag}.txt"), text);
    }
    let folder = std::fs::read_dir(tree::root().join("tests/golden/api_matrix")).expect("the folder");
    let there: BTreeSet<String> =
        folder.map(|entry| entry.expect("a file").file_name().into_string().expect("a name")).collect();
    let wanted: BTreeSet<String> = files.keys().map(|tag| format!("{tag}.txt")).collect();
    assert_eq!(there, wanted, "a golden file of nothing");
}
