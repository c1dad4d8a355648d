//! Our own documents: a head, the two elements that start us, and a policy that lets nothing else run.
//!
//! **Invariant:** a document and its policy are made together, so that a nonce stands in both or in neither.

use std::{fmt::Write as _, sync::LazyLock};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{Document, Language, Page, Ui, Visit};

/// A document with the policy under which it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    pub html: String,
    /// For `Content-Security-Policy`.
    pub policy: String,
}

/// For the document that says that nothing is on: it needs no script.
const STYLE: &str = ":root{color-scheme:light dark}\
    body{margin:0;min-height:100dvh;display:grid;place-items:center;background:Canvas;color:CanvasText;\
    font:1rem/1.6 system-ui,sans-serif}\
    main{max-width:34rem;padding:2rem 1.5rem}\
    h1{margin:0 0 1rem;font-size:1.6rem;line-height:1.25}";

static OFF_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// What may happen in a document of ours: our scripts, our own calls and pictures, and no HTML from text.
pub fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types lit-html 'allow-duplicates'"
    )
}

impl Ui {
    /// One of our documents for one person. `nonce` is base64, made for this answer.
    pub fn document(&self, page: Page, principal: Option<&str>, nonce: &str, asked: Language) -> Sheet {
        let language = self.spoken(asked);
        let elements =
            self.elements(&Visit { document: Document::Annex, principal, nonce: Some(nonce), pictures: true });
        // In the body, so that there is one when they run.
        let body = format!("<noscript><p>{}</p></noscript>\n{elements}", language.no_script());
        Sheet { html: whole(language, language.title(page), "", &body), policy: policy(nonce) }
    }

    /// The admin listener's page; `can_write`: it takes a token.
    pub fn operators(&self, nonce: &str, can_write: bool, asked: Language) -> Sheet {
        let language = self.spoken(asked);
        let visit = Visit { document: Document::Annex, principal: None, nonce: Some(nonce), pictures: true };
        let words = language.no_script();
        let body = format!("<noscript><p>{words}</p></noscript>\n{}", self.boot.operators(&visit));
        let writing = if can_write { "by-token" } else { "never" };
        let html = whole(language, language.title(Page::Admin), "", &body);
        Sheet { html: html.replacen("<body>", &format!("<body data-writing=\"{writing}\">"), 1), policy: policy(nonce) }
    }

    /// Says that nothing is on, without a script.
    pub fn off(&self, asked: Language) -> Sheet {
        let language = self.spoken(asked);
        let words = language.off();
        let body = format!(
            "<main>\n<h1>{}</h1>\n<p>{}</p>\n<p><a href=\"{}\">{}</a></p>\n</main>",
            words.title,
            words.text,
            super::boot::in_attribute(&self.start_path),
            words.back,
        );
        let style = format!("<style>{STYLE}</style>\n");
        Sheet { html: whole(language, words.title, &style, &body), policy: OFF_POLICY.clone() }
    }

    /// What the operator set, else what was asked for.
    fn spoken(&self, asked: Language) -> Language {
        self.language.unwrap_or(asked)
    }
}

fn whole(language: Language, title: &str, head: &str, body: &str) -> String {
    let mut html = String::with_capacity(body.len() + 512);
    // Writing to a String cannot fail.
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{title}</title>\n{head}</head>\n<body>\n{body}\n</body>\n</html>\n",
        language.tag(),
    );
    html
}
