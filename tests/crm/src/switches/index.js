// Where the switches hook into the process. Promises: with every switch off, nothing is added.
"use strict";

const { installTestRoutes } = require("./test-routes");
const { installRecorder } = require("./recorder");
const { reshapeAnswers } = require("./answers");

function installSwitches(settings) {
  const recorder = installRecorder(settings);
  const testRoutes = installTestRoutes(settings, recorder);
  return {
    beforeRoutes(app) {
      app.use(reshapeAnswers(settings));
      testRoutes.beforeRoutes(app);
    },
    onServer(server) {
      recorder.onServer(server);
      testRoutes.onServer(server);
    },
  };
}

module.exports = { installSwitches };
