/** The hosts that a service or a package registry is used through. */
export interface KnownHosts {
  readonly name: string;
  readonly description: string;
  /** Entries for `allowedDomains`. */
  readonly domains: readonly string[];
  /** Files of a project that uses them, by name. */
  readonly files: readonly string[];
}

/**
 * Package registries are named by the domain above them: their hosts change, and a mirror or a download host beside them is
 * as often needed. `apex` adds the domain itself where it serves too, which a wildcard does not cover.
 */
function registry(name: string, description: string, parents: readonly string[], files: readonly string[] = [], apex: readonly string[] = []): KnownHosts {
  return { name, description, domains: [...apex.map((wildcard) => wildcard.replace('*.', '')), ...parents], files };
}

function service(name: string, description: string, domains: readonly string[], files: readonly string[] = []): KnownHosts {
  return { name, description, domains, files };
}

export const knownHosts: readonly KnownHosts[] = [
  service('GitHub', 'The site, the API, clones and downloads.', ['github.com', '*.github.com', '*.githubusercontent.com'], ['.github']),
  service('GitLab', 'The site, the API and clones.', ['gitlab.com', '*.gitlab.com'], ['.gitlab-ci.yml']),
  service('Bitbucket', 'The site, the API and clones.', ['bitbucket.org', '*.bitbucket.org']),
  registry('npm', 'Packages for Node.', ['*.npmjs.org'], ['package.json', 'package-lock.json', 'pnpm-lock.yaml', 'npm-shrinkwrap.json']),
  registry('Yarn', 'Packages for Node, by Yarn.', ['*.yarnpkg.com', '*.npmjs.org'], ['yarn.lock', '.yarnrc.yml']),
  registry('Node.js', 'Node itself, its headers for native modules.', ['*.nodejs.org'], ['binding.gyp', '.nvmrc', '.node-version'], ['*.nodejs.org']),
  registry('PyPI', 'Packages for Python.', ['*.pypi.org', '*.pythonhosted.org'], ['pyproject.toml', 'requirements.txt', 'setup.py', 'uv.lock', 'poetry.lock', 'Pipfile'], ['*.pypi.org']),
  registry('Conda', 'Packages of Conda.', ['*.anaconda.org', '*.anaconda.com'], ['environment.yml']),
  registry('crates', 'Packages for Rust.', ['*.crates.io'], ['Cargo.toml', 'Cargo.lock']),
  registry('Rust', 'Toolchains of Rust.', ['*.rust-lang.org'], ['rust-toolchain', 'rust-toolchain.toml']),
  registry('Go', 'Modules and toolchains of Go.', ['*.golang.org'], ['go.mod', 'go.work']),
  registry('RubyGems', 'Packages for Ruby.', ['*.rubygems.org'], ['Gemfile', 'Gemfile.lock'], ['*.rubygems.org']),
  registry('Packagist', 'Packages for PHP.', ['*.packagist.org'], ['composer.json', 'composer.lock'], ['*.packagist.org']),
  registry('Maven', 'Packages for the JVM.', ['*.maven.org', '*.apache.org'], ['pom.xml', 'build.gradle', 'build.gradle.kts']),
  registry('Gradle', 'Gradle and its plugins.', ['*.gradle.org'], ['gradlew', 'settings.gradle', 'settings.gradle.kts']),
  registry('NuGet', 'Packages for .NET.', ['*.nuget.org'], ['nuget.config', 'packages.lock.json', 'global.json']),
  registry('Hex', 'Packages for Elixir and Erlang.', ['*.hex.pm'], ['mix.exs', 'rebar.config'], ['*.hex.pm']),
  registry('Deno', 'Modules of Deno and JSR.', ['*.deno.land', '*.jsr.io'], ['deno.json', 'deno.lock'], ['*.deno.land', '*.jsr.io']),
  registry('Debian', 'Packages of Debian.', ['*.debian.org']),
  registry('Ubuntu', 'Packages of Ubuntu.', ['*.ubuntu.com']),
  registry('Fedora', 'Packages of Fedora.', ['*.fedoraproject.org']),
  registry('Alpine', 'Packages of Alpine Linux.', ['*.alpinelinux.org']),
  registry('Docker Hub', 'Container images.', ['*.docker.io', '*.docker.com'], ['Dockerfile', 'compose.yaml', 'docker-compose.yml']),
];
