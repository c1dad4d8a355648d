//! What the configuration alone answers: its mistakes, who reaches operators' listener, paths that two would serve.

use annex_config::{Config, Mistake};

use super::finding::Finding;
use crate::stage::receive::is_own;

/// One mistake of the configuration.
pub fn mistake(mistake: &Mistake) -> Finding {
    Finding::bad(
        "Is the configuration valid?",
        format!("No. {}: {}", mistake.place, mistake.what),
        mistake.remedy.clone(),
    )
}

pub fn valid(config: &Config) -> Finding {
    let routes = config.profile.routes.routes().len();
    let answer = format!("Yes, with the CRM profile `{}` ({routes} routes).", config.profile.name);
    Finding::ok("Is the configuration valid?", answer)
}

/// Who may reach the admin listener, and what may they do there?
pub fn admin(config: &Config) -> Finding {
    const QUESTION: &str = "Who reaches the admin listener?";
    let address = config.admin.address;
    match (address.ip().is_loopback(), config.admin.token.is_some()) {
        (true, true) => {
            Finding::ok(QUESTION, format!("This machine alone ({address}); writing needs ANNEX_ADMIN_TOKEN."))
        }
        (true, false) => {
            Finding::ok(QUESTION, format!("This machine alone ({address}); it is read-only without ANNEX_ADMIN_TOKEN."))
        }
        (false, true) => Finding::warn(
            QUESTION,
            format!("Everybody who reaches {address}; writing needs ANNEX_ADMIN_TOKEN, reading /metrics does not."),
            "listen on a loopback address, or let a firewall admit Prometheus and operators only",
        ),
        (false, false) => Finding::bad(
            QUESTION,
            format!("Everybody who reaches {address}, without a token."),
            "set ANNEX_ADMIN_TOKEN, or ANNEX_ADMIN_LISTEN to a loopback address",
        ),
    }
}

/// Routes of the CRM under paths that Annex serves itself: whoever has the feature would lose them.
pub fn collisions(config: &Config) -> Vec<Finding> {
    const QUESTION: &str = "Does the CRM have routes under Annex's own paths?";
    let taken: Vec<String> = config
        .profile
        .routes
        .routes()
        .iter()
        .filter(|route| is_own(&route.pattern))
        .map(|route| format!("{} {} (line {})", route.method.as_str(), route.pattern, route.line))
        .collect();
    if taken.is_empty() {
        return vec![Finding::ok(QUESTION, "No.")];
    }
    let remedy = "where the flag is on, Annex answers these paths and the CRM's own answer is lost: do not turn the feature on for this CRM";
    taken.into_iter().map(|route| Finding::bad(QUESTION, format!("Yes: {route}."), remedy)).collect()
}
