const { join } = require('node:path');
const { createIntegrationIndex } = require('../integration-index.cjs');

module.exports = createIntegrationIndex({
  testsFolder: join(__dirname, 'killed-host'),
  suffix: '.test.cjs',
  extensionId: 'srt-sandbox.srt-sandbox',
});
