const { join } = require('node:path');
const { createIntegrationIndex } = require('../integration-index.cjs');

module.exports = createIntegrationIndex({
  testsFolder: join(__dirname, 'no-test'),
  suffix: '.test.cjs',
  extensionId: 'srt-sandbox.srt-sandbox',
});
