import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';

import { createNodeRuntime } from './node-runtime';
import { startServer } from './server';

startServer(createConnection(ProposedFeatures.all), createNodeRuntime());
