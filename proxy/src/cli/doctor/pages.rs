//! Can the switcher stand in the CRM's pages?

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use annex_config::Config;
use bytes::Bytes;
use http::header;

use super::{
    finding::{Finding, causes},
    upstream::{client, origin},
};
use crate::{
    coding::Coding,
    html::{Admission, Directive, Injector, Outcome},
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
        Ok((Fit::Fits { coding, admission }, _, page)) => match place(page, admission, coding) {
            Some((Outcome::Inserted, true)) => Finding::ok(question, "Yes, by the nonce of its own policy."),
            Some((Outcome::Inserted, false)) => Finding::ok(question, "Yes."),
            Some((Outcome::Policy(directive), _)) => sealed(question, directive, remedy),
            Some((Outcome::NoPlace, _)) | None => {
                Finding::warn(question, "No: its first 64 KiB show no element.", remedy)
            }
        },
        Ok((Fit::NoPage, status, _)) => {
            let remedy = format!("`browser.start_path` of the profile must be a page of the CRM; {remedy}");
            Finding::warn(question, format!("No: the answer is {status} and no HTML page."), remedy)
        }
        Ok((Fit::Coding, ..)) => {
            let remedy = format!("let the CRM answer in gzip, in br, or in no coding when none is asked for; {remedy}");
            Finding::warn(question, "No: it comes in a coding that Annex does not read.", remedy)
        }
        Ok((Fit::Policy(directive), ..)) => sealed(question, directive, remedy),
        Err(error) => Finding::warn(question, format!("That could not be seen: {}.", causes(&error)), remedy),
    }
}

/// What would come of the page, and whether a nonce was needed.
fn place(page: Bytes, admission: Admission, coding: Coding) -> Option<(Outcome, bool)> {
    let by_nonce = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&by_nonce);
    let nothing = move |admission: &Admission| {
        asked.store(admission.nonce().is_some(), Ordering::Relaxed);
        String::new()
    };
    let mut injector = Injector::new(Box::new(nothing), admission, coding);
    injector.piece(page, true).ok()?;
    injector.outcome().map(|outcome| (outcome, by_nonce.load(Ordering::Relaxed)))
}

fn sealed(question: String, directive: Directive, remedy: &str) -> Finding {
    let answer = format!("No: `{directive}` of its Content-Security-Policy does not admit it.");
    Finding::warn(question, answer, format!("{}; {remedy}", admit(directive)))
}

/// What the CRM's policy would have to say.
fn admit(directive: Directive) -> &'static str {
    match directive {
        "trusted-types" => "add `lit-html` to `trusted-types`",
        "connect-src" => "add `'self'` to `connect-src`",
        "sandbox" => "add `allow-scripts` to `sandbox`",
        _ => "add `'self'` or a nonce to `script-src`",
    }
}
