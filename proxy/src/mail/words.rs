//! What letters say, in the language of whom they are for.
//!
//! Places: `{{workspace}}`, `{{inviter}}`, `{{role}}`, `{{address}}`, `{{day}}`, `{{link}}`.

use annex_policy::SystemRole;

use crate::ports::Language;

/// The words of an invitation.
pub struct Words {
    /// Without any name: a subject is where a name would be believed.
    pub subject: &'static str,
    pub title: &'static str,
    /// With an inviter whose name can be written, and without.
    pub lead: &'static str,
    pub lead_unsigned: &'static str,
    pub unnamed_workspace: &'static str,
    pub role: &'static str,
    pub button: &'static str,
    pub instead: &'static str,
    pub account: &'static str,
    pub expires: &'static str,
    pub unexpected: &'static str,
}

const ENGLISH: Words = Words {
    subject: "You have been invited to a workspace",
    title: "You have been invited",
    lead: "{{inviter}} invites you to join {{workspace}}.",
    lead_unsigned: "You are invited to join {{workspace}}.",
    unnamed_workspace: "a workspace",
    role: "Your role there: {{role}}.",
    button: "See the invitation",
    instead: "If the button does not work, open this address in your browser:",
    account: "Sign in as {{address}}. If you have no account yet, register with this address first and then open the link again.",
    expires: "The invitation is open until {{day}} (UTC). The link is for you alone: please do not forward it.",
    unexpected: "You did not expect this? Then ignore this message, and nothing happens.",
};

const GERMAN: Words = Words {
    subject: "Sie wurden in einen Arbeitsbereich eingeladen",
    title: "Sie wurden eingeladen",
    lead: "{{inviter}} lädt Sie in den Arbeitsbereich {{workspace}} ein.",
    lead_unsigned: "Sie sind in den Arbeitsbereich {{workspace}} eingeladen.",
    unnamed_workspace: "ohne Namen",
    role: "Ihre Rolle dort: {{role}}.",
    button: "Einladung ansehen",
    instead: "Wenn die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse im Browser:",
    account: "Melden Sie sich als {{address}} an. Wenn Sie noch kein Konto haben, registrieren Sie sich zuerst mit dieser Adresse und öffnen Sie den Link dann noch einmal.",
    expires: "Die Einladung gilt bis {{day}} (UTC). Der Link ist nur für Sie: bitte leiten Sie ihn nicht weiter.",
    unexpected: "Sie haben das nicht erwartet? Dann lassen Sie diese Nachricht liegen, und nichts geschieht.",
};

/// The words of a language.
pub fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}

/// The name of a system role; a custom one is called as its makers called it.
pub fn role_name(key: &str, language: Language) -> Option<&'static str> {
    let role: SystemRole = key.parse().ok()?;
    Some(match (language, role) {
        (Language::English, role) => role.name(),
        (Language::German, SystemRole::Admin) => "Admin",
        (Language::German, SystemRole::Manager) => "Manager",
        (Language::German, SystemRole::Member) => "Teammitglied",
        (Language::German, SystemRole::Finance) => "Finanzen",
        (Language::German, SystemRole::Viewer) => "Lesezugriff",
    })
}
