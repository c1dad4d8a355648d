//! Who may do what in a workspace: every route of the CRM, asked by everybody who might, on real rows.
//!
//! The result stands in `tests/golden/matrix/routes.tsv`: `201` was served in the workspace, `200 home` at the
//! caller's home, `403 CODE` was refused by Annex, `404 crm` is the CRM's own word. What may never be true of it,
//! whoever blesses it, is in [`rules`].

pub mod callers;
pub mod golden;
pub mod requests;
pub mod rows;
mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;

use annex_config::shipped_profile;
use annex_policy::RouteClass;
use annex_tests::crm::{self, Crm};
use annex_tests::folder::Folder;
use annex_tests::http::json::{Answer, Client};
use annex_tests::ports::free_port;
use annex_tests::postgres::{Cluster, Database};
use annex_tests::sidecar::{Annex, Options};
use annex_tests::story::{self, FlagScope, Person};
use annex_tests::strategy::Strategy;
use annex_tests::{redis, scene, tree};

use callers::Caller;
use requests::Request;
use rows::Plot;

/// A workspace that is on, with everything around it.
pub struct Site {
    pub annex: Annex,
    pub crm: Crm,
    pub database: Database,
    /// How Annex was started.
    pub options: Options,
    /// The native who owns the workspace.
    pub owner: Person,
    /// Its id.
    pub workspace: String,
    _redis: redis::Server,
    _uploads: Folder,
}

impl Site {
    /// Starts all of it, with the profile that stands in the tree.
    pub async fn start(label: &str) -> Self {
        let database = Cluster::shared().migrated_database(label).await;
        let uploads = Folder::new("uploads");
        let crm = crm::Options::default().with("CRM_UPLOADS", uploads.path().display().to_string());
        let crm = Crm::start(&database, crm).await;
        let redis = redis::Server::start().await;
        // Every answer is read, so that every suite on a site tells what the canary would say of honest traffic.
        let options = Options::new(&crm, &database, Some(&redis)).patient().with("ANNEX_CANARY_SAMPLE_PERCENT", "100");
        let annex = Annex::start(options.clone()).await;
        let owner = scene::agency(&crm.url, "owner").await;
        let workspace = owner.tenant.clone();
        story::set_flag(&database, FlagScope::Tenant(&workspace), true).await;
        let sql = "INSERT INTO public.smtp_settings (tenant_id, smtp_host, smtp_port) VALUES ($1, '127.0.0.1', 1)";
        database.connect().await.execute(sql, &[&workspace]).await.expect("settings of mail");
        Self { annex, crm, database, options, owner, workspace, _redis: redis, _uploads: uploads }
    }

    /// Another Annex in front of the same CRM, with the profile as `edit` leaves it: what a test takes away must be
    /// missed by somebody.
    pub async fn with_profile(&self, edit: impl FnOnce(String) -> String) -> Annex {
        let folder = Folder::new("profile");
        let shipped = std::fs::read_to_string(profile()).expect("the profile stands in the tree");
        let edited = edit(shipped.clone());
        assert_ne!(shipped, edited, "the edit changes something");
        let path = profile_in(&folder, &edited);
        let options = self.options.clone().with("ANNEX_CRM_PROFILE", path);
        let (public, admin) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
        let annex = Annex::start(options.with("ANNEX_LISTEN", public).with("ANNEX_ADMIN_LISTEN", admin)).await;
        scene::settle(&self.database, &annex.url, &self.crm.jwt_secret).await;
        annex
    }

    /// Until Annex has heard of all that was written.
    pub async fn settle(&self) {
        Strategy::of_this_run().sync(&self.options.environment).await;
        scene::settle(&self.database, &self.annex.url, &self.crm.jwt_secret).await;
    }
}

/// The whole profile that stands in the tree, of which the binary holds a copy.
pub fn profile() -> std::path::PathBuf {
    Strategy::Claims.profile_path()
}

/// The path of the profile of this run over `whole` instead of the one that stands in the tree.
pub fn profile_in(folder: &Folder, whole: &str) -> String {
    let path = folder.write("edited.toml", whole).display().to_string();
    match Strategy::of_this_run() {
        Strategy::Claims => path,
        // What the other profile says beside its base stays.
        Strategy::MemberRow => {
            let own = std::fs::read_to_string(Strategy::MemberRow.profile_path()).expect("it stands in the tree");
            let own = own.replace("extends = \"nexus\"", &format!("extends = \"{path}\""));
            folder.write("own.toml", own).display().to_string()
        }
    }
}

/// How many answers the isolation canary of a node found something in.
pub async fn findings(annex: &Annex) -> u64 {
    let metrics = Client::new(&annex.admin_url).get("/metrics").await.expect(200).text;
    let lines =
        metrics.lines().filter(|line| line.starts_with("annex_canary_answers_total") && line.contains("finding"));
    lines.map(|line| line.rsplit(' ').next().and_then(|count| count.parse::<u64>().ok()).expect("a count")).sum()
}

/// What a caller got, route by route.
pub struct Column {
    pub caller: Caller,
    pub answers: Vec<Answer>,
}

#[tokio::test]
async fn every_route_answers_everybody_as_the_golden_matrix_says() {
    let site = Site::start("matrix").await;
    let callers = callers::all(&site).await;
    let requests = Arc::new(requests::requests());
    site.settle().await;
    make_rows(&site, &callers, &requests).await;
    let asking: Vec<_> = callers
        .into_iter()
        .map(|caller| tokio::spawn(ask_everything(site.annex.url.clone(), caller, Arc::clone(&requests))))
        .collect();
    let mut columns = Vec::new();
    for column in asking {
        columns.push(column.await.expect("every route answered"));
    }
    assert_eq!(findings(&site.annex).await, 0, "nothing of another tenant stands in an answer of a whole profile");
    let classes = classes();
    golden::compare(
        &Strategy::of_this_run().golden("matrix/routes.tsv"),
        &table(&site.workspace, &requests, &columns, &classes),
    );
    rules::hold(&site.workspace, &requests, &columns, &classes);
}

#[tokio::test]
async fn a_route_that_asks_for_less_is_seen() {
    let site = Site::start("lessmatrix").await;
    let viewer = site.agency("viewer").await;
    story::add_member(&site.database, &site.workspace, &viewer.id, "viewer").await;
    let plot = Plot { tenant: &site.workspace, author: &site.owner.id };
    rows::make(&site.database, plot, [("contacts", ("row".to_owned(), viewer.id.clone()))]).await;
    site.settle().await;
    let there = Client::new(&site.annex.url).bearer(&viewer.access).workspace(&site.workspace);
    let route = "\"DELETE /api/contacts/:id\", class = \"contacts:";
    let weak = site.with_profile(|text| text.replace(&format!("{route}delete"), &format!("{route}read"))).await;
    let golden = std::fs::read_to_string(
        tree::root().join("tests/golden").join(Strategy::of_this_run().golden("matrix/routes.tsv")),
    )
    .expect("golden");
    let wanted = golden.lines().find(|line| line.starts_with("DELETE /api/contacts/:id\t")).expect("the route");
    let wanted = wanted.split('\t').nth(2 + caller_place("viewer")).expect("the viewer's cell").to_owned();
    assert_eq!(cell(&site.workspace, &there.delete("/api/contacts/row").await), wanted);
    let seen = cell(&site.workspace, &there.at(&weak.url).delete("/api/contacts/row").await);
    assert_eq!((seen.as_str(), wanted.as_str()), ("200", "403 WORKSPACE_PERMISSION_DENIED"));
}

/// Rows of the workspace, fresh ones for every caller and route.
async fn make_rows(site: &Site, callers: &[Caller], requests: &[Request]) {
    let plot = Plot { tenant: &site.workspace, author: &site.owner.id };
    let mut acting = Vec::new();
    for caller in callers {
        acting.push(Strategy::of_this_run().id_in(&site.database, &site.workspace, &caller.person.id).await);
    }
    let wanted = acting.iter().enumerate().flat_map(|(place, acting)| {
        requests.iter().flat_map(move |request| {
            let key = (key(place, request), acting.clone());
            request.rows.iter().map(move |table| (*table, key.clone()))
        })
    });
    rows::make(&site.database, plot, wanted).await;
}

fn key(place: usize, request: &Request) -> String {
    format!("row-{place}-{}", request.route.line)
}

async fn ask_everything(annex: String, caller: Caller, requests: Arc<Vec<Request>>) -> Column {
    // The place is part of the key of the rows that were made for this caller.
    let place = caller_place(caller.name);
    let mut answers = Vec::new();
    for request in requests.iter() {
        let key = key(place, request);
        let target = request.route.target(&key);
        answers.push(match request.body {
            "image" => picture(&annex, &caller, &target).await,
            _ => caller.client.send(request.route.verb(), &target, request.json(&key, &caller.person)).await,
        });
    }
    Column { caller, answers }
}

/// The columns of the matrix, in order.
const CALLERS: [&str; 14] = [
    "anonymous",
    "stranger",
    "admin",
    "manager",
    "member",
    "finance",
    "viewer",
    "admin, users row plain",
    "custom",
    "admin elsewhere",
    "saas admin",
    "native",
    "customer",
    "customer, joined",
];

fn caller_place(name: &str) -> usize {
    CALLERS.iter().position(|known| *known == name).expect("a column of the matrix")
}

/// The one route whose body is no JSON.
async fn picture(annex: &str, caller: &Caller, target: &str) -> Answer {
    let request = reqwest::Client::new().post(format!("{annex}{target}")).header("content-type", "image/png");
    let request = request.header("x-workspace-id", &caller.workspace).body("a picture");
    let request = match &caller.authorization {
        Some(authorization) => request.header("authorization", authorization),
        None => request,
    };
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.expect("a text") }
}

/// The permission that a route needs, or its class.
fn classes() -> Vec<String> {
    let profile = shipped_profile("nexus").expect("it is shipped").expect("it is whole");
    let routes = profile.routes.routes().iter();
    routes
        .map(|route| match &route.class {
            RouteClass::Home => "home".to_owned(),
            RouteClass::Unmapped => "unmapped".to_owned(),
            RouteClass::Mapped(permission, obligations) => {
                let also = obligations.also.iter().map(|permission| format!(" + {permission}"));
                format!("{permission}{}", also.collect::<String>())
            }
        })
        .collect()
}

/// One cell: who answered, what, and where.
pub fn cell(workspace: &str, answer: &Answer) -> String {
    let code = answer.code();
    let place = answer.header("x-annex-workspace-id");
    match (answer.status, code.as_str()) {
        (200..300, _) if place == Some(workspace) => answer.status.to_string(),
        (200..300, _) if place.is_none() => format!("{} home", answer.status),
        (status, "") => format!("{status} crm"),
        (status, code) => format!("{status} {code}"),
    }
}

fn table(workspace: &str, requests: &[Request], columns: &[Column], classes: &[String]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.caller.name).collect();
    assert_eq!(names, CALLERS);
    let mut lines = vec![format!("route\tneeds\t{}", names.join("\t"))];
    for (at, request) in requests.iter().enumerate() {
        let cells: Vec<String> = columns.iter().map(|column| cell(workspace, &column.answers[at])).collect();
        lines.push(format!("{}\t{}\t{}", request.route.name(), classes[at], cells.join("\t")));
    }
    lines.join("\n") + "\n"
}

/// How many cells of each kind there are: what a reader of the matrix asks first.
fn tally(workspace: &str, columns: &[Column]) -> BTreeMap<String, usize> {
    let cells = columns.iter().flat_map(|column| column.answers.iter().map(|answer| cell(workspace, answer)));
    cells.fold(BTreeMap::new(), |mut tally, cell| {
        *tally.entry(cell).or_default() += 1;
        tally
    })
}
