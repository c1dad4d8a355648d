//! `annex explain`: why was, or would be, a request decided as it is?
//!
//! By id it asks the running node for the receipt. For a person, a workspace, a method and a path it walks the very
//! stages that the gateway walks, with a token made for the purpose that goes nowhere.

use annex_config::{Config, Sources};
use anyhow::Context;
use pingora::http::RequestHeader;
use serde_json::{Map, Value, json};

use super::{
    Common,
    ending::{Ending, Outcome, not_understood},
};
use crate::{
    app::App,
    clock,
    crm::{Statements, User, user_by_id},
    stage::{Exchange, contextualize, evidence::Receipt, receive},
};

/// How long the token of a hypothetical request lives.
const TOKEN_S: i64 = 60;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The id of an exchange (`X-Annex-Request-Id`, `requestId` of an error, `exchange.id` of a log line); or, with
    /// `--principal`, the METHOD and PATH of a request that nobody made.
    #[arg(required = true, num_args = 1..=2, value_name = "ID | METHOD PATH")]
    what: Vec<String>,
    /// The user who would make the request.
    #[arg(long, value_name = "USER")]
    principal: Option<String>,
    /// The workspace that the request would name; without it home.
    #[arg(long, value_name = "ID", requires = "principal")]
    workspace: Option<String>,
    /// The node's admin listener; without it the configuration's own.
    #[arg(long, value_name = "URL", conflicts_with = "principal")]
    admin: Option<String>,
}

pub async fn run(common: Common, arguments: Arguments) -> Outcome {
    let load = || annex_config::load(Sources::from_process(common.config));
    let receipt = match (&arguments.principal, arguments.what.as_slice()) {
        (None, [id]) => {
            // Who names the node needs no configuration of their own.
            let admin = match arguments.admin {
                Some(admin) => admin,
                None => format!("http://{}", load()?.admin.address),
            };
            fetch(&admin, id).await?
        }
        (Some(principal), [method, path]) => {
            let config = load()?;
            let workspace = arguments.workspace.as_deref();
            Some(suppose(config, principal, workspace, method, path).await?)
        }
        (None, _) => return Err(not_understood("name one id; for a METHOD and a PATH say --principal too")),
        (Some(_), _) => return Err(not_understood("--principal needs a METHOD and a PATH")),
    };
    let Some(receipt) = receipt else {
        say!(
            "This node keeps no receipt by that id: it passed untouched, is older than the last 10 000, or went through another node."
        );
        return Ok(Ending::Wrong);
    };
    show(&receipt);
    Ok(Ending::Fine)
}

async fn fetch(origin: &str, id: &str) -> anyhow::Result<Option<Value>> {
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(not_understood("an id is made of letters and digits"));
    }
    let client = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(5)).build()?;
    let url = format!("{}/receipts/{id}", origin.trim_end_matches('/'));
    let answer = client.get(url).send().await.with_context(|| format!("no node answers at {origin}"))?;
    if answer.status() == reqwest::StatusCode::NOT_FOUND {
        return Ok(None);
    }
    Ok(Some(answer.error_for_status()?.json().await?))
}

/// Walks the stages for a request that nobody made.
async fn suppose(
    config: Config,
    principal: &str,
    workspace: Option<&str>,
    method: &str,
    path: &str,
) -> anyhow::Result<Value> {
    let app = App::build(config)?;
    let client = app.postgres.get().await.context("the database does not answer")?;
    let asked_ms = clock::monotonic_ms();
    app.loader.all(&**client).await.context("flags and workspaces cannot be read")?;
    app.loader.hub().heard(asked_ms);
    let statements = Statements::new(&app.config.profile)?;
    let user = user_by_id(&**client, &statements, principal).await?;
    let user = user.with_context(|| format!("the CRM has no user {principal}"))?;
    drop(client);

    let mut head = RequestHeader::build(method.to_uppercase().as_str(), path.as_bytes(), None)
        .map_err(|error| not_understood(format!("no request can be made of that method and path: {error}")))?;
    let scheme = app.rooms.verifier.scheme();
    let token = app.rooms.signer.sign(&claims(&app.config, &user))?;
    head.insert_header("Host", "explain.invalid")?;
    head.insert_header("Authorization", format!("{scheme} {token}"))?;
    if let Some(workspace) = workspace {
        head.insert_header(app.config.profile.context.header.clone(), workspace)?;
    }
    let mut exchange = Exchange::new(&app.rooms);
    let found = match receive(&head, None, &app.config.profile.context) {
        Ok(received) => {
            exchange.received = Some(received);
            contextualize(&app.rooms, &mut exchange, &head).await
        }
        Err(rejection) => Err(rejection),
    };
    let status = found.as_ref().err().map_or(0, |rejection| rejection.status());
    match found {
        Ok(passage) => exchange.passage = Some(passage),
        Err(rejection) => exchange.rejection = Some(rejection),
    }
    match Receipt::of(&exchange, method, status) {
        Some(receipt) => Ok(serde_json::to_value(receipt)?),
        None => Ok(json!({ "method": method, "path": path, "passage": "untouched", "evidence": {} })),
    }
}

/// The claims that the CRM would give this person at home.
fn claims(config: &Config, user: &User) -> Map<String, Value> {
    let names = &config.profile.credential.claims;
    let now = clock::unix_seconds();
    let all = [
        (names.principal.clone(), json!(user.id)),
        (names.tenant.clone(), json!(user.tenant)),
        (names.email.clone(), json!(user.email)),
        (names.kind.clone(), json!(user.kind)),
        (names.admin.clone(), json!(user.admin)),
        ("iat".to_owned(), json!(now)),
        ("exp".to_owned(), json!(now + TOKEN_S)),
    ];
    all.into_iter().collect()
}

/// One line per fact; what is not known has none.
fn show(receipt: &Value) {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let fact = |label: &str, pointer: &str| {
        if let Some(value) = receipt.pointer(pointer).filter(|value| !value.is_null()) {
            say!("{label:<12} {}", text(value));
        }
    };
    say!("{:<12} {} {}", "request", text(&receipt["method"]), text(&receipt["path"]));
    fact("principal", "/principal");
    fact("home", "/home");
    for name in receipt["named"].as_array().into_iter().flatten() {
        say!("{:<12} {}", "named", text(name));
    }
    fact("route", "/evidence/route");
    fact("needs", "/evidence/class");
    fact("flag of", "/evidence/flag/workspace");
    fact("  mode", "/evidence/flag/mode");
    fact("  decided by", "/evidence/flag/source");
    fact("standing", "/evidence/membership/standing");
    fact("  role", "/evidence/membership/role");
    fact("  epoch", "/evidence/membership/epoch");
    fact("  read from", "/evidence/membership/tier");
    for obligation in receipt.pointer("/evidence/obligations").and_then(Value::as_array).into_iter().flatten() {
        say!("{:<12} {}", "obligation", text(obligation));
    }
    fact("canary", "/evidence/canary/reading");
    fact("  found", "/evidence/canary/outcome");
    fact("  because", "/evidence/canary/reason");
    fact("  of", "/evidence/canary/tenant");
    fact("snapshot", "/snapshotRevision");
    fact("outcome", "/passage");
    fact("refused", "/refused/code");
    fact("  because", "/refused/reason");
    if receipt["status"].as_u64().is_some_and(|status| status > 0) {
        fact("status", "/status");
    }
}
