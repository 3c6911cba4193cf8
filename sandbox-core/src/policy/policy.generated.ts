// Generated from schemas/policy.schema.json by: npm run generate. Do not edit.

/**
 * A host with an optional `:port`: a name with a dot in it, `localhost`, an IPv4 address, or an IPv6 address in brackets. `*.` in front matches every subdomain, but not the name itself, and needs a dot in the rest; `*` and `*.com` are too wide and refused. Names compare without regard to case. Write an international name in its `xn--` form.
 */
export type DomainPattern = string;
/**
 * A host with an optional `:port`, as in `allowedDomains`, or `*` for every host and `*:port` for one port of every host. Write an international name in its `xn--` form: other spellings never match, so they deny nothing.
 */
export type DeniedDomainPattern = string;
/**
 * An IPv4 or IPv6 address, or a CIDR range. IPv6 is written without brackets.
 */
export type IpOrCidr = string;
/**
 * A host without a port: a name with a dot in it, `localhost`, an IP address (IPv6 in brackets), or `*.` and a name for all of its subdomains.
 */
export type HostPattern = string;
/**
 * Rules for single HTTP requests to hosts that `allowedDomains` lets through: method and path per host. A denying rule wins. Once a rule allows something for a host, all else there is refused; a host that no rule names keeps every request. HTTPS can only be judged with `tlsTerminate`, so without it (and for `excludeDomains`) encrypted connections to these hosts are refused.
 */
export type RequestRules = RequestRule[];
/**
 * What happens to a request whose path changes when it is normalized, such as `/public/../admin`. Counts only for a program that embeds the sandbox and sets a `filterRequest` callback, because a callback could judge one spelling while the server serves the other. In a policy file alone it does nothing.
 */
export type AmbiguousRequestTarget = 'refuse' | 'asSpelled' | 'normalize';
/**
 * A TCP port number.
 */
export type Port = number;
/**
 * A path, or a pattern if it contains `*`, `?` or `[`. It is absolute, starts with `~`, or counts from the directory the command starts in; `~user` and `$VAR` are not expanded. `*` stays within one component and `**` crosses several. Write `{ "path": "...", "literal": true }` for a name that contains such characters.
 */
export type PathEntry = string | LiteralPath;
/**
 * How a credential is protected.
 */
export type CredentialMode = 'deny' | 'mask';
/**
 * A JavaScript regular expression with at least one capture group; group 1 is the credential.
 */
export type ExtractPattern = string;
/**
 * What happens if no credential is found.
 */
export type ExtractNoMatch = 'warn' | 'deny' | 'error';
/**
 * How a credential is encoded.
 */
export type CredentialEncoding = 'jwt';
/**
 * The name of an environment variable: letters, digits and underscores, not starting with a digit.
 */
export type EnvVarName = string;
/**
 * What happens to a request that cannot be signed again.
 */
export type Sigv4Choice = 'deny' | 'passthrough';
/**
 * A program's name and what follows it, word by word: `git push` covers `git -C x push --force`. An option, such as the one in `git push --force`, may stand anywhere in the command.
 */
export type CommandRule = string | GuidedCommandRule;
/**
 * Every word that the command may have: `*` stands for one word that is no option, `...` at the end for any number of them, `[-u]` for an option that may stand anywhere, `[--title *]` for one with a value. `git push origin * [-u]` covers `git push -u origin main` and not `git push --force origin main`.
 */
export type BrokeredCommand = string | PlacedBrokeredCommand;
/**
 * The name of an environment variable. `*` stands for any characters.
 */
export type VariableName = string;
/**
 * Where commands run. `native`: in a sandbox of this system's own. `container`: in a container of the image that `container` names. `auto`: native where this machine can, otherwise in the container, which is said. sandbox-runtime does not know this key.
 */
export type Mode = 'native' | 'container' | 'auto';
/**
 * An absolute path. A relative one is refused, so that a file in the working directory cannot take the place of the program.
 */
export type AbsolutePath = string;
/**
 * Which sandbox runs the command. If the chosen one cannot run, the other does not step in.
 */
export type WindowsBackend = 'srt-win' | 'mxc';
/**
 * Lowest and highest local port that the proxy may listen on, at most 64 apart. Must be the range given to `--proxy-port-range` at installation, because the firewall lets sandboxed commands reach only those ports.
 *
 * @minItems 2
 * @maxItems 2
 */
export type WindowsPortRange = [Port, Port];
/**
 * A GUID in the form `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
 */
export type WindowsSublayerGuid = string;

/**
 * A policy for the srt sandbox: which hosts a command can reach, which files it can read and write, and which credentials it sees. The shortest valid policy, with every list empty, allows reading only.
 */
export interface Policy {
  /**
   * Location of this schema, for editors that look it up there. It does not change what the policy means; sandbox-runtime drops it.
   */
  $schema?: string;
  /**
   * Policies that this one builds on: names of built-in presets, or paths of policy files, relative to this file (a leading `~` is the home directory). Their lists are added to the lists here; of single values the one in this file counts, then the one of the later entry. With this key, `network`, `filesystem` and their lists may be left out. A key of this extension: sandbox-runtime drops it without a word.
   *
   * Items: The name of a built-in preset, or the path of a policy file (it has a `/` in it, or ends in `.json`).
   */
  readonly extends?: string[];
  readonly network: NetworkPolicy;
  readonly filesystem: FilesystemPolicy;
  readonly credentials?: CredentialsPolicy;
  readonly commands?: CommandRules;
  readonly broker?: Broker;
  readonly ignoreViolations?: IgnoreViolations;
  /**
   * Lets the command open pseudo terminals, which tools such as `script`, `tmux` and `expect` need.
   */
  readonly allowPty?: boolean;
  /**
   * Lets the command send Apple Events and open applications, files and URLs, as `open` and `osascript` do. What it opens that way runs outside the sandbox, so the command is no longer confined.
   */
  readonly allowAppleEvents?: boolean;
  readonly limits?: Limits;
  readonly environment?: Environment;
  readonly mode?: Mode;
  /**
   * The container of the modes `container` and `auto`. Every rule of the policy holds in it, or it is refused. sandbox-runtime does not know this key.
   */
  readonly container?: Container;
  /**
   * The same as `container`, under the name that ports of sandbox-runtime to Rust have for it.
   */
  readonly docker?: Container;
  /**
   * Lets the command make user and mount namespaces, for tools that sandbox themselves, such as browsers, rootless containers or `bwrap`. A hostile command can use them to get around write denies.
   */
  readonly allowNestedUserNamespaces?: boolean;
  /**
   * Makes the sandbox start inside a container that does not let it mount a `/proc` of its own, by showing the `/proc` of the container instead. The command then sees the processes around it, and isolation from them is weaker: their names, arguments and connections, not their files. Without effect where a `/proc` of its own can be mounted. Needs Linux 6.9.
   */
  readonly enableWeakerNestedSandbox?: boolean;
  /**
   * Lets the command talk to the certificate trust service of macOS, `com.apple.trustd.agent`. Programs written in Go, such as `gh` or `terraform`, need it to check certificates of a decrypting proxy. The service makes connections of its own, through which data can leak.
   */
  readonly enableWeakerNetworkIsolation?: boolean;
  /**
   * How many directory levels, from the working directory down, sandbox-runtime searches for files that stay write-protected, such as `.bashrc` or `.mcp.json`: files down to this level, directories and git hooks one level less. Here they are protected at every depth, whatever this says.
   */
  readonly mandatoryDenySearchDepth?: number;
  readonly git?: GitPolicy;
  readonly ripgrep?: RipgrepTool;
  readonly seccomp?: SeccompTool;
  /**
   * The bubblewrap program, which sets up the sandbox. Without it, `bwrap` is looked up in `PATH`.
   */
  readonly bwrapPath?: AbsolutePath;
  /**
   * The socat program, with which sandbox-runtime connects the sandbox to its proxy. Without it, `socat` is looked up in `PATH`.
   */
  readonly socatPath?: AbsolutePath;
  /**
   * The Java agent that makes JVM programs use the proxy; it reaches them through `JAVA_TOOL_OPTIONS`. Without it, the one that comes with the sandbox is used.
   */
  readonly javaAgentJarPath?: AbsolutePath;
  readonly windows?: WindowsPolicy;
}
/**
 * Which hosts a sandboxed command can reach, and how its connections are checked on the way. A host is reachable if `allowedDomains` lists it and `deniedDomains` does not. A policy file can narrow or widen the lists, but cannot switch network restrictions off.
 */
export interface NetworkPolicy {
  /**
   * Hosts the command may connect to, as `host` or `host:port`; without a port every port is open. `*.example.com` covers all subdomains, but not `example.com`. An empty list blocks everything. Data can leave through any listed host, so prefer exact names to wide patterns.
   *
   * Items: A host the command may connect to. Without `:port` every port of it is open.
   */
  readonly allowedDomains: DomainPattern[];
  /**
   * Hosts that stay blocked even if `allowedDomains` covers them. Besides the usual patterns it takes `*` for every host, which blocks all traffic, and `*:22` for one port of every host. An IP address also blocks each name that resolves to it.
   *
   * Items: A host that is blocked, whatever `allowedDomains` says. Without `:port` all of its ports are blocked.
   */
  readonly deniedDomains: DeniedDomainPattern[];
  readonly deniedDomainReasons?: DeniedDomainReasons;
  /**
   * Refuses a host at once if neither list names it. Otherwise a program that embeds the sandbox is asked first and may allow it. The command line tool of sandbox-runtime never asks, so the key changes nothing there. From 0.0.83 on it also switches off allow lists made for a single command.
   */
  readonly strictAllowlist?: boolean;
  /**
   * Ports that an entry of `allowedDomains` without a port opens. Unless set, such an entry opens every port of the host, mail and SSH included. Entries of `deniedDomains` without a port still deny every port.
   *
   * @minItems 1
   *
   * Items: A TCP port.
   */
  readonly defaultPorts?: [number, ...number[]];
  /**
   * Lets the command reach every host on every port, names and addresses alike, except for what `deniedDomains` names. `allowedDomains` then changes nothing. Local services of this machine and cloud metadata addresses stay out of reach unless listed; file rules are not affected. Whatever the command can read, it can send anywhere.
   */
  readonly unrestricted?: boolean;
  /**
   * Ports of the sandbox that programs on this machine can reach, on its loopback address only. The first number is the sandbox's port, a second one the machine's if it shall differ.
   *
   * Items: `port` for the same port on both sides, or `port:hostPort`.
   */
  readonly publish?: string[];
  /**
   * Addresses that an allowed host name must not resolve to, so that a public name cannot lead into your internal network. They add to a built-in set with loopback, link-local and cloud metadata addresses; private ranges such as `10.0.0.0/8` are not in it. Names that `parentProxy` or `mitmProxy` looks up are not checked.
   *
   * Items: An address or range that no allowed host name may resolve to.
   */
  readonly deniedResolvedAddresses?: IpOrCidr[];
  /**
   * Unix sockets the command may use; a directory stands for every socket below it. Whatever listens there runs outside the sandbox. Access to a container engine's socket, for one, amounts to control of the machine.
   *
   * Items: A Unix socket, or a directory whose sockets are all allowed.
   */
  readonly allowUnixSockets?: string[];
  /**
   * Lifts the block on Unix sockets altogether. Every local service of the user comes within reach, SSH agents and container engines included, and some of them hand out full control of the machine.
   */
  readonly allowAllUnixSockets?: boolean;
  /**
   * Lets the command listen on local ports and connect to services on `localhost`. Those services are often unprotected, because they count on local callers being trustworthy.
   */
  readonly allowLocalBinding?: boolean;
  /**
   * Names of Mach (XPC) services the command may look up besides a small built-in set. A `*` at the end matches by prefix, and `*` alone opens every service. A service runs outside the sandbox and can act on behalf of the command.
   *
   * Items: A Mach service name, or the beginning of one followed by `*`.
   */
  readonly allowMachLookup?: string[];
  readonly tlsTerminate?: TlsTerminate;
  readonly requests?: RequestRules;
  /**
   * Refuses every connection that the proxy cannot look into: tunnels it does not decrypt or that turn out not to carry TLS, and all SOCKS connections. Meant to go with `tlsTerminate`. Without it, all HTTPS and SSH connections are refused.
   */
  readonly refuseOpaqueTunnels?: boolean;
  /**
   * Refuses a request, with status 421, if its `Host` header, TLS server name or absolute URL names another host and port than the connection goes to. This stops a request to an allowed host from being routed to another site behind the same servers. Requests inside a connection that is not decrypted cannot be checked.
   */
  readonly requireHostMatch?: boolean;
  /**
   * Names of response headers that are removed before the command sees them. Upper and lower case count as equal, and so do `-`, `_` and `.`. Applies to plain HTTP and to HTTPS that `tlsTerminate` decrypts.
   *
   * Items: The name of a response header to remove.
   */
  readonly stripResponseHeaders?: string[];
  readonly ambiguousRequestTarget?: AmbiguousRequestTarget;
  /**
   * Lets a `filterRequest` callback add headers to unencrypted requests. Otherwise such a request is refused with status 403, since an added header may hold a secret that anyone on the way could read. In a policy file alone it does nothing.
   */
  readonly allowPlaintextHeaderSet?: boolean;
  readonly mitmProxy?: MitmProxy;
  readonly parentProxy?: ParentProxy;
  /**
   * Local port of an HTTP proxy of yours that everything goes through, by plain requests and `CONNECT`; beside `socksProxyPort`, what goes to ports 80 and 443 and all plain requests. Here `allowedDomains` and `deniedDomains` are applied before; under sandbox-runtime your proxy takes the place of the built-in one and has to do the filtering.
   */
  readonly httpProxyPort?: Port;
  /**
   * Local port of a SOCKS5 proxy of yours that everything goes through; beside `httpProxyPort`, everything but the web. Here `allowedDomains` and `deniedDomains` are applied before; under sandbox-runtime your proxy takes the place of the built-in one and has to do the filtering.
   */
  readonly socksProxyPort?: Port;
}
/**
 * A text for each entry of `deniedDomains` that says why it is blocked. The key has to repeat the entry character by character; any other key is never used. The text goes into violation reports and, from 0.0.83 on, to the blocked program too.
 */
export interface DeniedDomainReasons {
  /**
   * The reason that is shown when this entry of `deniedDomains` blocks a connection.
   */
  [k: string]: string;
}
/**
 * Decrypts HTTPS in the proxy, so that requests can be inspected and masked credentials filled in; experimental. `{}` makes a temporary CA, and the usual environment variables point the command to a bundle with it. A program that pins certificates or reads no such variable fails its handshake. Decrypted connections carry HTTP/1.1, HTTP/2 and WebSocket; under sandbox-runtime HTTP/1.1 without WebSocket. Cannot be combined with `mitmProxy`.
 */
export interface TlsTerminate {
  /**
   * PEM file with the CA certificate that signs a certificate for each host. Needs `caKeyPath` next to it, and an RSA key (srt here also takes P-256, sandbox-runtime does not). Leave out both to have a CA made for you.
   */
  readonly caCertPath?: string;
  /**
   * PEM file with the private RSA key of `caCertPath`. Whoever can read it can pose as any site to a program that trusts the CA, so keep it out of reach of sandboxed commands.
   */
  readonly caKeyPath?: string;
  /**
   * Hosts whose HTTPS stays encrypted from end to end, for servers that want a client certificate and programs that pin one. They still have to be reachable through `allowedDomains`. Masked credentials are not filled in inside these connections.
   *
   * Items: A host, without a port, whose HTTPS the proxy does not decrypt.
   */
  readonly excludeDomains?: HostPattern[];
  /**
   * PEM files with further CA certificates for the bundle that the command trusts, such as the root of a company network. Only certificate blocks are copied. sandbox-runtime skips a file that is missing or unreadable, so one list can serve several machines.
   *
   * Items: A PEM file with CA certificates that the command is to trust.
   */
  readonly extraCaCertPaths?: string[];
  /**
   * How many decrypted connections may be open at the same time. One more is refused with status 503. Hosts in `excludeDomains` are not counted.
   */
  readonly maxTunnels?: number;
  /**
   * Milliseconds a client may take from asking for a connection to completing its TLS handshake. The connection is dropped after that.
   */
  readonly handshakeTimeoutMs?: number;
}
/**
 * Which requests to a host are allowed or denied.
 */
export interface RequestRule {
  /**
   * The host, as in `allowedDomains`: an exact name, or `*.` for all subdomains, with a port if only that one is meant.
   */
  readonly host: DomainPattern;
  /**
   * The request methods the rule is about; all of them if left out. Case does not matter.
   *
   * @minItems 1
   *
   * Items: A request method.
   */
  readonly methods?: [string, ...string[]];
  /**
   * The paths the rule is about, without the query; all of them if left out. `*` stands for anything within a segment, `**` for anything.
   *
   * @minItems 1
   *
   * Items: A path, with `*` and `**` as wildcards.
   */
  readonly paths?: [string, ...string[]];
  /**
   * What happens to such a request.
   */
  readonly action?: 'allow' | 'deny';
  /**
   * Why such requests are denied: shown to the program and in violations.
   */
  readonly reason?: string;
}
/**
 * Hands connections to chosen hosts to an HTTP proxy of yours that listens on a Unix socket. `deniedDomains` and `allowedDomains` are still checked first. That proxy looks up the names, so `deniedResolvedAddresses` is not checked for them. Cannot be combined with `tlsTerminate`.
 */
export interface MitmProxy {
  /**
   * Unix socket on which your proxy accepts HTTP CONNECT. The sandbox's own proxy connects to it; the command itself does not need access.
   */
  readonly socketPath: string;
  /**
   * Hosts whose connections go to your proxy; at least one. Listing a host here does not allow it, `allowedDomains` does.
   *
   * @minItems 1
   *
   * Items: A host, without a port, whose connections go to your proxy.
   */
  readonly domains: [HostPattern, ...HostPattern[]];
}
/**
 * The HTTP proxy of your network, for a machine that cannot reach the outside directly. Without it, `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of the surrounding environment apply. The parent looks up the names, so `deniedResolvedAddresses` is not checked. Connections that `tlsTerminate` decrypts do not use it.
 */
export interface ParentProxy {
  /**
   * URL of the parent proxy for plain HTTP, with scheme `http` or `https`. If it is not set, `HTTP_PROXY` or `http_proxy` of the environment counts. sandbox-runtime ignores a URL with another scheme, and then connects directly.
   */
  readonly http?: string;
  /**
   * URL of the parent proxy for HTTPS and other tunnels, with scheme `http` or `https`. If it is not set, `HTTPS_PROXY` or `https_proxy` of the environment counts, and after that the proxy for plain HTTP.
   */
  readonly https?: string;
  /**
   * Destinations to reach without the parent, separated by commas: host name suffixes, IP addresses, CIDR ranges, or `*` for all. A port after an entry is ignored. Loopback never goes through the parent. If it is not set, `NO_PROXY` or `no_proxy` of the environment counts.
   */
  readonly noProxy?: string;
}
/**
 * Which files a sandboxed command can read and write. Reading is allowed unless a rule denies it; writing is denied unless a rule allows it. Some files that other programs run or obey, such as `.bashrc`, `.git/hooks` and `.vscode`, stay write-protected in the working directory whatever the lists say.
 */
export interface FilesystemPolicy {
  /**
   * Files and directories the command cannot read; a directory stands for everything below it. An empty list leaves every file of the user readable, keys and tokens included. `allowRead` can open parts of it again. Do not hide what the command needs to start, such as its shell or interpreter.
   *
   * Items: A path the command cannot read, with everything below it.
   */
  readonly denyRead: PathEntry[];
  /**
   * Paths inside a `denyRead` entry that are readable all the same. An entry of `denyRead` that lies deeper than the one here stays denied. Entries of `credentials.files` with mode `deny` cannot be opened this way from 0.0.83 on.
   *
   * Items: A path that stays readable inside a denied one.
   */
  readonly allowRead?: PathEntry[];
  /**
   * Files and directories the command may write to, with everything below them. Everything else is read-only, apart from a few devices, `/tmp/claude` and log folders of npm and Claude. A command that can write where programs, shell profiles or editor settings live can have its code run outside the sandbox later.
   *
   * Items: A path the command may write to, with everything below it.
   */
  readonly allowWrite: PathEntry[];
  /**
   * Paths that stay read-only even if `allowWrite` covers them. A deny always wins: an `allowWrite` entry below a denied directory does not open it again. An entry may name a file that does not exist yet, which keeps it from being made.
   *
   * Items: A path the command cannot change, with everything below it.
   */
  readonly denyWrite: PathEntry[];
  /**
   * Lifts the built-in write protection of `.git/config`, so that the command can change remotes and branches; `.git/hooks` stays protected. A git configuration can name programs that git runs, so whatever is written there may run outside the sandbox the next time you use git.
   */
  readonly allowGitConfig?: boolean;
  /**
   * Groups of built-in write protection that do not hold, by name. Each lets a command change files that other programs run or obey later, outside the sandbox; lift only what the work needs. docs/protections.md says what each group covers. sandbox-runtime does not know this key.
   *
   * Items: The name of a group of protected files.
   */
  readonly liftProtections?: (
    | 'git-hooks'
    | 'git-config'
    | 'git-pointers'
    | 'git-attributes'
    | 'git-user-config'
    | 'git-modules'
    | 'shell-start'
    | 'login-start'
    | 'remote-access'
    | 'ripgrep-config'
    | 'editor-settings'
    | 'agent-settings'
    | 'agent-tools'
    | 'toolchain-config'
    | 'hook-managers'
    | 'sandbox-program'
    | 'sandbox-policy'
  )[];
  /**
   * What holds for reading where no rule says otherwise. `deny` hides everything but the working directory, what `allowRead` and `allowWrite` name, and what programs need to run: `/usr`, `/bin`, `/sbin`, `/lib`, `/lib64`, `/etc`, `/opt`, `/nix`. Other users' files, the home folder and other projects are then out of sight. sandbox-runtime does not know this key.
   */
  readonly defaultRead?: 'allow' | 'deny';
  /**
   * Switches off every file rule: all lists of this block, the built-in write protection and file entries of `credentials`. Environment variables and the network stay restricted. The command can then read and change whatever you can.
   */
  readonly disabled?: boolean;
}
/**
 * A path that is never read as a pattern, for a name that contains `*`, `?`, `[` or `]`. `~` and relative paths work as usual.
 */
export interface LiteralPath {
  /**
   * The path, in which every character stands for itself, a trailing `/**` too.
   */
  readonly path: string;
  /**
   * Marks the entry as a literal path. Always `true`; leave the object out for a pattern.
   */
  readonly literal: true;
}
/**
 * Credentials that a command must not see, or sees only as placeholders that the proxy replaces by the real values on their way out. Only what is listed here is protected. Masking needs `network.tlsTerminate` or `allowPlaintextInject`, and works in request headers and bodies, not in URLs.
 */
export interface CredentialsPolicy {
  /**
   * Files and directories with credentials, each with the way to protect it.
   */
  readonly files?: CredentialFile[];
  /**
   * Environment variables with credentials, each with the way to protect it. Variables that are not listed reach the command unchanged.
   */
  readonly envVars?: CredentialEnvVar[];
  /**
   * Also fills in real credentials in unencrypted HTTP requests. Nothing proves that the right server answers, and anyone on the way can read the value. Meant for tests in a network you trust.
   */
  readonly allowPlaintextInject?: boolean;
  /**
   * Groups of masked variables that form one AWS credential, so that the proxy can sign requests again with the real key. Needed for unusual names only: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` are paired by themselves. Each variable must be in `envVars` with mode `mask`, without `extract` or `decode`.
   */
  readonly awsPairs?: AwsPair[];
  readonly sigv4?: Sigv4Policy;
}
/**
 * A file or directory with credentials, and how to protect it. From 0.0.83 on neither `allowRead` nor `allowWrite` opens a denied one again.
 */
export interface CredentialFile {
  /**
   * The file or directory, in the forms that `filesystem.denyRead` takes, but only as a string. With mode `mask` it names one file and is never read as a pattern.
   */
  readonly path: string;
  /**
   * Whether the file is hidden, or replaced by a copy with placeholders.
   */
  readonly mode: CredentialMode;
  /**
   * Regular expression that finds the credential in the file; group 1 of every match is replaced and the rest stays as it is. Without it all of the file counts as the credential. Used with mode `mask` only.
   */
  readonly extract?: ExtractPattern;
  /**
   * What happens if `extract` matches nothing, or `decode` finds no valid token. The default leaves the file readable with its real content and only warns, so `deny` is the safe choice.
   */
  readonly onExtractNoMatch?: ExtractNoMatch;
  /**
   * Looks for encoded tokens in the file and puts valid-looking fakes in their place, so that programs can still parse them. `extract` can say where to look. Used with mode `mask` only.
   */
  readonly decode?: CredentialEncoding;
  /**
   * Masks only these claims inside each token and keeps the others readable. A claim that is missing or not a text is skipped. Needs `decode`, and at least one name.
   *
   * Items: The name of a top-level claim whose text is masked.
   */
  readonly maskClaims?: string[];
  /**
   * Also masks further copies of the found credential elsewhere in the file, such as in a comment. The search is for plain text, so a short value may hit other content. Used with `extract` or `decode`.
   */
  readonly maskDuplicates?: boolean;
  /**
   * Hosts for which the proxy replaces the placeholder by the real value of the file. Without it, every host of `allowedDomains` gets the value, on any port; name only the service that the credential belongs to. Entries take no port, and `allowedDomains` has to cover them. Used with mode `mask` only.
   *
   * Items: A host, without a port, that may receive the real value.
   */
  readonly injectHosts?: HostPattern[];
}
/**
 * An environment variable with a credential, and how to protect it. A variable that is not set outside is skipped.
 */
export interface CredentialEnvVar {
  /**
   * The name of the environment variable.
   */
  readonly name: EnvVarName;
  /**
   * Whether the variable is removed, or holds a placeholder.
   */
  readonly mode: CredentialMode;
  /**
   * Regular expression that finds the credential in the value; group 1 of every match is replaced and the rest stays as it is. Without it all of the value counts as the credential. Used with mode `mask` only.
   */
  readonly extract?: ExtractPattern;
  /**
   * What happens if `extract` matches nothing. The default passes the real value on and only warns, so `deny` is the safe choice. A value that `decode` cannot read is passed on with a warning in any case.
   */
  readonly onExtractNoMatch?: ExtractNoMatch;
  /**
   * Takes the whole value for an encoded token and puts a valid-looking fake in its place, so that programs can still parse it. A value that is no such token reaches the command unmasked, with a warning. Used with mode `mask` only.
   */
  readonly decode?: CredentialEncoding;
  /**
   * Masks only these claims inside the token and keeps the others readable. If none of them is in the token as a text, the real value is passed on with a warning. Needs `decode`, and at least one name.
   *
   * Items: The name of a top-level claim whose text is masked.
   */
  readonly maskClaims?: string[];
  /**
   * Hosts for which the proxy replaces the placeholder by the real value of the variable. Without it, every host of `allowedDomains` gets the value, on any port; name only the service that the credential belongs to. Entries take no port, and `allowedDomains` has to cover them. Used with mode `mask` only.
   *
   * Items: A host, without a port, that may receive the real value.
   */
  readonly injectHosts?: HostPattern[];
}
/**
 * The masked variables that make up one AWS credential.
 */
export interface AwsPair {
  /**
   * The variable with the access key id. Its `injectHosts` decide where requests are signed again.
   */
  readonly accessKeyIdVar: EnvVarName;
  /**
   * The variable with the secret access key.
   */
  readonly secretAccessKeyVar: EnvVarName;
  /**
   * The variable with the session token, for temporary credentials.
   */
  readonly sessionTokenVar?: EnvVarName;
}
/**
 * What to do with AWS requests that the proxy cannot sign again although they use a masked key. Requests signed with other keys are not affected.
 */
export interface Sigv4Policy {
  /**
   * Uploads in signed chunks, where each signature builds on the one before.
   */
  readonly streaming?: Sigv4Choice;
  /**
   * Presigned URLs, which carry the signature in the query part.
   */
  readonly presigned?: Sigv4Choice;
  /**
   * Requests signed with SigV4A, an asymmetric signature used across several regions.
   */
  readonly sigv4a?: Sigv4Choice;
}
/**
 * Which commands may be started, judged by what a shell line would run: pipelines, substitutions, `bash -c` and wrappers such as `env` or `xargs` are looked into. `deny` wins over `ask`, and `ask` over `allow`. A guard rail against mistakes, not the boundary: a program can do by itself what a denied one would do. A key of this extension: sandbox-runtime drops it without a word.
 */
export interface CommandRules {
  /**
   * If this list has entries, a command that none of them covers is refused. Builtins that change nothing outside of the shell, such as `cd`, `echo` and `test`, need no entry.
   */
  readonly allow?: CommandRule[];
  /**
   * Commands that are refused, whatever `allow` says.
   */
  readonly deny?: CommandRule[];
  /**
   * Commands that somebody has to agree to. Where nobody can be asked, they are refused.
   */
  readonly ask?: CommandRule[];
}
/**
 * A command with a sentence for whoever meets the rule.
 */
export interface GuidedCommandRule {
  /**
   * The words of the command, as in a plain entry.
   */
  readonly command: string;
  /**
   * What to do instead. Shown with the refusal.
   */
  readonly guidance?: string;
}
/**
 * Commands that run *outside* of the sandbox, with your credentials, when something inside calls them: each by its exact words. `deny` wins over `ask`, and `ask` over `allow`; what none of them covers runs inside, as ever. Such a command gets a sandbox of its own that reaches only `hosts`, and an empty directory to start in; of a git repository it sees refs and objects, but none of its hooks and settings. A key of this extension: sandbox-runtime drops it without a word.
 */
export interface Broker {
  /**
   * Commands that run outside without a question.
   */
  readonly allow?: BrokeredCommand[];
  /**
   * Commands that run outside if somebody agrees each time. Where nobody can be asked, they are refused.
   */
  readonly ask?: BrokeredCommand[];
  /**
   * Commands that are refused, whatever `allow` and `ask` say: a program's name and words that follow it, options in between passed over, as in `commands`.
   */
  readonly deny?: CommandRule[];
  /**
   * The hosts that brokered commands may reach, as in `network.allowedDomains`. Nothing else is reached, whatever a repository's settings say.
   */
  readonly hosts?: DomainPattern[];
  /**
   * Variables of yours that brokered commands get, besides `PATH`, `HOME`, `USER`, `LOGNAME` and `LANG`. The socket that `SSH_AUTH_SOCK` names may then be connected to.
   *
   * Items: A variable's name.
   */
  readonly environment?: string[];
}
/**
 * A command with the directory that it starts in.
 */
export interface PlacedBrokeredCommand {
  /**
   * The words of the command, as in a plain entry.
   */
  readonly command: string;
  /**
   * `empty`: a new directory, in which a hostile repository has no say. `caller`: the directory of whoever called it, where it may write what `filesystem` lets commands write; not for git, which obeys the settings that it finds there.
   */
  readonly directory?: 'empty' | 'caller';
}
/**
 * Keeps known, harmless violations out of the reports; it never allows anything. Each key is part of a command's text, or `*` for every command, and its list holds parts of violations to leave out. All of it is plain text in which case counts, without patterns.
 */
export interface IgnoreViolations {
  /**
   * Texts for the commands that this key matches; a violation that contains one of them is not reported.
   *
   * Items: Part of a violation, such as a path or a host, that is not reported.
   */
  [k: string]: string[];
}
/**
 * What a command may use up. A limit that cannot be held on this system refuses the command. sandbox-runtime does not know this key.
 */
export interface Limits {
  /**
   * Processes and threads of one command at the same time. More cannot be started: `fork` fails with EAGAIN. Needs Linux 5.14 or newer; for root it holds with a delegated cgroup only.
   */
  readonly processes?: number;
  /**
   * Memory of each process, in MiB: its heap, stacks and private mappings. More is refused with ENOMEM. It counts what is reserved, of which some programs reserve far more than they use. With a delegated cgroup: memory that the command as a whole uses; over it, the kernel ends a process.
   */
  readonly memoryMiB?: number;
  /**
   * Open descriptors of each process. More are refused with EMFILE.
   */
  readonly openFiles?: number;
  /**
   * Size of each file that is written, in MiB. A process that writes more is ended by SIGXFSZ.
   */
  readonly fileSizeMiB?: number;
  /**
   * Processor time of each process, in seconds. A process that uses more is ended by SIGXCPU.
   */
  readonly cpuSeconds?: number;
  /**
   * Time from the start of a command to its end, in seconds. Then it and everything it started is ended, which is reported as a violation.
   */
  readonly wallSeconds?: number;
}
/**
 * Which of the caller's variables a command gets. Names may hold `*`. Without this key it gets all of them but proxy settings and connections into the editor, as in sandbox-runtime, which does not know this key.
 */
export interface Environment {
  /**
   * Only these variables are passed on, and those without which hardly a program works: `PATH`, `HOME`, `USER`, `LOGNAME`, `SHELL`, `TERM`, `COLORTERM`, `LANG`, `LC_*`, `TZ`, `PWD`.
   */
  readonly allow?: VariableName[];
  /**
   * These variables are not passed on, whatever `allow` says.
   */
  readonly deny?: VariableName[];
  /**
   * Variables whose names look like those of a secret are not passed on, unless `allow` names them without a `*`: `*TOKEN*`, `*SECRET*`, `*PASSWORD*`, `*PASSWD*`, `*PASSPHRASE*`, `*CREDENTIAL*`, `*API_KEY*`, `*APIKEY*`, `*ACCESS_KEY*`, `*PRIVATE_KEY*`, `*_PAT`, `*_DSN`.
   */
  readonly dropSecrets?: boolean;
  /**
   * Variables that make programs load or run code are not passed on, unless `allow` names them without a `*`: `LD_*`, `NODE_OPTIONS`, `BASH_ENV`, `PYTHONSTARTUP`, `GIT_SSH_COMMAND`, `JAVA_TOOL_OPTIONS` and the like.
   */
  readonly dropInjection?: boolean;
}
export interface Container {
  /**
   * The image, as `podman images` lists it. It has to be on this machine: nothing is downloaded. Its entry point is not run.
   */
  readonly image: string;
  /**
   * The program that runs the container; Podman where it is installed, otherwise Docker. Docker only as root.
   */
  readonly engine?: 'podman' | 'docker';
  /**
   * The runtime that the engine starts the container with. gVisor (`runsc`) and others that do not report system calls are refused.
   */
  readonly runtime?: 'crun' | 'runc' | 'runsc';
  /**
   * `bridge`: the network of the policy, by name, as without a container. `none`: no network at all.
   */
  readonly networkMode?: 'bridge' | 'none';
  /**
   * How many processors the container may use at a time.
   */
  readonly cpuLimit?: number | string;
  /**
   * Memory of the container: a number with `k`, `m` or `g`. More ends it.
   */
  readonly memoryLimit?: string;
  /**
   * How many processes and threads the container may have at a time.
   */
  readonly pidsLimit?: number;
  /**
   * Whether the container is removed when its command has ended, also if srt was killed.
   */
  readonly autoRemove?: boolean;
  /**
   * Variables that the command gets, on top of the image's.
   */
  readonly env?: {
    [k: string]: string;
  };
  /**
   * Files and directories of the host that are seen in the container, at the same path: `/path:/path`, with `:ro` where the policy does not allow writing.
   */
  readonly volumes?: string[];
}
/**
 * Settings passed to git through its environment variables. They do not grant access to files.
 */
export interface GitPolicy {
  /**
   * Directories that git trusts although they belong to another user, as its own setting `safe.directory` does. More than 8 entries are replaced by a single `*`, which trusts every directory. Git runs hooks and programs that a trusted repository names.
   *
   * Items: The top directory of a repository that git is to trust, or `*` for all.
   */
  readonly safeDirectories?: string[];
}
/**
 * The ripgrep program that looks for files to write-protect. If it fails, sandbox-runtime protects fewer files.
 */
export interface RipgrepTool {
  /**
   * Name or path of the program. A name is looked up in `PATH`.
   */
  readonly command: string;
  /**
   * Arguments that come before those of the sandbox.
   *
   * Items: One argument.
   */
  readonly args?: string[];
  /**
   * Name under which the program is started (its `argv[0]`), for a binary that holds several tools and picks one by that name.
   */
  readonly argv0?: string;
}
/**
 * The helper program that installs the system call filter. Without this key the one that comes with the sandbox is used.
 */
export interface SeccompTool {
  /**
   * Path of the helper program. It must be readable inside the sandbox; one built for a version before 0.0.83 has to be rebuilt for later ones.
   */
  readonly applyPath?: string;
  /**
   * Name under which the helper is started, for a binary that holds several tools and picks one by the variable `ARGV0`. Needs `applyPath`; sandbox-runtime then does not check whether that file exists.
   */
  readonly argv0?: string;
}
/**
 * Settings for Windows, most of which have to match what the sandbox was installed with. Other platforms do not read them.
 */
export interface WindowsPolicy {
  readonly backend?: WindowsBackend;
  /**
   * The local user account that sandboxed commands run as. Must be the name given to `--sandbox-user` at installation. Windows allows 20 characters.
   */
  readonly sandboxUser?: string;
  readonly proxyPortRange?: WindowsPortRange;
  /**
   * The firewall (WFP) sublayer that holds the rules of the sandbox. Set it if they were installed under a sublayer of your own; otherwise the built-in one is used.
   */
  readonly sublayerGuid?: WindowsSublayerGuid;
  /**
   * @deprecated
   * Old name of `sublayerGuid`, which wins if both are set.
   */
  readonly wfpSublayerGuid?: WindowsSublayerGuid;
  readonly srtWin?: SrtWin;
}
/**
 * The helper program `srt-win` that starts commands in the sandbox. The command line tool of sandbox-runtime finds its own; a program that embeds the sandbox has to name one.
 */
export interface SrtWin {
  /**
   * Path of the helper program. Keep it where sandboxed commands cannot write.
   */
  readonly path: string;
}
