//! The document of the management API: printed, served and kept as a golden file; it and the router name the same routes.

use std::collections::BTreeSet;

use annex_tests::scene::Scene;
use annex_tests::sidecar::annex;
use annex_tests::{story, tree};
use reqwest::Method;
use serde_json::Value;

use crate::matrix::golden;

/// An operation: its method and its path, as in the document.
pub type Operation = (String, String);

/// Paths that the router serves beside the document: about itself, pages for people, and their files (`proxy/ui/README.md`).
const BESIDE: [&str; 8] = [
    "/_annex/openapi.json",
    "/_annex/invite",
    "/_annex/admin",
    "/_annex/ui/{file}",
    "/workspaces",
    "/workspaces/new",
    "/workspaces/{id}/onboarding",
    "/invite/{token}",
];

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The document as `annex openapi` prints it.
pub async fn document() -> Value {
    let printed = annex(&["openapi"], &[]).await;
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    serde_json::from_str(&printed.stdout).expect("JSON")
}

/// Every operation of the document.
pub fn operations(document: &Value) -> BTreeSet<Operation> {
    let paths = document["paths"].as_object().expect("paths");
    let of = |(path, item): (&String, &Value)| {
        let named = METHODS.iter().filter(|method| item.get(**method).is_some());
        named.map(|method| (method.to_ascii_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[tokio::test]
async fn the_document_is_its_golden_file_and_the_one_that_is_served() {
    let document = document().await;
    golden::compare("openapi.json", &format!("{}\n", serde_json::to_string_pretty(&document).expect("text")));
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let scene = Scene::start("openapi", |options| options).await;
    let served = annex_tests::http::json::Client::new(&scene.annex.url).get("/_annex/openapi.json").await.expect(200);
    assert_eq!(served.json(), document);
}

/// The routes that the router's source names.
fn routes(source: &str) -> BTreeSet<Operation> {
    let mut routes = BTreeSet::new();
    for call in source.split(".route(").skip(1) {
        let path = call.split('"').nth(1).expect("a path").to_owned();
        let end = call.find(".route(").unwrap_or(call.len());
        let text = call[..end].split(".fallback(").next().unwrap_or(call);
        for method in METHODS {
            let begins = |at: usize| {
                at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric() && text.as_bytes()[at - 1] != b'_'
            };
            if text.match_indices(&format!("{method}(")).any(|(at, _)| begins(at)) {
                routes.insert((method.to_ascii_uppercase(), path.clone()));
            }
        }
    }
    routes
}

#[test]
fn a_route_is_read_from_the_source_as_it_stands_there() {
    let source = ".route(\"/a/{id}\", get(a::list).post(a::forget))\n.route(\n \"/b\",\n delete(b::get),\n).fallback(get_nothing)";
    let wanted = [("GET", "/a/{id}"), ("POST", "/a/{id}"), ("DELETE", "/b")];
    assert_eq!(routes(source), wanted.map(|(method, path)| (method.to_owned(), path.to_owned())).into());
}

#[tokio::test]
async fn the_router_and_the_document_name_the_same_routes() {
    let source = std::fs::read_to_string(tree::root().join("proxy/src/api/mod.rs")).expect("the router");
    let mut routed = routes(&source);
    routed.retain(|(_, path)| !BESIDE.contains(&path.as_str()));
    let documented = operations(&document().await);
    let only = |one: &BTreeSet<Operation>, other: &BTreeSet<Operation>| -> Vec<String> {
        one.difference(other).map(|(method, path)| format!("{method} {path}")).collect()
    };
    assert_eq!(
        (only(&routed, &documented), only(&documented, &routed)),
        (Vec::new(), Vec::new()),
        "(only routed, only documented)"
    );
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own() {
    let document = document().await;
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.values().flat_map(|item| item.as_object().expect("operations").values());
    let mut names: Vec<&str> = operations.filter_map(|operation| operation["operationId"].as_str()).collect();
    assert_eq!(names.len(), self::operations(&document).len(), "each has one");
    names.sort_unstable();
    let twice: Vec<&str> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(names.contains(&"getWorkspacesByIdMembers"), "{names:?}");
}

/// What changes nothing, or is the same when it is said again.
const REPEATABLE: [&str; 6] = [
    "/api/invitations/preview",
    "/api/invitations/{token}/accept",
    "/api/invitations/{token}/decline",
    "/api/invitations/by-id/{invitationId}/accept",
    "/api/invitations/by-id/{invitationId}/decline",
    "/api/workspaces/{id}/switch",
];

#[tokio::test]
async fn every_post_takes_a_key_or_says_that_it_needs_none() {
    let document = document().await;
    let paths = document["paths"].as_object().expect("paths");
    let mut wrong = Vec::new();
    for (path, post) in paths.iter().filter_map(|(path, item)| Some((path, item.get("post")?))) {
        let is_key = |parameter: &Value| parameter["in"] == "header" && parameter["name"] == "Idempotency-Key";
        let takes = post["parameters"].as_array().is_some_and(|all| all.iter().any(is_key));
        let needs = !REPEATABLE.contains(&path.as_str());
        let said = format!("{} {}", post["summary"], post["description"]).replace("\\n", " ");
        let says = said.contains("takes no `Idempotency-Key`");
        if (takes, says) != (needs, !needs) {
            wrong.push(format!("{path}: takes one: {takes}, says that it takes none: {says}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(REPEATABLE.iter().all(|path| paths.contains_key(*path)), "one of the list is gone");
}

/// Every change reads a body, if only to find that there is none.
#[tokio::test]
async fn every_change_says_how_it_refuses_a_body() {
    let document = document().await;
    let changes = operations(&document).into_iter().filter(|(method, _)| method != "GET");
    let silent = changes.filter_map(|(method, path)| {
        let responses = &document["paths"][&path][method.to_ascii_lowercase()]["responses"];
        let missing: Vec<&str> =
            ["400", "413", "415"].into_iter().filter(|code| responses.get(code).is_none()).collect();
        (!missing.is_empty()).then(|| format!("{method} {path}: {}", missing.join(" ")))
    });
    let silent: Vec<String> = silent.collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// From outside: what is documented is there, and no other method is.
#[tokio::test]
async fn every_documented_address_answers_its_methods_and_refuses_all_others() {
    let scene = Scene::start("openapiprobe", |options| options).await;
    let person = story::register(&scene.crm.url, "platform").await;
    scene.flag(&person.tenant, true).await;
    let become_saas = "UPDATE users SET user_type = 'saas_admin' WHERE id = $1";
    scene.database.connect().await.execute(become_saas, &[&person.id]).await.expect("a users row");
    let saas = story::log_in(&scene.crm.url, &person.email, &person.password).await;
    let owner = scene.agency("owner").await;
    scene.flag(&owner.tenant, true).await;
    scene.settle().await;
    let document = document().await;
    let documented = operations(&document);
    let paths: BTreeSet<&String> = documented.iter().map(|(_, path)| path).collect();
    for path in paths {
        let caller = if path.starts_with("/api/admin") { &saas } else { &owner };
        let address = path.replace("{id}", &owner.tenant).replace(['{', '}'], "");
        for method in METHODS {
            if address == "/api/workspaces/events" && method == "get" {
                continue; // It does not end; the suite `events` reads it.
            }
            let method: Method = method.to_ascii_uppercase().parse().expect("a method");
            let answer = scene.client(caller).send(method.clone(), &address, None).await;
            let is_there = documented.contains(&(method.to_string(), path.clone()));
            if is_there {
                let nothing_here = answer.code() == "NOT_FOUND" && answer.text.contains("nothing at this address");
                assert!(answer.status != 405 && !nothing_here, "{method} {path}: {} {}", answer.status, answer.text);
            } else {
                assert_eq!(answer.status, 405, "{method} {path} is not documented: {}", answer.text);
            }
        }
    }
}
