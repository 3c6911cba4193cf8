/** The test passes; what must fail the run is the extension. */
const { join } = require('node:path');
const { createIntegrationIndex } = require('../integration-index.cjs');

module.exports = createIntegrationIndex({
  testsFolder: join(__dirname, 'passing-test'),
  suffix: '.test.cjs',
  extensionId: 'example.throwing',
});
