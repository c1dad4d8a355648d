//! Can the switcher stand in the CRM's pages?

use annex_config::Config;
use bytes::Bytes;
use http::header;

use super::{
    finding::{Finding, causes},
    upstream::{client, origin},
};
use crate::{
    coding::Coding,
    html::{Injector, Outcome},
    stage::inject::Fit,
};

/// Asks for the page after signing in, as Annex does for somebody who has the feature.
pub async fn have_room(config: &Config) -> Finding {
    let path = &config.profile.browser.start_path;
    let question = format!("Can the switcher stand in the CRM's page {path}?");
    let asked = async {
        let page = client(config)?.get(format!("{}{path}", origin(&config.upstream)));
        let answer = page.header(header::ACCEPT, "text/html").send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        reqwest::Result::Ok((Fit::of(status, &headers), status, answer.bytes().await?))
    };
    let remedy = "without it people have no switcher on such pages; the management API and programs are not concerned";
    match asked.await {
        Ok((Fit::Fits { coding, nonce }, _, page)) => match place(page, coding) {
            Some(Outcome::Inserted) if nonce.is_some() => Finding::ok(question, "Yes, by the nonce of its own policy."),
            Some(Outcome::Inserted) => Finding::ok(question, "Yes."),
            _ => Finding::warn(question, "No: its first 64 KiB show no element.", remedy),
        },
        Ok((Fit::NoPage, status, _)) => {
            let remedy = format!("`browser.start_path` of the profile must be a page of the CRM; {remedy}");
            Finding::warn(question, format!("No: the answer is {status} and no HTML page."), remedy)
        }
        Ok((Fit::Coding, ..)) => {
            let remedy = format!("let the CRM answer in gzip, in br, or in no coding when none is asked for; {remedy}");
            Finding::warn(question, "No: it comes in a coding that Annex does not read.", remedy)
        }
        Ok((Fit::Policy(directive), ..)) => {
            let answer = format!("No: `{directive}` of its Content-Security-Policy does not admit it.");
            Finding::warn(question, answer, format!("{}; {remedy}", admit(directive)))
        }
        Err(error) => Finding::warn(question, format!("That could not be seen: {}.", causes(&error)), remedy),
    }
}

fn place(page: Bytes, coding: Coding) -> Option<Outcome> {
    let mut injector = Injector::new(String::new(), coding);
    injector.piece(page, true).ok()?;
    injector.outcome()
}

/// What the CRM's policy would have to say.
fn admit(directive: &str) -> &'static str {
    match directive {
        "trusted-types" => "add `lit-html` to `trusted-types`",
        "connect-src" => "add `'self'` to `connect-src`",
        "sandbox" => "add `allow-scripts` to `sandbox`",
        _ => "add `'self'` or a nonce to `script-src`",
    }
}
