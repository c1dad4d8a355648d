//! The API's own description, OpenAPI 3.1, generated from the handlers.

use http::header;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, RefOr, Response,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    activity, branding, error::ProblemBody, events, export, features, flags, health, invitations, lifecycle, logo,
    members, offers, onboarding, orphans, roles, rollout, settings, summary, switch, transfers, webhooks, workspaces,
};

/// Everything that is served.
#[derive(OpenApi)]
#[openapi(
    info(title = "Annex", description = "Many workspaces per person."),
    paths(
        features::read,
        workspaces::list,
        workspaces::create,
        summary::read,
        lifecycle::deleted,
        settings::read,
        settings::change,
        lifecycle::delete,
        lifecycle::restore,
        transfers::current,
        transfers::open,
        transfers::accept,
        transfers::decline,
        transfers::cancel,
        switch::switch,
        members::list,
        members::read,
        members::change,
        members::remove,
        members::leave,
        roles::list,
        roles::create,
        roles::change,
        roles::delete,
        roles::catalogue,
        orphans::list,
        orphans::assign,
        invitations::list,
        invitations::invite,
        invitations::invite_many,
        invitations::resend,
        invitations::show_link,
        invitations::revoke,
        offers::pending,
        offers::preview,
        offers::accept,
        offers::decline,
        offers::accept_by_id,
        offers::decline_by_id,
        branding::read,
        branding::put,
        branding::reset,
        branding::publish,
        branding::discard,
        logo::put,
        logo::delete,
        logo::picture,
        onboarding::read,
        onboarding::say,
        onboarding::dismiss,
        onboarding::reopen,
        events::follow,
        activity::list,
        export::export,
        webhooks::list,
        webhooks::add,
        webhooks::change,
        webhooks::remove,
        webhooks::rotate,
        webhooks::test,
        webhooks::deliveries,
        webhooks::replay,
        flags::list,
        flags::set,
        flags::enable,
        flags::disable,
        rollout::read,
        rollout::set,
        health::read,
    ),
    components(schemas(ProblemBody)),
    modifiers(&Bearer, &Refusals, &Names)
)]
struct Document;

/// Every route takes the CRM's own access token.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("crm", SecurityScheme::Http(scheme));
        document.security = Some(vec![SecurityRequirement::new("crm", Vec::<String>::new())]);
    }
}

/// What can be answered at every address of a kind, so that no handler has to repeat it.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let changes = [&mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
            let operations = changes.into_iter().map(|operation| (operation, true)).chain([(&mut item.get, false)]);
            for (operation, is_change) in operations {
                let Some(operation) = operation else { continue };
                let mut statuses = vec!["400", "401", "403", "503"];
                if path.contains('{') {
                    statuses.push("404");
                }
                if is_change {
                    // Read, if only to find that there is none.
                    statuses.extend(["413", "415"]);
                }
                if path.starts_with("/api/workspaces/{id}") {
                    // Another workspace in the header than in the path; deleted.
                    statuses.extend(["409", "410"]);
                }
                for status in statuses {
                    operation.responses.responses.entry(status.to_owned()).or_insert_with(refusal);
                }
                for response in operation.responses.responses.values_mut() {
                    also_as_a_problem(response);
                }
            }
        }
    }
}

/// A name for each operation, from its method and its path: OpenAPI 3.1 (4.8.10) wants each to be the only one of its name,
/// and clients that are generated call their functions so.
struct Names;

impl Modify for Names {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let operations = [
                ("get", &mut item.get),
                ("put", &mut item.put),
                ("post", &mut item.post),
                ("delete", &mut item.delete),
                ("patch", &mut item.patch),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    operation.operation_id = Some(name(method, path));
                }
            }
        }
    }
}

/// `getWorkspacesByIdMembers` for `GET /api/workspaces/{id}/members`.
fn name(method: &str, path: &str) -> String {
    let words = path.split(['/', '-', '.']).filter(|word| !word.is_empty() && *word != "api");
    let spelled = words.map(|word| match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
        Some(parameter) => format!("By{}", capital(parameter)),
        None => capital(word),
    });
    method.to_owned() + &spelled.collect::<String>()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// A refusal has a second shape for whoever accepts it.
fn also_as_a_problem(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let Some(RefOr::T(plain)) = response.content.get("application/json") else { return };
    if matches!(&plain.schema, Some(RefOr::Ref(named)) if named.ref_location.ends_with("/Error")) {
        let problem = Content::builder().schema(Some(Ref::from_schema_name("Problem"))).build();
        response.content.insert("application/problem+json".to_owned(), problem.into());
    }
}

fn refusal() -> RefOr<Response> {
    let body = Content::builder().schema(Some(Ref::from_schema_name("Error"))).build();
    Response::builder().description("Refused").content("application/json", body).build().into()
}

/// The document as text.
pub fn text() -> String {
    Document::openapi().to_pretty_json().unwrap_or_else(|error| {
        tracing::error!(error = %error, "the OpenAPI document cannot be written");
        "{}".to_owned()
    })
}

/// Serves the document.
pub async fn read() -> ([(header::HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], text())
}
