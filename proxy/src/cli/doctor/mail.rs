//! Does the mail server take our mail?

use annex_config::{Config, MailTransport, SmtpEncryption, SmtpServer};

use super::finding::{Finding, causes};
use crate::mail::{Fault, MailError, Post, Sender};

const QUESTION: &str = "Does mail leave?";

/// Talks to the server as for a letter, up to the sender's name. Nobody is written to.
pub async fn leaves(config: &Config) -> Finding {
    let place = match &config.mail.transport {
        MailTransport::Off => {
            return Finding::ok(QUESTION, "There is none: whoever invites shows a link.");
        }
        MailTransport::File(folder) => folder.display().to_string(),
        MailTransport::Smtp(server) => format!("{}:{}", server.host, server.port),
    };
    match try_out(config).await {
        Err(error) => Finding::bad(QUESTION, format!("No: {}.", causes(&error)), "mend `mail.*` of the configuration"),
        Ok(Err(fault)) => {
            Finding::bad(QUESTION, format!("No: {place}, {}.", reason(&fault)), remedy(&fault, &config.mail.transport))
        }
        Ok(Ok(())) => match &config.mail.transport {
            MailTransport::Smtp(server) => {
                Finding::ok(QUESTION, format!("Yes: {place} takes mail from us, {}.", how(server)))
            }
            MailTransport::File(_) | MailTransport::Off => Finding::warn(
                QUESTION,
                format!("It becomes files in {place}: nobody gets it."),
                "set ANNEX_MAIL_SMTP_URL, and leave ANNEX_MAIL_TRANSPORT out, for mail that arrives",
            ),
        },
    }
}

async fn try_out(config: &Config) -> Result<Result<(), Fault>, MailError> {
    let Some(post) = Post::new(&config.mail)? else { return Ok(Ok(())) };
    let sender = Sender::new(&config.mail.from, config.public_url.as_deref().unwrap_or_default())?;
    Ok(post.try_out(&sender).await)
}

fn how(server: &SmtpServer) -> &'static str {
    match (server.encryption, &server.credentials) {
        (SmtpEncryption::None, _) => "unencrypted",
        (SmtpEncryption::StartTls | SmtpEncryption::Implicit, None) => "encrypted, without a login",
        (SmtpEncryption::StartTls | SmtpEncryption::Implicit, Some(_)) => "encrypted and signed in",
    }
}

/// The word of the outbox, so that one document explains both.
fn reason(fault: &Fault) -> &'static str {
    match fault {
        Fault::Passing(reason) | Fault::Final(reason) => reason,
        Fault::Unknown => "interrupted",
    }
}

fn remedy(fault: &Fault, transport: &MailTransport) -> &'static str {
    match (reason(fault), transport) {
        (_, MailTransport::File(_)) => "make the folder, or its parent, and let Annex write there",
        ("connection" | "timeout", _) => "is the server there, is the port right, and does a firewall let us through?",
        ("tls", _) => {
            "the certificate is for another name or of an authority that is not known: ANNEX_MAIL_CA_PATH names one more"
        }
        ("login", _) => "mend user and password in ANNEX_MAIL_SMTP_URL; special characters are percent-encoded",
        ("refused", _) => "the server takes no mail from this sender: ANNEX_MAIL_FROM, or what the server allows",
        _ => "ask whoever runs the server; its own log says more",
    }
}
