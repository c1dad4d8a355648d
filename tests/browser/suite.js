// The whole suite, one process: one PostgreSQL, one Chromium.
//
//   npm test                                                     all of it
//   node --test-name-pattern='two tabs' --test-reporter=spec suite.js     some of it

import "./test/story.test.js";
