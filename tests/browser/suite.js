// The whole suite, one process: one PostgreSQL, one Chromium.
//
//   npm test                                                              all of it
//   node --test-name-pattern='two tabs' --test-reporter=spec suite.js     some of it

import "./test/harness.test.js";
import "./test/story.test.js";
import "./test/tabs.test.js";
import "./test/navigation.test.js";
import "./test/person.test.js";
import "./test/loss.test.js";
import "./test/bypass.test.js";
import "./test/off.test.js";
import "./test/any.test.js";
import "./test/policy.test.js";
import "./test/token.test.js";
import "./test/network.test.js";
import "./test/keyboard.test.js";
import "./test/pages.test.js";
import "./test/pixels.test.js";
import "./test/access.test.js";
import "./test/admin.test.js";
import "./test/guide.test.js";
