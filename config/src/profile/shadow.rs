//! The section `member_row`: how the CRM's rows of that strategy are kept.
//!
//! Promise: with the strategy every statement is there and binds what it may; without it the section is a mistake. The
//! domain of the addresses is no mailbox domain of people.
//!
//! **Deliberately absent:** a look at the DNS. Whether the domain really takes no mail is the operator's word.

use annex_policy::ContextStrategy;

use super::reader::Reader;
use super::{CrmProfile, ShadowProfile, sql};
use crate::mistake::{Mistake, Place};
use crate::raw::Raw;

/// The key of the configuration that names the domain, where the profile does not.
const DOMAIN_KEY: &str = "member_row.mail_domain";

/// Where people have mailboxes: nobody operates these for one CRM.
const MAILBOX_DOMAINS: [&str; 22] = [
    "aol.com",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "web.de",
    "yahoo.com",
    "yandex.ru",
];

pub(super) fn read(root: &mut Reader<'_>, strategy: ContextStrategy) -> Option<ShadowProfile> {
    let said = root.has("member_row");
    let mut table = root.section("member_row");
    if strategy == ContextStrategy::Claims {
        if said {
            let remedy = "remove it, or write `strategy = \"member_row\"`";
            table.note(table.line, "`member_row` means nothing to the strategy `claims`", remedy);
        }
        return None;
    }
    let mail_domain = table.optional_text("mail_domain");
    if let Some(said) = &mail_domain
        && let Err(why) = undeliverable(&said.text)
    {
        table.note(said.line, format!("`{}` {why}", said.text), REMEDY);
    }
    let mut statement = |key: &'static str, begins: &str, most: u32| {
        let said = table.text(key);
        sql::one_statement(&table, key, &said, begins, most)
    };
    let make = statement("make", "insert into ", 8);
    let stand = statement("stand", "update ", 6);
    let rest = statement("rest", "update ", 1);
    let forget = statement("forget", "delete from ", 1);
    table.finish();
    let mail_domain = mail_domain.map(|said| said.text).unwrap_or_default();
    Some(ShadowProfile { mail_domain, make, stand, rest, forget })
}

/// The domain as the configuration says it, else as the profile does; one of them must.
pub(super) fn mail_domain(raw: &Raw, profile: &mut CrmProfile, mistakes: &mut Vec<Mistake>) {
    let said = raw.get(DOMAIN_KEY);
    let place = said.map_or_else(|| Place::Missing("ANNEX_MEMBER_ROW_MAIL_DOMAIN".into()), |said| said.place.clone());
    match (&mut profile.shadow, said) {
        // Said for the other strategy, and harmless to this one.
        (None, _) => {}
        (Some(shadow), Some(said)) => {
            let domain = said.text.expose_str();
            if let Err(why) = undeliverable(domain) {
                mistakes.push(Mistake::new(place, format!("`{domain}` {why}"), REMEDY));
            }
            domain.clone_into(&mut shadow.mail_domain);
        }
        (Some(shadow), None) if shadow.mail_domain.is_empty() => {
            let what = "the strategy `member_row` makes users rows, and their addresses have no domain";
            mistakes.push(Mistake::new(place, what, REMEDY));
        }
        (Some(_), None) => {}
    }
}

const REMEDY: &str = "name a domain that is yours and takes no mail (a null MX record, RFC 7505), such as \
                      `no-mail.example.com`, or one under `.invalid`";

/// Whether a domain may be that of addresses that nobody reads, as far as its name tells.
fn undeliverable(domain: &str) -> Result<(), &'static str> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if domain.len() > 190 || !domain.contains('.') || !domain.split('.').all(label) {
        return Err("is not a domain of at least two names, in lower case");
    }
    let theirs = MAILBOX_DOMAINS.iter().any(|known| domain == *known || domain.ends_with(&format!(".{known}")));
    if theirs {
        return Err("is where people have mailboxes");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_of_mailboxes_is_none_of_the_operators() {
        for fine in ["no-mail.example.com", "shadow.invalid", "a.b.c.example"] {
            assert_eq!(undeliverable(fine), Ok(()), "{fine}");
        }
        for bad in
            ["", "invalid", "gmail.com", "x.gmail.com", "Shadow.invalid", "a..b", "-a.b", "a b.c", "a@b.c", ".a.b"]
        {
            assert!(undeliverable(bad).is_err(), "{bad}");
        }
    }
}
