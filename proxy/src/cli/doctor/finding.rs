//! What a check found: a question, its answer, and what to do.

use serde_json::json;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Works, and an operator should know.
    Warn,
    /// Wrong: exit code 1.
    Bad,
}

/// One answered question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was asked, as a question.
    pub question: String,
    /// What was seen.
    pub answer: String,
    pub verdict: Verdict,
    /// What to do about it; may be statements to run, one a line.
    pub remedy: Option<String>,
}

impl Finding {
    pub fn ok(question: impl Into<String>, answer: impl Into<String>) -> Self {
        Finding { question: question.into(), answer: answer.into(), verdict: Verdict::Ok, remedy: None }
    }

    pub fn warn(question: impl Into<String>, answer: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Finding { question: question.into(), answer: answer.into(), verdict: Verdict::Warn, remedy }
    }

    pub fn bad(question: impl Into<String>, answer: impl Into<String>, remedy: impl Into<String>) -> Self {
        Finding { verdict: Verdict::Bad, ..Finding::warn(question, answer, remedy) }
    }
}

/// For people: a mark, the question and the answer; the remedy below.
pub fn as_text(findings: &[Finding]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for finding in findings {
        let mark = match finding.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "WARN",
            Verdict::Bad => "BAD ",
        };
        lines.push(format!("{mark} {} {}", finding.question, finding.answer));
        let remedy = finding.remedy.as_deref().unwrap_or_default();
        lines.extend(remedy.lines().map(|line| format!("       → {line}")));
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (bad, warn) = (count(Verdict::Bad), count(Verdict::Warn));
    lines.push(match (bad, warn) {
        (0, 0) => "All is well.".to_owned(),
        (0, warn) => format!("Nothing is wrong; {warn} to look at (WARN)."),
        (bad, warn) => format!("{bad} wrong (BAD), {warn} to look at (WARN)."),
    });
    lines.join("\n")
}

/// For machines: `{"findings":[{question, answer, verdict, remedy}], "bad", "warn"}`.
pub fn as_json(findings: &[Finding]) -> String {
    let name = |verdict| match verdict {
        Verdict::Ok => "ok",
        Verdict::Warn => "warn",
        Verdict::Bad => "bad",
    };
    let count = |wanted| findings.iter().filter(|finding| finding.verdict == wanted).count();
    let rows = findings.iter().map(|finding| {
        json!({
            "question": finding.question,
            "answer": finding.answer,
            "verdict": name(finding.verdict),
            "remedy": finding.remedy,
        })
    });
    let rows: Vec<_> = rows.collect();
    json!({ "findings": rows, "bad": count(Verdict::Bad), "warn": count(Verdict::Warn) }).to_string()
}

/// An error with its causes in one line.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_alone_and_its_remedy_stands_below() {
        let findings = [
            Finding::ok("Is it there?", "Yes."),
            Finding::bad("Is it whole?", "No.", "GRANT a;\nGRANT b;"),
            Finding::warn("Is it new?", "No.", "Renew it."),
        ];
        let wanted = "ok   Is it there? Yes.\nBAD  Is it whole? No.\n       → GRANT a;\n       → GRANT b;\n\
                      WARN Is it new? No.\n       → Renew it.\n1 wrong (BAD), 1 to look at (WARN).";
        assert_eq!(as_text(&findings), wanted);
    }
}
