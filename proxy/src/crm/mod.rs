//! What the profile lets us ask of the CRM.
