//! A day, as people write it.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::ports::Language;

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// The day of a moment in UTC.
pub fn day(moment: Timestamp, language: Language) -> String {
    let date: Date = moment.to_zoned(TimeZone::UTC).date();
    let name = |names: [&'static str; 12]| {
        usize::try_from(date.month() - 1).ok().and_then(|month| names.get(month).copied()).unwrap_or_default()
    };
    match language {
        Language::English => format!("{} {} {}", date.day(), name(ENGLISH), date.year()),
        Language::German => format!("{}. {} {}", date.day(), name(GERMAN), date.year()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_its_readers_write_it() {
        let moment: Timestamp = "2026-03-05T23:59:59Z".parse().unwrap();
        assert_eq!(day(moment, Language::English), "5 March 2026");
        assert_eq!(day(moment, Language::German), "5. März 2026");
    }
}
