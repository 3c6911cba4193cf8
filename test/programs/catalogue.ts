import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';

import { root } from '../support/cli';
import { missing, onHost, type Goal, type TriedProgram } from './program';
import { whyNoSshServer } from './servers';

const sources = join(root, 'test', 'programs', 'sources');
const SSH = 'ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -i ../key';
const trusting = ({ ca }: Goal, ...variables: string[]): string => (ca === undefined ? '' : `${variables.map((name) => `${name}=${ca}`).join(' ')} `);

/** In the order of docs/network-programs.md. Whatever is shown here is looked for in what the program prints. */
export const programs: readonly TriedProgram[] = [
  {
    name: 'curl',
    protocol: 'https',
    whyNotHere: missing('curl', 'curl'),
    script: (goal) => `${trusting(goal, 'CURL_CA_BUNDLE')}curl -sS ${goal.base}/hello`,
    success: 'hello',
    shows: { name: 'Could not resolve host: evil.test', address: 'alert access denied', request: 'GET https://good.test:… is blocked by the sandbox policy: denied by network.requests[0]' },
  },
  {
    name: 'wget',
    protocol: 'https',
    whyNotHere: missing('wget', 'wget'),
    script: (goal) => `wget -nv -O - --tries=1 ${goal.ca === undefined ? '' : `--ca-certificate=${goal.ca} `}${goal.base}/hello`,
    success: 'hello',
    shows: { name: 'unable to resolve host address \'evil.test\'', address: 'Access was denied', request: 'ERROR 403: denied by network.requests[0]' },
  },
  {
    name: 'git over https',
    protocol: 'https',
    whyNotHere: missing('git', 'git'),
    script: (goal) => `${trusting(goal, 'GIT_SSL_CAINFO')}git clone -q ${goal.base}/demo.git cloned && git -C cloned log --format=%s`,
    success: 'first',
    shows: { name: 'Could not resolve host: evil.test', address: 'gnutls_handshake() failed: Access was denied', request: 'remote: GET https://good.test:… is blocked by the sandbox policy: denied by network.requests[0]' },
  },
  {
    name: 'git over ssh',
    protocol: 'ssh',
    whyNotHere: whyNoSshServer,
    prepare: ({ www, directory }) => void onHost(directory, 'cp', '-r', join(www, 'demo.git'), 'demo.git'),
    script: ({ host, sshPort, directory }) => `GIT_SSH_COMMAND='${SSH}' git clone -q ssh://${userInfo().username}@${host}:${sshPort}${directory}/demo.git cloned && git -C cloned log --format=%s`,
    success: 'first',
    shows: { name: 'Could not resolve hostname evil.test', address: '192.0.2.1:22 is blocked by the sandbox policy: no entry of allowedDomains covers it' },
  },
  {
    name: 'ssh',
    protocol: 'ssh',
    whyNotHere: whyNoSshServer,
    script: ({ host, sshPort }) => `${SSH} -p ${sshPort} ${userInfo().username}@${host} echo hello`,
    success: 'hello',
    shows: { name: 'Could not resolve hostname evil.test', address: '192.0.2.1:22 is blocked by the sandbox policy: no entry of allowedDomains covers it' },
  },
  {
    name: 'pip',
    protocol: 'https',
    whyNotHere: missing('pip', 'python3-pip'),
    prepare: ({ www }) => void onHost(join(www, 'wheel'), 'python3', '-m', 'zipfile', '-c', '../packages/demo-1.0.0-py3-none-any.whl', 'demo.py', 'demo-1.0.0.dist-info'),
    script: (goal) => `${trusting(goal, 'PIP_CERT')}pip --disable-pip-version-check download --retries 0 --no-cache-dir --index-url ${goal.base}/simple demo && ls`,
    success: 'demo-1.0.0-py3-none-any.whl',
    note: 'It says no more of a refused request or name without `-v`; `srt` prints what was refused when the command has ended.',
    shows: { name: 'Could not find a version that satisfies the requirement demo', address: 'alert access denied', request: 'Could not find a version that satisfies the requirement demo' },
  },
  {
    name: 'npm',
    protocol: 'https',
    whyNotHere: missing('npm', 'npm'),
    script: (goal) => `${trusting(goal, 'NODE_EXTRA_CA_CERTS')}npm install --prefix . --registry ${goal.base}/npm --fetch-retries 0 --no-audit --no-fund --cache $PWD/cache demo && ls node_modules`,
    success: 'demo',
    shows: { name: 'getaddrinfo ENOTFOUND evil.test', address: 'alert access denied', request: '403 denied by network.requests[0]' },
  },
  {
    name: 'cargo',
    protocol: 'https',
    whyNotHere: missing('cargo', 'cargo'),
    script: (goal) => `mkdir -p crate/src && touch crate/src/lib.rs && cd crate && printf '[package]\\nname = "own"\\nversion = "1.0.0"\\nedition = "2021"\\n[dependencies]\\ndemo = { version = "1", registry = "test" }\\n' > Cargo.toml && CARGO_NET_RETRY=0 CARGO_HOME=$PWD/home CARGO_REGISTRIES_TEST_INDEX=sparse+${goal.base}/index/ ${trusting(goal, 'CARGO_HTTP_CAINFO')}cargo fetch 2>&1 && find home -name 'demo-1.0.0.crate'`,
    success: 'demo-1.0.0.crate',
    shows: { name: 'Could not resolve host: evil.test', address: 'alert access denied', request: 'GET https://good.test:… is blocked by the sandbox policy: denied by network.requests[0]' },
  },
  {
    name: 'apt',
    protocol: 'https',
    whyNotHere: () => (spawnSync('apt-get', ['--version']).error ? 'apt is not installed' : undefined),
    script: (goal) => `mkdir -p apt/lists/partial apt/cache/archives/partial && echo 'deb [trusted=yes] ${goal.base}/deb ./' > apt/sources && apt-get update -o Dir::Etc::SourceList=$PWD/apt/sources -o Dir::Etc::SourceParts=- -o Dir::State::Lists=$PWD/apt/lists -o Dir::Cache=$PWD/apt/cache -o APT::Sandbox::User= -o Acquire::Retries=0 ${goal.ca === undefined ? '' : `-o Acquire::https::CAInfo=${goal.ca} `}2>&1; ls apt/lists`,
    success: '_deb_._Packages',
    shows: { name: 'Could not resolve \'evil.test\'', address: 'Could not handshake: A TLS fatal alert has been received', request: '403  denied by network.requests[0]' },
  },
  {
    name: 'Node fetch',
    protocol: 'https',
    whyNotHere: () => undefined,
    script: (goal) => `${trusting(goal, 'NODE_EXTRA_CA_CERTS')}node -e "fetch('${goal.base}/hello').then(async (r) => console.log(r.status, await r.text()), (e) => console.error(e.cause.message))"`,
    success: '200 hello',
    shows: { name: 'getaddrinfo ENOTFOUND evil.test', address: 'alert access denied', request: 'GET https://good.test:… is blocked by the sandbox policy: denied by network.requests[0]' },
  },
  {
    name: 'Go (static binary, net/http)',
    protocol: 'https',
    whyNotHere: missing('go', 'golang-go', 'version'),
    prepare: ({ directory }) => void onHost(directory, 'env', 'CGO_ENABLED=0', 'go', 'build', '-o', join(directory, 'fetch-go'), join(sources, 'fetch.go')),
    script: (goal) => `${trusting(goal, 'SSL_CERT_FILE')}../fetch-go ${goal.base}/hello`,
    success: '200 hello',
    shows: { name: 'lookup evil.test on 198.18.0.1:53: no such host', address: 'tls: access denied', request: 'GET https://good.test:… is blocked by the sandbox policy: denied by network.requests[0]' },
  },
  {
    name: 'Java (java.net.http)',
    protocol: 'https',
    whyNotHere: missing('javac', 'default-jdk-headless'),
    prepare: ({ directory }) => {
      copyFileSync(join(sources, 'Fetch.java'), join(directory, 'Fetch.java'));
      onHost(directory, 'javac', 'Fetch.java');
    },
    script: (goal) => `keytool -importcert -noprompt -file ${goal.ca ?? '$SSL_CERT_FILE'} -keystore store -storepass changeit -alias test 2>/dev/null; java -Djavax.net.ssl.trustStore=store -Djavax.net.ssl.trustStorePassword=changeit -cp .. Fetch ${goal.base}/hello`,
    success: '200 hello',
    note: 'In decrypted connections it needs a trust store of its own, as Java reads no variable: `keytool -importcert -noprompt -file $SSL_CERT_FILE -keystore store -storepass changeit` (the first certificate in that file is the session\'s CA), then `-Djavax.net.ssl.trustStore=store -Djavax.net.ssl.trustStorePassword=changeit`.',
    shows: { name: 'UnresolvedAddressException', address: 'Received fatal alert: access_denied', request: 'GET https://good.test:… is blocked by the sandbox policy: denied by network.requests[0]' },
  },
  {
    name: 'Docker CLI (registry)',
    protocol: 'https',
    whyNotHere: missing('docker', 'docker-cli'),
    script: (goal) => `${trusting(goal, 'SSL_CERT_FILE')}docker manifest inspect ${goal.base.replace('https://', '')}/demo:1`,
    success: 'schemaVersion',
    shows: { name: 'lookup evil.test on 198.18.0.1:53: no such host', address: 'tls: access denied', request: 'denied: GET https://good.test:… is blocked by the sandbox policy: denied by network.requests[0]' },
  },
];
