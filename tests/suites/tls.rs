//! TLS and HTTP/2 as options: a workspace's context means the same on every wire.

use std::time::Duration;

use annex_tests::folder::Folder;
use annex_tests::http::json::{Client, install_crypto};
use annex_tests::scene::{Nodes, place};
use annex_tests::sidecar::Options;
use annex_tests::story::{self, FlagScope, Person};
use reqwest::Version;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

/// A certificate for this machine, and files of it.
struct Certificate {
    pem: String,
    files: Folder,
}

impl Certificate {
    fn new() -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let files = Folder::new("tls");
        files.write("certificate.pem", made.cert.pem());
        files.write("key.pem", made.signing_key.serialize_pem());
        Self { pem: made.cert.pem(), files }
    }

    fn of(&self, options: Options) -> Options {
        let path = |name: &str| self.files.join(name).display().to_string();
        options.with("ANNEX_TLS_CERTIFICATE_PATH", path("certificate.pem")).with("ANNEX_TLS_KEY_PATH", path("key.pem"))
    }

    /// A client that trusts it and nothing else.
    fn client(&self) -> reqwest::ClientBuilder {
        let root = reqwest::Certificate::from_pem(self.pem.as_bytes()).expect("our own certificate");
        plain().tls_certs_only([root])
    }
}

fn plain() -> reqwest::ClientBuilder {
    install_crypto();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30))
}

async fn member(all: &Nodes, client: &Client) -> (Person, String) {
    let (person, workspace) = (all.agency("member").await, all.agency("workspace").await.tenant);
    for tenant in [&person.tenant, &workspace] {
        story::set_flag(&all.database, FlagScope::Tenant(tenant), true).await;
    }
    story::add_member(&all.database, &workspace, &person.id, "manager").await;
    annex_tests::scene::settle_over(client, &all.database, &all.upstream.crm.jwt_secret).await;
    (person, workspace)
}

/// Everything that a context does, over one client.
async fn assert_contexts_hold(http: reqwest::Client, base: &str, (person, workspace): &(Person, String)) {
    let client = Client::over(http.clone(), base).bearer(&person.access);
    let pinned = format!("/_annex/w/{workspace}/api/customers");
    for (client, path, wanted) in [
        (client.clone(), "/api/customers", person.tenant.as_str()),
        (client.workspace(workspace), "/api/customers", workspace),
        (client.clone(), &format!("/api/customers?workspaceId={workspace}"), workspace),
        (client.clone(), &pinned, workspace),
        (client.workspace("absent"), "/api/customers", "403 WORKSPACE_ACCESS_DENIED"),
        (client.workspace(workspace), "/api/nothing", "403 ROUTE_NOT_MAPPED"),
        (
            client.workspace(workspace),
            &format!("/api/customers?workspaceId={}", person.tenant),
            "400 WORKSPACE_CONTEXT_CONFLICT",
        ),
        (client.workspace("a,b"), "/api/customers", "400 WORKSPACE_CONTEXT_MALFORMED"),
        (client.bearer("no.such.token"), &pinned, "401 UNAUTHENTICATED"),
    ] {
        let answer = client.get(path).await;
        assert_eq!(place(&answer), wanted, "{path}");
        assert_eq!(answer.header("x-annex-workspace-id").is_some(), wanted == workspace, "{path}");
    }
    let mut twice = HeaderMap::new();
    twice.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {}", person.access)).unwrap());
    for _ in 0..2 {
        twice.append("x-workspace-id", HeaderValue::from_str(workspace).unwrap());
    }
    let answer = http.get(format!("{base}/api/customers")).headers(twice).send().await.expect("an answer");
    assert_eq!(answer.status(), 400, "the header twice");
    let made =
        client.workspace(workspace).post("/api/contacts", serde_json::json!({"name": "c", "email": "c@c.test"})).await;
    assert_eq!(made.expect(201).json()["tenantId"], workspace.as_str());
}

async fn version(http: &reqwest::Client, base: &str) -> Version {
    http.get(format!("{base}/a/page")).send().await.expect("an answer").version()
}

#[tokio::test]
async fn contexts_hold_over_tls_with_http_1_and_with_h2_by_alpn() {
    let certificate = Certificate::new();
    let all = Nodes::start("tls", 1, |options| certificate.of(options)).await;
    let base = format!("https://localhost:{}", all.nodes[0].port);
    let member = member(&all, &Client::over(certificate.client().build().expect("a client"), &base)).await;
    for (http, wanted) in
        [(certificate.client().http1_only().build(), Version::HTTP_11), (certificate.client().build(), Version::HTTP_2)]
    {
        let http = http.expect("a client");
        assert_eq!(version(&http, &base).await, wanted);
        assert_contexts_hold(http, &base, &member).await;
    }
    // The controls: a stranger's certificate is not trusted, and the port speaks nothing but TLS.
    let stranger = Certificate::new().client().build().expect("a client");
    assert!(stranger.get(format!("{base}/a/page")).send().await.is_err(), "any certificate will do");
    let plain = plain().build().expect("a client").get(format!("{}/a/page", all.nodes[0].url)).send().await;
    assert!(plain.is_err(), "plain HTTP on a TLS port: {plain:?}");
}

#[tokio::test]
async fn many_people_on_one_h2_connection_do_not_mix() {
    let certificate = Certificate::new();
    let all = Nodes::start("h2mix", 1, |options| certificate.of(options)).await;
    let base = format!("https://localhost:{}", all.nodes[0].port);
    let http = certificate.client().build().expect("a client");
    let anybody = Client::over(http.clone(), &base);
    let (first, second) = (member(&all, &anybody).await, member(&all, &anybody).await);
    assert_eq!(version(&http, &base).await, Version::HTTP_2);
    let mut tasks = tokio::task::JoinSet::new();
    for round in 0..120 {
        let (person, workspace) = if round % 2 == 0 { &first } else { &second };
        let client = Client::over(http.clone(), &base).bearer(&person.access);
        let (client, wanted) = match round % 3 {
            0 => (client, person.tenant.clone()),
            _ => (client.workspace(workspace), workspace.clone()),
        };
        tasks.spawn(async move { (place(&client.get("/api/customers").await), wanted) });
    }
    while let Some(ended) = tasks.join_next().await {
        let (found, wanted) = ended.expect("an answer");
        assert_eq!(found, wanted);
    }
}

#[tokio::test]
async fn h2_is_not_offered_where_it_is_off() {
    let certificate = Certificate::new();
    let all = Nodes::start("noh2", 1, |options| certificate.of(options).with("ANNEX_SERVER_H2", "false")).await;
    let http = certificate.client().build().expect("a client");
    assert_eq!(version(&http, &format!("https://localhost:{}", all.nodes[0].port)).await, Version::HTTP_11);
}

#[tokio::test]
async fn h2_without_tls_is_there_where_it_is_on() {
    let all = Nodes::start("h2c", 1, |options| options.with("ANNEX_SERVER_H2C", "true")).await;
    let base = all.nodes[0].url.clone();
    let member = member(&all, &Client::new(&base)).await;
    for (http, wanted) in
        [(plain().http2_prior_knowledge().build(), Version::HTTP_2), (plain().http1_only().build(), Version::HTTP_11)]
    {
        let http = http.expect("a client");
        assert_eq!(version(&http, &base).await, wanted);
        assert_contexts_hold(http, &base, &member).await;
    }
}
