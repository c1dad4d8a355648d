//! What our documents say before a script runs, or where none does. The pages' own texts are in `proxy/ui/src/words`.

use annex_config::UiLanguage;

use super::Page;

/// The languages of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    German,
}

/// Where a link of an invitation leads while nothing is on.
pub(super) struct Off {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) back: &'static str,
}

impl From<UiLanguage> for Language {
    fn from(language: UiLanguage) -> Self {
        match language {
            UiLanguage::English => Language::English,
            UiLanguage::German => Language::German,
        }
    }
}

impl Language {
    /// By its primary subtag (RFC 5646).
    pub fn of(tag: &str) -> Option<Self> {
        [Language::English, Language::German].into_iter().find(|language| language.tag().eq_ignore_ascii_case(tag))
    }

    /// As in `lang`.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    /// The document's title, until its page says a better one.
    pub(super) fn title(self, page: Page) -> &'static str {
        match (self, page) {
            (Language::English, Page::Workspaces) => "Workspaces",
            (Language::English, Page::Create) => "New workspace",
            (Language::English, Page::Onboarding) => "First steps",
            (Language::English, Page::Settings) => "Workspace settings",
            (Language::English, Page::Invite) => "Invitation",
            (Language::English, Page::Admin) => "Multi-workspace",
            (Language::German, Page::Workspaces) => "Arbeitsbereiche",
            (Language::German, Page::Create) => "Neuer Arbeitsbereich",
            (Language::German, Page::Onboarding) => "Erste Schritte",
            (Language::German, Page::Settings) => "Einstellungen des Arbeitsbereichs",
            (Language::German, Page::Invite) => "Einladung",
            (Language::German, Page::Admin) => "Arbeitsbereiche für alle",
        }
    }

    pub(super) fn no_script(self) -> &'static str {
        match self {
            Language::English => "This page needs JavaScript. Switch it on in your browser and load the page again.",
            Language::German => {
                "Diese Seite braucht JavaScript. Schalten Sie es in Ihrem Browser ein und laden Sie die Seite neu."
            }
        }
    }

    pub(super) fn off(self) -> Off {
        match self {
            Language::English => Off {
                title: "Workspaces are switched off here",
                text: "Invitations cannot be answered while they are. Nothing was lost: whoever invited you can tell when \
                       the link works again.",
                back: "To the start page",
            },
            Language::German => Off {
                title: "Arbeitsbereiche sind hier ausgeschaltet",
                text: "So lange lassen sich Einladungen nicht beantworten. Verloren ist nichts: Wer Sie eingeladen hat, \
                       kann sagen, wann der Link wieder gilt.",
                back: "Zur Startseite",
            },
        }
    }
}
