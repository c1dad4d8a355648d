//! What a client would rather have: the lists of `Accept-Encoding` and `Accept-Language` (RFC 9110, section 12.5).

use http::{HeaderMap, HeaderName, header};

use crate::{coding::Coding, ui::Language};

/// The best coding of a file that the client takes: the one that it weighs most, among equals the smallest.
pub fn coding(headers: &HeaderMap) -> Coding {
    let said = listed(headers, &header::ACCEPT_ENCODING);
    let weight = |name: &str| {
        let named = |wanted: &str| said.iter().find(|(said, _)| said.eq_ignore_ascii_case(wanted)).map(|(_, q)| *q);
        named(name).or_else(|| named("*")).unwrap_or(0)
    };
    // `max_by_key` gives the last of equals.
    let packed = [Coding::Gzip, Coding::Brotli].into_iter().max_by_key(|coding| weight(coding.name()));
    match packed.filter(|coding| weight(coding.name()) > 0) {
        // Whoever names identity and weighs it more wants it; left out it is what is left.
        Some(coding) if weight(coding.name()) >= identity(&said) => coding,
        _ => Coding::Identity,
    }
}

fn identity(said: &[(String, u16)]) -> u16 {
    said.iter().find(|(name, _)| name.eq_ignore_ascii_case("identity")).map_or(0, |(_, q)| *q)
}

/// The first of our languages in the order of the client's wishes; English where it wishes for none of them.
pub fn language(headers: &HeaderMap) -> Language {
    let mut said = listed(headers, &header::ACCEPT_LANGUAGE);
    said.retain(|(_, q)| *q > 0);
    // Stable: among equals the first.
    said.sort_by_key(|(_, q)| std::cmp::Reverse(*q));
    let ours = |(range, _): &(String, u16)| Language::of(range.split('-').next().unwrap_or_default());
    said.iter().find_map(ours).unwrap_or(Language::English)
}

/// Names with their weights in thousandths, in the order of the header.
fn listed(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, u16)> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let item = |item: &str| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?.to_owned();
        let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some((name, q.map_or(Some(1000), thousandths)?))
    };
    values.flat_map(|value| value.split(',')).filter_map(item).collect()
}

/// `0.875`: one digit, and three more at most.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !matches!(whole, "0" | "1") {
        return None;
    }
    let number = format!("{whole}{rest:0<3}").parse().ok()?;
    (number <= 1000).then_some(number)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_coding_is_the_one_that_the_client_weighs_most() {
        for (said, wanted) in [
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip", Coding::Gzip),
            ("GZIP", Coding::Gzip),
            ("br;q=0.5, gzip;q=0.8", Coding::Gzip),
            ("br;q=0, gzip;q=0.1", Coding::Gzip),
            ("br ; q=0.001", Coding::Brotli),
            ("*", Coding::Brotli),
            ("br;q=0, *", Coding::Gzip),
            ("*;q=0", Coding::Identity),
            ("identity", Coding::Identity),
            ("identity, br;q=0.5", Coding::Identity),
            ("identity;q=0.1, br;q=0.5", Coding::Brotli),
            ("identity;q=0", Coding::Identity),
            ("deflate", Coding::Identity),
            ("br;q=1.001, gzip;q=x, ,", Coding::Identity),
            ("", Coding::Identity),
        ] {
            assert_eq!(coding(&of(header::ACCEPT_ENCODING, said)), wanted, "`{said}`");
        }
        assert_eq!(coding(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn the_language_is_the_first_of_ours_that_is_wished_for() {
        for (said, wanted) in [
            ("de", Language::German),
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("en-GB,de;q=0.9", Language::English),
            ("fr,de;q=0.4,en;q=0.5", Language::English),
            ("fr, DE", Language::German),
            ("de;q=0, fr", Language::English),
            ("fr", Language::English),
            ("deutsch", Language::English),
        ] {
            assert_eq!(language(&of(header::ACCEPT_LANGUAGE, said)), wanted, "`{said}`");
        }
    }
}
