//! How a workspace shows itself: two colours, the words on its documents, the signature under its mails, its logo.
//!
//! **Invariant:** what exists here was checked: a [`Color`] has its form, a [`Signature`] holds nothing but allowed
//! HTML (whoever wrote the row that it came from), a [`Logo`] was drawn by us and holds nothing that was sent but pixels.
//! **Deliberately absent:** where it is kept and who may change it; refusing a colour that is hard to read, which is
//! [`Advice`].

mod color;
mod data_url;
mod logo;
mod signature;
mod whole;
mod words;

use serde::{Deserialize, Serialize};

pub use color::{Advice, Color, Contrast, advice};
pub use data_url::from_data_url;
pub use logo::{BadImage, Kind, Logo, MOST_BYTES, Picture, SHOWN_PX, SIZES, Workshop};
pub use signature::Signature;
pub use words::words;

/// All that a workspace chooses but its logo. What is not chosen is the CRM's matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Look {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_color: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_color: Option<Color>,
    /// Plain text, a few lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pdf_header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pdf_footer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_signature: Option<Signature>,
    /// Whether the CRM's own documents and mails show it, as far as the profile maps it.
    pub show_in_crm: bool,
}

impl Default for Look {
    fn default() -> Self {
        Look {
            primary_color: None,
            secondary_color: None,
            pdf_header: None,
            pdf_footer: None,
            email_signature: None,
            show_in_crm: true,
        }
    }
}

impl Look {
    /// The names of what differs between the two; for the audit trail, which holds no contents.
    pub fn differences(&self, other: &Look) -> Vec<&'static str> {
        let differs = [
            ("primaryColor", self.primary_color != other.primary_color),
            ("secondaryColor", self.secondary_color != other.secondary_color),
            ("pdfHeader", self.pdf_header != other.pdf_header),
            ("pdfFooter", self.pdf_footer != other.pdf_footer),
            ("emailSignature", self.email_signature != other.email_signature),
            ("showInCrm", self.show_in_crm != other.show_in_crm),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

/// What a mail or a page says of a workspace; strings that are ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    pub name: String,
    /// With the public address in front where one is configured, else a path of Annex.
    pub logo_url: Option<String>,
    pub primary_color: Option<Color>,
    /// As HTML it is put into a mail as it is; to strangers without links.
    pub signature: Option<Signature>,
}
