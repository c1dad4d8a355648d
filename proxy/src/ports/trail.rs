//! Who changes something, from where, in which request: what an audit event carries beside the change.

/// On whose word something changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person, by the CRM's user id.
    User(String),
    /// An administrator of the platform, by the CRM's user id.
    SaasAdmin(String),
    /// Somebody at the command line, by the name that the machine knows.
    Operator(String),
    /// Annex itself, by a rule that nobody had to ask for.
    Annex,
}

impl Actor {
    /// The word in `audit_events.actor_kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Actor::User(_) => "user",
            Actor::SaasAdmin(_) => "saas_admin",
            Actor::Operator(_) => "operator",
            Actor::Annex => "node",
        }
    }

    /// The id or name.
    pub fn id(&self) -> &str {
        match self {
            Actor::User(id) | Actor::SaasAdmin(id) | Actor::Operator(id) => id,
            Actor::Annex => "annex",
        }
    }
}

/// Where a change comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    pub actor: Actor,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
}

impl Trail {
    /// A change that no request carries.
    pub fn of(actor: Actor) -> Self {
        Trail { actor, ip: None, user_agent: None, request_id: None }
    }
}
