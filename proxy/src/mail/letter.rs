//! An invitation as a letter: plain text and HTML that say the same (RFC 2046, section 5.1.4).
//!
//! **Invariant:** `Message-ID` follows from the key of the mail, so that every attempt is the same mail to whoever receives it.

use jiff::Timestamp;
use lettre::{
    Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use sha2::{Digest, Sha256};

use super::{
    MailError,
    date::day,
    markup::{self, Put, escape},
    words::{self, Words},
};
use crate::{
    brand::Color,
    ports::{Language, Token},
    visible::presentable,
};

/// Who writes, and where links lead.
#[derive(Debug, Clone)]
pub struct Sender {
    mailbox: Mailbox,
    public_url: String,
}

/// How a workspace presents itself.
#[derive(Debug, Clone, Default)]
pub struct Letterhead {
    /// An address of a picture: whole, or a path under the public one.
    pub logo_url: Option<String>,
    /// Of what is to be pressed, if it is seen on white.
    pub color: Option<Color>,
    pub signature: Option<Signature>,
}

/// What stands under a letter, in both forms.
#[derive(Debug, Clone)]
pub struct Signature {
    /// Sanitised by whoever kept it.
    pub html: String,
    pub text: String,
}

/// An invitation to be written.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// The same for every attempt.
    pub key: &'a str,
    pub language: Language,
    pub to: &'a str,
    /// As somebody named it.
    pub workspace: &'a str,
    pub inviter: Option<&'a str>,
    pub role_key: &'a str,
    pub role_name: &'a str,
    pub expires_at: Timestamp,
    pub token: &'a Token,
    pub head: Letterhead,
}

/// A letter as it goes over the wire. It holds a token: never to be logged.
pub struct Composed {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
    /// Of the key; safe as a file's name.
    pub(super) name: String,
}

/// In characters: what one may write of a name to a stranger.
const LONGEST_NAME: usize = 60;

const TEMPLATE: &str = include_str!("invitation.html");

impl Sender {
    /// `from` as configured; `public_url` without a slash at its end.
    pub fn new(from: &str, public_url: &str) -> Result<Self, MailError> {
        Ok(Sender { mailbox: from.parse().map_err(MailError::Sender)?, public_url: public_url.to_owned() })
    }

    pub(super) fn address(&self) -> &lettre::Address {
        &self.mailbox.email
    }
}

/// Nobody's machine answers to it (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Writes a letter.
pub fn compose(sender: &Sender, letter: &Letter<'_>) -> Result<Composed, MailError> {
    let words = words::words(letter.language);
    let name: String =
        Sha256::digest(letter.key.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let domain = sender.mailbox.email.domain();
    let to = Mailbox::new(None, letter.to.parse().map_err(MailError::Recipient)?);
    let said = Said::of(sender, letter, words);
    let message = Message::builder()
        .from(sender.mailbox.clone())
        .to(to)
        .subject(words.subject)
        .message_id(Some(format!("<{name}@{domain}>")))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(said.text(words), said.html(words, letter.language)))?;
    Ok(Composed { envelope: message.envelope().clone(), bytes: message.formatted(), name })
}

/// The values of one letter.
struct Said {
    workspace: String,
    inviter: Option<String>,
    role: Option<String>,
    address: String,
    day: String,
    link: String,
    logo: Option<String>,
    button: Button,
    signature: Option<Signature>,
}

/// What is to be pressed: the colour of the workspace where people would see it, and text that reads on it.
struct Button {
    ground: String,
    ink: &'static str,
}

impl Button {
    fn of(color: Option<Color>) -> Self {
        let Some(color) = color.filter(|color| color.is_seen_on_white()) else {
            return Button { ground: OUR_COLOR.to_owned(), ink: "#ffffff" };
        };
        let ink = if color.contrast().text == "white" { "#ffffff" } else { "#000000" };
        Button { ground: color.to_string(), ink }
    }
}

const OUR_COLOR: &str = "#1d4ed8";

impl Said {
    fn of(sender: &Sender, letter: &Letter<'_>, words: &Words) -> Self {
        let role = words::role_name(letter.role_key, letter.language).map(str::to_owned);
        Said {
            workspace: presentable(letter.workspace, LONGEST_NAME)
                .unwrap_or_else(|| words.unnamed_workspace.to_owned()),
            inviter: letter.inviter.and_then(|name| presentable(name, LONGEST_NAME)),
            role: role.or_else(|| presentable(letter.role_name, LONGEST_NAME)),
            address: letter.to.to_owned(),
            day: day(letter.expires_at, letter.language),
            link: format!("{}/_annex/invite#{}", sender.public_url, letter.token.expose()),
            logo: letter.head.logo_url.as_deref().and_then(|url| whole(&sender.public_url, url)),
            button: Button::of(letter.head.color),
            signature: letter.head.signature.clone(),
        }
    }

    fn lead<'w>(&self, words: &'w Words) -> &'w str {
        if self.inviter.is_some() { words.lead } else { words.lead_unsigned }
    }

    fn text(&self, words: &Words) -> String {
        let inviter = self.inviter.as_deref().unwrap_or_default();
        let role = self.role.as_deref().unwrap_or_default();
        let values = [
            ("workspace", self.workspace.as_str()),
            ("inviter", inviter),
            ("role", role),
            ("address", &self.address),
            ("day", &self.day),
        ];
        let line = |template: &str| markup::plain(template, &values);
        let mut paragraphs = vec![line(self.lead(words))];
        paragraphs.extend(self.role.as_ref().map(|_| line(words.role)));
        paragraphs.push(format!("{}:\n{}", words.button, self.link));
        paragraphs.push(line(words.account));
        paragraphs.push(line(words.expires));
        paragraphs.push(words.unexpected.to_owned());
        paragraphs.extend(self.signature.as_ref().map(|signature| format!("-- \n{}", signature.text)));
        paragraphs.join("\n\n") + "\n"
    }

    fn html(&self, words: &Words, language: Language) -> String {
        // A name turns no text around it, and stands out from ours.
        let name = |text: &str| format!("<strong><bdi>{}</bdi></strong>", escape(text));
        let (workspace, inviter) = (name(&self.workspace), self.inviter.as_deref().map(name).unwrap_or_default());
        let role = self.role.as_deref().map(name).unwrap_or_default();
        let values = [
            ("workspace", Put::Markup(&workspace)),
            ("inviter", Put::Markup(&inviter)),
            ("role", Put::Markup(&role)),
            ("address", Put::Text(&self.address)),
            ("day", Put::Text(&self.day)),
        ];
        let line = |template: &str| markup::html(template, &values);
        let names = [
            ("workspace", Put::Text(&self.workspace)),
            ("inviter", Put::Text(self.inviter.as_deref().unwrap_or_default())),
        ];
        let preview = markup::html(self.lead(words), &names);
        let (lead, account, expires) = (line(self.lead(words)), line(words.account), line(words.expires));
        let role = self.role.as_ref().map_or(String::new(), |_| line(words.role));
        let role = markup::html(ROLE, &[("role", Put::Markup(&role))]);
        let logo = self.logo.as_deref().map(|url| markup::html(LOGO, &[("url", Put::Text(url))])).unwrap_or_default();
        let signature = self.signature.as_ref().map(|signature| signature.html.as_str());
        let signature =
            signature.map(|html| markup::html(SIGNATURE, &[("html", Put::Markup(html))])).unwrap_or_default();
        markup::html(
            TEMPLATE,
            &[
                ("language", Put::Text(language.tag())),
                ("subject", Put::Text(words.subject)),
                ("preview", Put::Markup(&preview)),
                ("title", Put::Text(words.title)),
                ("logo", Put::Markup(&logo)),
                ("lead", Put::Markup(&lead)),
                ("role", Put::Markup(&role)),
                ("link", Put::Text(&self.link)),
                ("button", Put::Text(words.button)),
                ("ground", Put::Text(&self.button.ground)),
                ("ink", Put::Text(self.button.ink)),
                ("instead", Put::Text(words.instead)),
                ("account", Put::Markup(&account)),
                ("expires", Put::Markup(&expires)),
                ("signature", Put::Markup(&signature)),
                ("unexpected", Put::Text(words.unexpected)),
            ],
        )
    }
}

const ROLE: &str = "<p class=\"plain\" style=\"margin:0;font-size:16px;line-height:26px;color:#1f2937;\
                    overflow-wrap:anywhere\">{{role}}</p>\n";

/// Of a height that reads as a letterhead; whatever its shape, it is not distorted.
const LOGO: &str = "<img src=\"{{url}}\" class=\"logo\" alt=\"\" height=\"48\" \
                    style=\"display:block;height:48px;width:auto;max-width:200px;object-fit:contain;object-position:left;\
                    margin:0 0 24px;border:0;border-radius:8px\">\n";

const SIGNATURE: &str = "<div class=\"signature quiet line\" style=\"margin:28px 0 0;overflow:hidden;padding:20px 0 0;border-top:1px solid #e5e7eb;\
                         font-size:14px;line-height:22px;color:#4b5563;overflow-wrap:anywhere\">{{html}}</div>\n";

/// A picture's address that a mail client can ask for; `None`: none that it should.
fn whole(public_url: &str, url: &str) -> Option<String> {
    if url.starts_with('/') && !url.starts_with("//") {
        return Some(format!("{public_url}{url}"));
    }
    url.starts_with("https://").then(|| url.to_owned())
}

#[cfg(test)]
#[path = "letter_tests.rs"]
mod tests;
