//! Password hashes: whole users rows stand in some answers. In a workspace, and at home for whoever was in one, they
//! leave without; for everybody else an answer is the CRM's own, byte for byte.

use annex_tests::http::json::Client;
use annex_tests::http::raw::{self, Response};
use annex_tests::story::Person;
use serde_json::Value;

use super::field::Field;
use crate::matrix::requests::{Request, requests};
use crate::matrix::rows::{self, Plot};

const SECRET: &str = "passwordHash";
/// Corrected for people who joined, so not the CRM's own words.
const CORRECTED: [&str; 2] = ["/api/users", "/api/team/members"];

/// Every route that reads, but for the platform's and those that are always at home.
fn readers() -> Vec<Request> {
    let elsewhere = ["/api/auth/", "/api/saas-admin/", "/api/public/", "/api/customer-portal/", "/api/packages"];
    let is_read = |request: &Request| {
        request.route.method == "GET"
            && !elsewhere.iter().any(|prefix| request.route.path.starts_with(prefix))
            && !CORRECTED.contains(&request.route.path)
    };
    requests().into_iter().filter(is_read).collect()
}

async fn plant(field: &Field, tenant: &str, author: &Person, key: &str, requests: &[Request]) {
    let key = (key.to_owned(), author.id.clone());
    let tables = requests.iter().flat_map(|request| request.rows.iter().map(|table| (*table, key.clone())));
    rows::make(&field.site.database, Plot { tenant, author: &author.id }, tables).await;
}

#[tokio::test]
async fn no_guarded_answer_holds_a_password_and_nothing_else_is_missing() {
    let field = Field::new("secrets").await;
    let readers = readers();
    plant(&field, &field.site.workspace, &field.site.owner, "w-row", &readers).await;
    plant(&field, &field.attacker.tenant, &field.attacker, "h-row", &readers).await;
    let home = Client::new(&field.site.annex.url).bearer(&field.attacker.access);
    let ways = [
        ("in the workspace", home.workspace(&field.site.workspace), field.direct(), "w-row"),
        ("at home", home.clone(), home.at(&field.site.crm.url), "h-row"),
    ];
    for (way, guarded, direct, key) in ways {
        let mut leaking = Vec::new();
        for request in &readers {
            let name = format!("{way}: {}", request.route.name());
            let target = request.route.target(key);
            let open = direct.get(&target).await;
            let tag = open.header("etag").unwrap_or("\"none\"").to_owned();
            let answer = guarded.get(&target).await;
            assert_eq!(answer.status, open.status, "{name}: {}", answer.text);
            assert!(!answer.text.contains(SECRET), "{name}: {}", answer.text);
            if !open.text.contains(SECRET) {
                assert_eq!(answer.text, open.text, "{name}");
                continue;
            }
            assert_eq!(answer.json(), without_secrets(open.json()), "{name}");
            leaking.push(request.route.path);
            // The CRM's tag is of bytes that never leave: neither may it come back, nor may it be answered by.
            let tagged = guarded.header("if-none-match", &tag).get(&target).await;
            assert_eq!((tagged.status, tagged.header("etag")), (200, None), "{name}");
        }
        let children = ["details", "assignments", "comments", "activity", "status-history"];
        let wanted: Vec<String> = children.iter().map(|child| format!("/api/tasks/:id/{child}")).collect();
        let mut leaking: Vec<String> = leaking.into_iter().map(str::to_owned).collect();
        leaking.sort();
        assert_eq!(leaking, sorted(wanted), "{way}: the routes at which the CRM tells a password's hash");
    }
}

#[tokio::test]
async fn who_never_was_a_member_gets_the_crms_own_bytes_passwords_and_all() {
    let field = Field::new("bytes").await;
    let readers = readers();
    plant(&field, &field.victim.tenant, &field.victim, "v-row", &readers).await;
    plant(&field, &field.nobody.tenant, &field.nobody, "n-row", &readers).await;
    let mut secrets = 0;
    for request in &readers {
        for key in ["v-row", "n-row"] {
            let target = request.route.target(key);
            let direct = raw_get(field.site.crm.port, &target, &field.nobody, "").await;
            let through = raw_get(field.site.annex.port, &target, &field.nobody, "").await;
            assert_eq!(own_words(&through), own_words(&direct), "{target}");
            secrets += usize::from(through.text().contains(SECRET));
            if let Some(tag) = direct.header("etag") {
                let known = format!("If-None-Match: {tag}\r\n");
                let direct = raw_get(field.site.crm.port, &target, &field.nobody, &known).await;
                let through = raw_get(field.site.annex.port, &target, &field.nobody, &known).await;
                assert_eq!(own_words(&through), own_words(&direct), "{target} with its tag");
            }
        }
    }
    assert_eq!(secrets, 9, "five routes with one's own rows, the four unscoped of them with another tenant's");
}

async fn raw_get(port: u16, target: &str, person: &Person, more: &str) -> Response {
    let head =
        format!("GET {target} HTTP/1.1\r\nHost: crm.test\r\nAuthorization: Bearer {}\r\n{more}\r\n", person.access);
    raw::exchange(port, head.as_bytes()).await
}

/// Status, headers in their order, body; less the clock, and less what is between two neighbours only.
fn own_words(response: &Response) -> (u16, Vec<String>, String) {
    // Whose home is on gets the marker cookie.
    let between = ["date:", "connection:", "keep-alive:", "set-cookie: annex="];
    let head = String::from_utf8_lossy(&response.head.raw).into_owned();
    let kept = head.lines().filter(|line| {
        let line = line.to_ascii_lowercase();
        !between.iter().any(|name| line.starts_with(name))
    });
    (response.status, kept.map(str::to_owned).collect(), response.text())
}

fn without_secrets(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            map.into_iter().filter(|(key, _)| key != SECRET).map(|(key, value)| (key, without_secrets(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_secrets).collect(),
        other => other,
    }
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}
