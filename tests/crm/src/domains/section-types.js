// The kinds of section a proposal can have. Its route is registered after GET /api/proposals/:id, which
// takes the request first: nobody ever sees this list, as in the CRM.
"use strict";

const SECTION_TYPES = ["cover", "introduction", "about_us", "scope", "deliverables", "timeline", "pricing", "terms", "signature"];

const listSectionTypes = () => SECTION_TYPES.map((type) => ({ type, label: type.replaceAll("_", " ") }));

module.exports = { listSectionTypes };
