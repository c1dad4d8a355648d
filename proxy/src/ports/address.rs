//! An e-mail address: as somebody typed it, and as it is compared.
//!
//! Promise: one address (RFC 5321, section 4.1.2, without quoted local parts), 254 characters at most, no name beside it,
//! no control character: nothing that could end a header's line.
//!
//! **Invariant:** two spellings of one mailbox compare alike: without case, and an international domain in its ASCII form
//! (UTS #46). A local part beyond ASCII is refused: few servers would deliver it.

/// One mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    typed: String,
    compared: String,
}

/// RFC 5321, section 4.5.3.1.
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

impl Address {
    /// Reads what somebody typed; white space around it is not theirs.
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.trim();
        let (local, domain) = typed.rsplit_once('@')?;
        if typed.len() > LONGEST || !is_local(local) || !domain.chars().all(|c| c.is_alphanumeric() || "-.".contains(c))
        {
            return None;
        }
        let domain = idna::domain_to_ascii_strict(domain).ok()?;
        let compared = format!("{}@{domain}", local.to_ascii_lowercase());
        (is_domain(&domain) && compared.len() <= LONGEST).then(|| Address { typed: typed.to_owned(), compared })
    }

    /// As it was typed, for people.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// As it is compared and as it is mailed to.
    pub fn compared(&self) -> &str {
        &self.compared
    }

    /// Whose mailbox it is, for counting: what follows a `+` sorts the mail of one person.
    pub fn mailbox(compared: &str) -> String {
        let (local, domain) = compared.rsplit_once('@').unwrap_or((compared, ""));
        match local.split_once('+') {
            Some((person, _)) if !person.is_empty() => format!("{person}@{domain}"),
            Some(_) | None => compared.to_owned(),
        }
    }

    /// Enough to recognise one's own address, too little to learn another's: `b…@example.com`.
    pub fn masked(compared: &str) -> String {
        let (local, domain) = compared.rsplit_once('@').unwrap_or((compared, ""));
        format!("{}…@{domain}", local.chars().next().unwrap_or_default())
    }
}

/// Atoms with dots between them.
fn is_local(local: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    local.len() <= LONGEST_LOCAL && local.split('.').all(is_atom)
}

/// At least two labels; the last is no number, so that an address of a machine is none of a mailbox.
fn is_domain(domain: &str) -> bool {
    let labels = || domain.split('.');
    labels().count() > 1
        && labels().all(|label| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-'))
        && labels().next_back().is_some_and(|last| last.bytes().any(|b| b.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox_compare_alike() {
        for (typed, compared) in [
            ("bob@example.com", "bob@example.com"),
            ("  Bob@Example.COM ", "bob@example.com"),
            ("bob+crm@mail.example.com", "bob+crm@mail.example.com"),
            ("info@Bücher.example", "info@xn--bcher-kva.example"),
            ("info@xn--bcher-kva.example", "info@xn--bcher-kva.example"),
            ("o'neil@example.com", "o'neil@example.com"),
        ] {
            let address = Address::parse(typed);
            assert_eq!(address.as_ref().map(Address::compared), Some(compared), "{typed}");
            assert_eq!(address.as_ref().map(Address::typed), Some(typed.trim()));
        }
    }

    #[test]
    fn what_is_no_single_mailbox_is_refused() {
        let long = format!("{}@example.com", "x".repeat(65));
        let longer = format!("x@{}.com", "y.".repeat(130));
        for bad in [
            "",
            "bob",
            "@example.com",
            "bob@",
            "bob@localhost",
            "a@b@example.com",
            "Bob <bob@example.com>",
            "a@b.c,d@e.f",
            "bob@example.com\r\nBcc: x@y.z",
            "bob\n@example.com",
            "bob@exa mple.com",
            "bob@example..com",
            ".bob@example.com",
            "bob@127.0.0.1",
            "bob@[127.0.0.1]",
            "\"a b\"@example.com",
            "bob@-example.com",
            "büro@example.com",
            "bob@example.com;",
            "bob\0@example.com",
            &long,
            &longer,
        ] {
            assert_eq!(Address::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_mailbox_is_one_persons_however_it_sorts_their_mail() {
        for (compared, mailbox) in [
            ("bob@example.com", "bob@example.com"),
            ("bob+crm@example.com", "bob@example.com"),
            ("bob+a+b@example.com", "bob@example.com"),
            ("+crm@example.com", "+crm@example.com"),
        ] {
            assert_eq!(Address::mailbox(compared), mailbox, "{compared}");
        }
    }

    #[test]
    fn a_mask_leaves_one_letter_and_the_domain() {
        assert_eq!(Address::masked("bob@example.com"), "b…@example.com");
    }
}
