import { preset } from './preset';

// Hosts of package registries stand as wildcards of their parent domain: mirrors and download hosts change names below it.

export const github = preset('Reaches GitHub.', {
  network: { allowedDomains: ['github.com', '*.github.com', '*.githubusercontent.com'] },
});

export const node = preset('Installs packages for Node: npm, pnpm, Yarn.', {
  network: { allowedDomains: ['*.npmjs.org', '*.yarnpkg.com', '*.nodejs.org'] },
  filesystem: { allowWrite: ['~/.npm', '~/.cache/node', '~/.cache/yarn', '~/.local/share/pnpm'] },
});

export const python = preset('Installs packages for Python: pip, uv, Poetry.', {
  network: { allowedDomains: ['*.pypi.org', '*.pythonhosted.org'] },
  filesystem: { allowWrite: ['~/.cache/pip', '~/.cache/uv', '~/.cache/pypoetry'] },
});

export const go = preset('Fetches modules for Go.', {
  network: { allowedDomains: ['*.golang.org'] },
  filesystem: { allowWrite: ['~/go/pkg', '~/.cache/go-build'] },
});

/** With cargo's locks: where it cannot take them it goes on without, and a cargo outside may write the same caches meanwhile. */
export const rust = preset('Fetches crates and toolchains for Rust.', {
  network: { allowedDomains: ['*.crates.io', '*.rust-lang.org'] },
  filesystem: { allowWrite: ['~/.cargo/registry', '~/.cargo/git', '~/.cargo/.package-cache', '~/.cargo/.package-cache-mutate'] },
});
