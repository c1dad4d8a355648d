//! `annex doctor routes`: which requests does no route of the profile cover?
//!
//! Asks either for what people met, as recorded in shadow and in enforce, or for a list: the CRM's routes as its
//! developers know them, or paths out of its access log.
//!
//! **Invariant:** judged by the profile of this configuration, so that a route that was mapped since is no finding.
//! **Deliberately absent:** routes that the profile knows and refuses in a workspace (`unmapped`). Somebody decided that.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use annex_config::Sources;
use annex_policy::{MatchPath, Method, RouteMatch, RouteTable};
use anyhow::Context;
use serde_json::json;

use crate::{
    cli::{
        Common, database,
        ending::{Ending, Outcome, not_understood},
        table::{age, table},
    },
    clock,
    store::shadow::{self, Known},
};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Lines `METHOD<TAB>PATH` in place of what was met; `-` reads standard input. Further columns, empty lines, lines
    /// that begin with `#`, and a head `method<TAB>path` are passed over.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

pub async fn run(common: Common, arguments: &Arguments) -> Outcome {
    let config = annex_config::load(Sources::from_process(common.config))?;
    let routes = &config.profile.routes;
    let is_covered = match &arguments.from {
        Some(file) => of_list(routes, file, arguments.json)?,
        None => {
            let client = database::connect(&config.database.url, "ANNEX_DATABASE_URL").await?;
            let met = shadow::unmapped(&client).await;
            let met = met.context("cannot read what was met (is the schema there? `annex migrate status`)")?;
            of_met(routes, met, arguments.json)
        }
    };
    Ok(if is_covered { Ending::Fine } else { Ending::Wrong })
}

/// Whether the profile has a word for it.
fn covers(routes: &RouteTable, method: Method, path: &MatchPath) -> bool {
    routes.find(method, path) != RouteMatch::None
}

fn of_met(routes: &RouteTable, met: Vec<Known>, is_json: bool) -> bool {
    let is_open = |known: &Known| !covers(routes, Method::parse(&known.method), &MatchPath::lenient(&known.pattern));
    let open: Vec<Known> = met.into_iter().filter(is_open).collect();
    if is_json {
        let rows: Vec<_> = open.iter().map(met_as_json).collect();
        say!("{}", json!({ "uncovered": rows, "count": open.len() }));
    } else if open.is_empty() {
        say!("Nothing was met that the profile does not cover.");
    } else {
        let now = clock::unix_seconds();
        let mut rows = vec![["COUNT", "METHOD", "PATH", "FIRST", "LAST"].map(str::to_owned).to_vec()];
        rows.extend(open.iter().map(|known| {
            let since = |at: jiff::Timestamp| age(now - at.as_second());
            let (first, last) = (since(known.first_seen_at), since(known.last_seen_at));
            vec![known.seen.to_string(), known.method.clone(), known.pattern.clone(), first, last]
        }));
        say!("{}\n{} that no route of the profile covers.", table(&rows), open.len());
    }
    open.is_empty()
}

fn met_as_json(known: &Known) -> serde_json::Value {
    json!({
        "method": known.method,
        "path": known.pattern,
        "count": known.seen,
        "firstSeen": known.first_seen_at,
        "lastSeen": known.last_seen_at,
    })
}

fn of_list(routes: &RouteTable, file: &Path, is_json: bool) -> anyhow::Result<bool> {
    let text = read(file)?;
    let listed = parse(&text).map_err(|wrong| not_understood(format!("{}, {wrong}", file.display())))?;
    let open: Vec<&Listed<'_>> = listed.iter().filter(|one| !covers(routes, one.method, &one.path)).collect();
    if is_json {
        let row = |one: &&Listed<'_>| json!({ "method": one.method.as_str(), "path": one.text, "line": one.line });
        let rows: Vec<_> = open.iter().map(row).collect();
        say!("{}", json!({ "uncovered": rows, "count": open.len(), "asked": listed.len() }));
    } else if open.is_empty() {
        say!("The profile covers all {}.", listed.len());
    } else {
        let mut rows = vec![["LINE", "METHOD", "PATH"].map(str::to_owned).to_vec()];
        rows.extend(open.iter().map(|one| vec![one.line.to_string(), one.method.as_str().into(), one.text.into()]));
        say!("{}\n{} of {} that no route of the profile covers.", table(&rows), open.len(), listed.len());
    }
    Ok(open.is_empty())
}

fn read(file: &Path) -> anyhow::Result<String> {
    let read = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    read.map_err(|error| not_understood(format!("cannot read {}: {error}", file.display())))
}

struct Listed<'a> {
    line: usize,
    method: Method,
    text: &'a str,
    path: MatchPath<'a>,
}

fn parse(text: &str) -> Result<Vec<Listed<'_>>, String> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end_matches('\r')));
    let lines =
        lines.filter(|(number, line)| !line.trim().is_empty() && !line.starts_with('#') && !is_head(*number, line));
    lines.map(|(number, line)| parse_line(number, line).map_err(|wrong| format!("line {number}: {wrong}"))).collect()
}

fn is_head(number: usize, line: &str) -> bool {
    let mut columns = line.split('\t').map(str::to_ascii_lowercase);
    number == 1 && columns.next().as_deref() == Some("method") && columns.next().as_deref() == Some("path")
}

fn parse_line(line: usize, text: &str) -> Result<Listed<'_>, String> {
    let mut columns = text.split('\t');
    let (Some(method), Some(path)) = (columns.next(), columns.next()) else {
        return Err("there is no tab: write METHOD<TAB>PATH".to_owned());
    };
    let known = Method::parse(method);
    if known == Method::Other {
        return Err(format!("`{method}` is not a method: write it in capitals, such as GET"));
    }
    let parsed = MatchPath::parse(path).map_err(|wrong| format!("`{path}`: {wrong}"))?;
    Ok(Listed { line, method: known, text: path, path: parsed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_their_numbers_and_what_is_no_line_is_told() {
        let text = "method\tpath\tline\n# a word\n\nGET\t/api/tasks/:id\t12\tauth\r\nDELETE\t/api/tasks/1\n";
        let listed =
            parse(text).map(|lines| lines.iter().map(|one| (one.line, one.method, one.text)).collect::<Vec<_>>());
        assert_eq!(listed, Ok(vec![(4, Method::Get, "/api/tasks/:id"), (5, Method::Delete, "/api/tasks/1")]));
        for (text, wanted) in [
            ("GET /api/tasks", "line 1: there is no tab"),
            ("GET\t/a\nFETCH\t/a", "line 2: `FETCH` is not a method"),
            ("GET\t/a\n\nget\t/a", "line 3: `get` is not a method"),
            ("GET\tapi/tasks", "line 1: `api/tasks`: the path does not begin with a slash"),
            ("GET\t/a?b=c", "the path holds a query"),
            ("GET\t/a/../b", "the path holds a dot segment"),
            ("GET\t/a\nmethod\tpath", "line 2: `method` is not a method"),
        ] {
            let said = parse(text).map(|_| ()).err().unwrap_or_default();
            assert!(said.contains(wanted), "{text:?}: {said}");
        }
    }
}
