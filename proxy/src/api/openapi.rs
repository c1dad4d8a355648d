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
    activity, branding, events, export, features, flags, health, invitations, lifecycle, logo, members, offers,
    onboarding, orphans, roles, rollout, settings, summary, switch, transfers, webhooks, workspaces,
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
            let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
            for operation in operations.into_iter().flatten() {
                let mut statuses = vec!["400", "401", "403", "503"];
                if path.contains('{') {
                    statuses.push("404");
                }
                if operation.request_body.is_some() {
                    statuses.extend(["413", "415"]);
                }
                if path.starts_with("/api/workspaces/{id}") {
                    // Another workspace in the header than in the path; deleted.
                    statuses.extend(["409", "410"]);
                }
                for status in statuses {
                    operation.responses.responses.entry(status.to_owned()).or_insert_with(refusal);
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
