//! The API's own description, OpenAPI 3.1, generated from the handlers.

use http::header;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

use super::{branding, features, flags, logo, onboarding, rollout, switch, workspaces};

/// Everything that is served.
#[derive(OpenApi)]
#[openapi(
    info(title = "Annex", description = "Many workspaces per person."),
    paths(
        features::read,
        workspaces::list,
        workspaces::create,
        switch::switch,
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
        flags::list,
        flags::set,
        flags::enable,
        flags::disable,
        rollout::read,
        rollout::set,
    ),
    modifiers(&Bearer)
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
