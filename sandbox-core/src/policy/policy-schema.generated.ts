// Generated from schemas/policy.schema.json by: npm run generate. Do not edit.
import type { SchemaNode } from './schema';

/** The schema itself, for hovers and completion. */
export const policySchema: SchemaNode = {
 "$schema": "http://json-schema.org/draft-07/schema#",
 "$id": "srt-policy.schema.json",
 "title": "Policy",
 "description": "A policy for the srt sandbox: which hosts a command can reach, which files it can read and write, and which credentials it sees. The shortest valid policy, with every list empty, allows reading only.",
 "type": "object",
 "required": [
  "network",
  "filesystem"
 ],
 "additionalProperties": false,
 "examples": [
  {
   "network": {
    "allowedDomains": [],
    "deniedDomains": []
   },
   "filesystem": {
    "denyRead": [],
    "allowWrite": [],
    "denyWrite": []
   }
  },
  {
   "network": {
    "allowedDomains": [
     "github.com",
     "*.npmjs.org"
    ],
    "deniedDomains": []
   },
   "filesystem": {
    "denyRead": [
     "~/.ssh",
     "~/.aws"
    ],
    "allowWrite": [
     "."
    ],
    "denyWrite": [
     "./.env"
    ]
   }
  }
 ],
 "defaultSnippets": [
  {
   "label": "Minimal policy",
   "description": "Read everything, write nothing, no network.",
   "body": {
    "network": {
     "allowedDomains": [],
     "deniedDomains": []
    },
    "filesystem": {
     "denyRead": [],
     "allowWrite": [],
     "denyWrite": []
    }
   }
  },
  {
   "label": "Project policy",
   "description": "Write to the working directory, reach a few hosts, hide common credential folders.",
   "body": {
    "network": {
     "allowedDomains": [
      "${1:github.com}",
      "${2:*.npmjs.org}"
     ],
     "deniedDomains": []
    },
    "filesystem": {
     "denyRead": [
      "~/.ssh",
      "~/.aws",
      "~/.gnupg"
     ],
     "allowWrite": [
      "${3:.}"
     ],
     "denyWrite": [
      "${4:./.env}"
     ]
    }
   }
  }
 ],
 "properties": {
  "$schema": {
   "description": "Location of this schema, for editors that look it up there. It does not change what the policy means; sandbox-runtime drops it.",
   "type": "string",
   "examples": [
    "./srt-policy.schema.json"
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos",
     "windows"
    ],
    "live": false
   }
  },
  "extends": {
   "description": "Policies that this one builds on: names of built-in presets, or paths of policy files, relative to this file (a leading `~` is the home directory). Their lists are added to the lists here; of single values the one in this file counts, then the one of the later entry. With this key, `network`, `filesystem` and their lists may be left out. A key of this extension: sandbox-runtime drops it without a word.",
   "type": "array",
   "default": [],
   "items": {
    "description": "The name of a built-in preset, or the path of a policy file (it has a `/` in it, or ends in `.json`).",
    "type": "string",
    "minLength": 1,
    "examples": [
     "workspace",
     "./base.srt.json"
    ],
    "x-srt": {
     "platforms": [
      "linux",
      "macos",
      "windows"
     ],
     "live": false,
     "extension": true
    }
   },
   "examples": [
    [
     "workspace",
     "node"
    ],
    [
     "./base.srt.json"
    ]
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos",
     "windows"
    ],
    "live": false,
    "extension": true
   }
  },
  "network": {
   "title": "NetworkPolicy",
   "description": "Which hosts a sandboxed command can reach, and how its connections are checked on the way. A host is reachable if `allowedDomains` lists it and `deniedDomains` does not. A policy file can narrow or widen the lists, but cannot switch network restrictions off.",
   "type": "object",
   "required": [
    "allowedDomains",
    "deniedDomains"
   ],
   "additionalProperties": false,
   "examples": [
    {
     "allowedDomains": [
      "github.com",
      "*.npmjs.org"
     ],
     "deniedDomains": []
    }
   ],
   "defaultSnippets": [
    {
     "label": "No network",
     "description": "Block every connection.",
     "body": {
      "allowedDomains": [],
      "deniedDomains": []
     }
    },
    {
     "label": "Listed hosts",
     "description": "Allow a few hosts and block the rest.",
     "body": {
      "allowedDomains": [
       "${1:github.com}",
       "${2:*.npmjs.org}"
      ],
      "deniedDomains": []
     }
    },
    {
     "label": "Listed hosts, no SSH",
     "description": "Allow a few hosts, except for connections to port 22.",
     "body": {
      "allowedDomains": [
       "${1:github.com}"
      ],
      "deniedDomains": [
       "*:22"
      ]
     }
    }
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos",
     "windows"
    ],
    "live": false,
    "platformNotes": {
     "linux": "The command has an empty network of its own, and the proxy is the only way out.",
     "macos": "The command may connect to the local proxy port only; a program that ignores the proxy variables gets no connection.",
     "windows": "A firewall rule keeps the sandbox account to a range of local proxy ports; name lookups are not fenced."
    }
   },
   "properties": {
    "allowedDomains": {
     "description": "Hosts the command may connect to, as `host` or `host:port`; without a port every port is open. `*.example.com` covers all subdomains, but not `example.com`. An empty list blocks everything. Data can leave through any listed host, so prefer exact names to wide patterns.",
     "type": "array",
     "examples": [
      [
       "github.com",
       "api.github.com:443",
       "*.npmjs.org"
      ],
      [
       "localhost:5432"
      ],
      []
     ],
     "defaultSnippets": [
      {
       "label": "GitHub",
       "description": "The GitHub site and API.",
       "body": [
        "github.com",
        "api.github.com"
       ]
      },
      {
       "label": "npm",
       "description": "The hosts that npm downloads from.",
       "body": [
        "*.npmjs.org"
       ]
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": true,
      "platformNotes": {
       "linux": "A program that follows `NO_PROXY` goes to `localhost` and private addresses directly, so in sandbox-runtime such entries fail for it."
      }
     },
     "items": {
      "allOf": [
       {
        "$ref": "#/definitions/domainPattern"
       }
      ],
      "description": "A host the command may connect to. Without `:port` every port of it is open.",
      "examples": [
       "github.com",
       "*.npmjs.org",
       "localhost:5432"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": true
      }
     }
    },
    "deniedDomains": {
     "description": "Hosts that stay blocked even if `allowedDomains` covers them. Besides the usual patterns it takes `*` for every host, which blocks all traffic, and `*:22` for one port of every host. An IP address also blocks each name that resolves to it.",
     "type": "array",
     "examples": [
      [
       "gist.github.com"
      ],
      [
       "*:22"
      ],
      []
     ],
     "defaultSnippets": [
      {
       "label": "No SSH",
       "description": "Block port 22 on every host.",
       "body": [
        "*:22"
       ]
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": true
     },
     "items": {
      "allOf": [
       {
        "$ref": "#/definitions/deniedDomainPattern"
       }
      ],
      "description": "A host that is blocked, whatever `allowedDomains` says. Without `:port` all of its ports are blocked.",
      "examples": [
       "gist.github.com",
       "*.example.com",
       "*:22"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": true
      }
     }
    },
    "deniedDomainReasons": {
     "title": "DeniedDomainReasons",
     "description": "A text for each entry of `deniedDomains` that says why it is blocked. The key has to repeat the entry character by character; any other key is never used. The text goes into violation reports and, from 0.0.83 on, to the blocked program too.",
     "type": "object",
     "default": {},
     "examples": [
      {
       "gist.github.com": "Gists are public; share code through the repository."
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": true
     },
     "additionalProperties": {
      "description": "The reason that is shown when this entry of `deniedDomains` blocks a connection.",
      "type": "string",
      "minLength": 1,
      "examples": [
       "SSH is blocked here; use an HTTPS remote."
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": true
      }
     }
    },
    "strictAllowlist": {
     "description": "Refuses a host at once if neither list names it. Otherwise a program that embeds the sandbox is asked first and may allow it. The command line tool of sandbox-runtime never asks, so the key changes nothing there. From 0.0.83 on it also switches off allow lists made for a single command.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": true
     }
    },
    "defaultPorts": {
     "description": "Ports that an entry of `allowedDomains` without a port opens. Unless set, such an entry opens every port of the host, mail and SSH included. Entries of `deniedDomains` without a port still deny every port.",
     "type": "array",
     "minItems": 1,
     "uniqueItems": true,
     "examples": [
      [
       80,
       443
      ],
      [
       443
      ]
     ],
     "defaultSnippets": [
      {
       "label": "The web's ports",
       "description": "HTTP and HTTPS, nothing else.",
       "body": [
        80,
        443
       ]
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "extension": true
     },
     "items": {
      "description": "A TCP port.",
      "type": "integer",
      "minimum": 1,
      "maximum": 65535,
      "examples": [
       443
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": false,
       "extension": true
      }
     }
    },
    "unrestricted": {
     "description": "Lets the command reach every host on every port, names and addresses alike, except for what `deniedDomains` names. `allowedDomains` then changes nothing. Local services of this machine and cloud metadata addresses stay out of reach unless listed; file rules are not affected. Whatever the command can read, it can send anywhere.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "extension": true
     }
    },
    "publish": {
     "description": "Ports of the sandbox that programs on this machine can reach, on its loopback address only. The first number is the sandbox's port, a second one the machine's if it shall differ.",
     "type": "array",
     "default": [],
     "examples": [
      [
       "3000"
      ],
      [
       "3000:8080"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     },
     "items": {
      "description": "`port` for the same port on both sides, or `port:hostPort`.",
      "type": "string",
      "pattern": "^[1-9][0-9]{0,4}(:[1-9][0-9]{0,4})?$",
      "examples": [
       "3000",
       "3000:8080"
      ],
      "x-srt": {
       "platforms": [
        "linux"
       ],
       "live": false,
       "extension": true
      }
     }
    },
    "deniedResolvedAddresses": {
     "description": "Addresses that an allowed host name must not resolve to, so that a public name cannot lead into your internal network. They add to a built-in set with loopback, link-local and cloud metadata addresses; private ranges such as `10.0.0.0/8` are not in it. Names that `parentProxy` or `mitmProxy` looks up are not checked.",
     "type": "array",
     "default": [],
     "examples": [
      [
       "10.0.0.0/8",
       "172.16.0.0/12",
       "192.168.0.0/16",
       "fc00::/7"
      ]
     ],
     "defaultSnippets": [
      {
       "label": "Private ranges",
       "description": "Keep allowed names from resolving to private addresses.",
       "body": [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7"
       ]
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": true
     },
     "items": {
      "allOf": [
       {
        "$ref": "#/definitions/ipOrCidr"
       }
      ],
      "description": "An address or range that no allowed host name may resolve to.",
      "examples": [
       "10.0.0.0/8",
       "192.168.1.10",
       "fc00::/7"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": true
      }
     }
    },
    "allowUnixSockets": {
     "description": "Unix sockets the command may use; a directory stands for every socket below it. Whatever listens there runs outside the sandbox. Access to a container engine's socket, for one, amounts to control of the machine.",
     "type": "array",
     "default": [],
     "examples": [
      [
       "~/.ssh/agent.sock"
      ],
      [
       "/private/tmp/tmux-501"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": false,
      "platformNotes": {
       "linux": "Enforced here. sandbox-runtime ignores this on Linux, where its filter cannot see paths and only `allowAllUnixSockets` changes anything.",
       "windows": "sandbox-runtime ignores this on Windows."
      }
     },
     "items": {
      "description": "A Unix socket, or a directory whose sockets are all allowed.",
      "type": "string",
      "examples": [
       "~/.ssh/agent.sock",
       "/private/tmp/tmux-501"
      ],
      "x-srt": {
       "platforms": [
        "macos"
       ],
       "live": false
      }
     }
    },
    "allowAllUnixSockets": {
     "description": "Lifts the block on Unix sockets altogether. Every local service of the user comes within reach, SSH agents and container engines included, and some of them hand out full control of the machine.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": false,
      "platformNotes": {
       "linux": "Here the rest of the system call filter stays. In sandbox-runtime it leaves out the whole filter, so io_uring and, from 0.0.83 on, AF_VSOCK open up too, and the private process list and reports of refused writes are gone.",
       "macos": "Lets the command bind and connect Unix sockets at any path.",
       "windows": "sandbox-runtime ignores this on Windows."
      }
     }
    },
    "allowLocalBinding": {
     "description": "Lets the command listen on local ports and connect to services on `localhost`. Those services are often unprotected, because they count on local callers being trustworthy.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "macos",
       "windows"
      ],
      "live": false,
      "platformNotes": {
       "linux": "sandbox-runtime ignores this on Linux, where the command has a loopback of its own: listening always works and the host does not see it.",
       "windows": "Has an effect from 0.0.83 on, and must match the `--allow-loopback` choice made at installation."
      }
     }
    },
    "allowMachLookup": {
     "description": "Names of Mach (XPC) services the command may look up besides a small built-in set. A `*` at the end matches by prefix, and `*` alone opens every service. A service runs outside the sandbox and can act on behalf of the command.",
     "type": "array",
     "default": [],
     "examples": [
      [
       "com.apple.CoreSimulator.*"
      ],
      [
       "com.apple.pasteboard.1"
      ]
     ],
     "x-srt": {
      "platforms": [
       "macos"
      ],
      "live": false,
      "platformNotes": {
       "linux": "sandbox-runtime ignores this on Linux.",
       "windows": "sandbox-runtime ignores this on Windows."
      }
     },
     "items": {
      "description": "A Mach service name, or the beginning of one followed by `*`.",
      "type": "string",
      "pattern": "^[^*]*\\*?$",
      "examples": [
       "com.apple.CoreSimulator.*",
       "com.apple.pasteboard.1"
      ],
      "x-srt": {
       "platforms": [
        "macos"
       ],
       "live": false
      }
     }
    },
    "tlsTerminate": {
     "title": "TlsTerminate",
     "description": "Decrypts HTTPS in the proxy, so that requests can be inspected and masked credentials filled in; experimental. `{}` makes a temporary CA, and the usual environment variables point the command to a bundle with it. A program that pins certificates or reads no such variable fails its handshake. Decrypted connections carry HTTP/1.1, HTTP/2 and WebSocket; under sandbox-runtime HTTP/1.1 without WebSocket. Cannot be combined with `mitmProxy`.",
     "type": "object",
     "additionalProperties": false,
     "examples": [
      {},
      {
       "excludeDomains": [
        "*.example.com"
       ]
      }
     ],
     "defaultSnippets": [
      {
       "label": "Temporary CA",
       "description": "Decrypt HTTPS with a CA that is made for the session.",
       "body": {}
      },
      {
       "label": "Own CA",
       "description": "Decrypt HTTPS with a CA certificate and key of yours.",
       "body": {
        "caCertPath": "${1:/etc/srt/ca.pem}",
        "caKeyPath": "${2:/etc/srt/ca-key.pem}"
       }
      },
      {
       "label": "Temporary CA with exceptions",
       "description": "Decrypt HTTPS, except for hosts that want a client certificate or are pinned.",
       "body": {
        "excludeDomains": [
         "${1:*.example.com}"
        ]
       }
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "platformNotes": {
       "windows": "Without a CA of yours, sandbox-runtime keeps one CA for the machine instead of making one per session."
      }
     },
     "properties": {
      "caCertPath": {
       "description": "PEM file with the CA certificate that signs a certificate for each host. Needs `caKeyPath` next to it, and an RSA key (srt here also takes P-256, sandbox-runtime does not). Leave out both to have a CA made for you.",
       "type": "string",
       "minLength": 1,
       "examples": [
        "/etc/srt/ca.pem"
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": false
       }
      },
      "caKeyPath": {
       "description": "PEM file with the private RSA key of `caCertPath`. Whoever can read it can pose as any site to a program that trusts the CA, so keep it out of reach of sandboxed commands.",
       "type": "string",
       "minLength": 1,
       "examples": [
        "/etc/srt/ca-key.pem"
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": false
       }
      },
      "excludeDomains": {
       "description": "Hosts whose HTTPS stays encrypted from end to end, for servers that want a client certificate and programs that pin one. They still have to be reachable through `allowedDomains`. Masked credentials are not filled in inside these connections.",
       "type": "array",
       "default": [],
       "examples": [
        [
         "*.example.com"
        ],
        [
         "github.com",
         "*.npmjs.org"
        ]
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": true
       },
       "items": {
        "allOf": [
         {
          "$ref": "#/definitions/hostPattern"
         }
        ],
        "description": "A host, without a port, whose HTTPS the proxy does not decrypt.",
        "examples": [
         "github.com",
         "*.example.com"
        ],
        "x-srt": {
         "platforms": [
          "linux",
          "macos",
          "windows"
         ],
         "live": true
        }
       }
      },
      "extraCaCertPaths": {
       "description": "PEM files with further CA certificates for the bundle that the command trusts, such as the root of a company network. Only certificate blocks are copied. sandbox-runtime skips a file that is missing or unreadable, so one list can serve several machines.",
       "type": "array",
       "default": [],
       "examples": [
        [
         "/etc/ssl/certs/company-root.pem"
        ]
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": false
       },
       "items": {
        "description": "A PEM file with CA certificates that the command is to trust.",
        "type": "string",
        "minLength": 1,
        "examples": [
         "/etc/ssl/certs/company-root.pem"
        ],
        "x-srt": {
         "platforms": [
          "linux",
          "macos",
          "windows"
         ],
         "live": false
        }
       }
      },
      "maxTunnels": {
       "description": "How many decrypted connections may be open at the same time. One more is refused with status 503. Hosts in `excludeDomains` are not counted.",
       "type": "integer",
       "minimum": 1,
       "maximum": 65536,
       "default": 256,
       "examples": [
        256,
        1024
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": true,
        "since": "0.0.83"
       }
      },
      "handshakeTimeoutMs": {
       "description": "Milliseconds a client may take from asking for a connection to completing its TLS handshake. The connection is dropped after that.",
       "type": "integer",
       "minimum": 100,
       "maximum": 600000,
       "default": 10000,
       "examples": [
        10000,
        30000
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": true,
        "since": "0.0.83"
       }
      }
     }
    },
    "requests": {
     "title": "RequestRules",
     "description": "Rules for single HTTP requests to hosts that `allowedDomains` lets through: method and path per host. A denying rule wins. Once a rule allows something for a host, all else there is refused; a host that no rule names keeps every request. HTTPS can only be judged with `tlsTerminate`, so without it (and for `excludeDomains`) encrypted connections to these hosts are refused.",
     "type": "array",
     "default": [],
     "examples": [
      [
       {
        "host": "api.github.com",
        "methods": [
         "GET",
         "HEAD"
        ]
       },
       {
        "host": "github.com",
        "methods": [
         "POST"
        ],
        "paths": [
         "/*/*/git-upload-pack"
        ]
       }
      ]
     ],
     "defaultSnippets": [
      {
       "label": "Read-only GitHub",
       "description": "Fetch and read, but push nothing.",
       "body": [
        {
         "host": "api.github.com",
         "methods": [
          "GET",
          "HEAD"
         ]
        },
        {
         "host": "github.com",
         "methods": [
          "GET",
          "HEAD"
         ]
        },
        {
         "host": "github.com",
         "methods": [
          "POST"
         ],
         "paths": [
          "/*/*/git-upload-pack"
         ]
        }
       ]
      }
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": true,
      "extension": true
     },
     "items": {
      "$ref": "#/definitions/requestRule"
     }
    },
    "refuseOpaqueTunnels": {
     "description": "Refuses every connection that the proxy cannot look into: tunnels it does not decrypt or that turn out not to carry TLS, and all SOCKS connections. Meant to go with `tlsTerminate`. Without it, all HTTPS and SSH connections are refused.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "since": "0.0.83"
     }
    },
    "requireHostMatch": {
     "description": "Refuses a request, with status 421, if its `Host` header, TLS server name or absolute URL names another host and port than the connection goes to. This stops a request to an allowed host from being routed to another site behind the same servers. Requests inside a connection that is not decrypted cannot be checked.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "since": "0.0.83"
     }
    },
    "stripResponseHeaders": {
     "description": "Names of response headers that are removed before the command sees them. Upper and lower case count as equal, and so do `-`, `_` and `.`. Applies to plain HTTP and to HTTPS that `tlsTerminate` decrypts.",
     "type": "array",
     "default": [],
     "examples": [
      [
       "set-cookie"
      ],
      [
       "set-cookie",
       "x-amz-security-token"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "since": "0.0.83"
     },
     "items": {
      "description": "The name of a response header to remove.",
      "type": "string",
      "minLength": 1,
      "examples": [
       "set-cookie"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": false,
       "since": "0.0.83"
      }
     }
    },
    "ambiguousRequestTarget": {
     "title": "AmbiguousRequestTarget",
     "description": "What happens to a request whose path changes when it is normalized, such as `/public/../admin`. Counts only for a program that embeds the sandbox and sets a `filterRequest` callback, because a callback could judge one spelling while the server serves the other. In a policy file alone it does nothing.",
     "type": "string",
     "enum": [
      "refuse",
      "asSpelled",
      "normalize"
     ],
     "enumDescriptions": [
      "Refuses the request with status 400.",
      "Judges and forwards the path exactly as the client wrote it.",
      "Forwards the normalized path in place of the one the client wrote."
     ],
     "default": "refuse",
     "examples": [
      "refuse",
      "normalize"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "since": "0.0.83"
     }
    },
    "allowPlaintextHeaderSet": {
     "description": "Lets a `filterRequest` callback add headers to unencrypted requests. Otherwise such a request is refused with status 403, since an added header may hold a secret that anyone on the way could read. In a policy file alone it does nothing.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "since": "0.0.83"
     }
    },
    "mitmProxy": {
     "title": "MitmProxy",
     "description": "Hands connections to chosen hosts to an HTTP proxy of yours that listens on a Unix socket. `deniedDomains` and `allowedDomains` are still checked first. That proxy looks up the names, so `deniedResolvedAddresses` is not checked for them. Cannot be combined with `tlsTerminate`.",
     "type": "object",
     "required": [
      "socketPath",
      "domains"
     ],
     "additionalProperties": false,
     "examples": [
      {
       "socketPath": "/run/mitm/proxy.sock",
       "domains": [
        "api.github.com"
       ]
      }
     ],
     "defaultSnippets": [
      {
       "label": "Own proxy on a Unix socket",
       "description": "Send chosen hosts through a proxy of yours.",
       "body": {
        "socketPath": "${1:/run/mitm/proxy.sock}",
        "domains": [
         "${2:api.github.com}"
        ]
       }
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": true
     },
     "properties": {
      "socketPath": {
       "description": "Unix socket on which your proxy accepts HTTP CONNECT. The sandbox's own proxy connects to it; the command itself does not need access.",
       "type": "string",
       "minLength": 1,
       "examples": [
        "/run/mitm/proxy.sock"
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos"
        ],
        "live": true
       }
      },
      "domains": {
       "description": "Hosts whose connections go to your proxy; at least one. Listing a host here does not allow it, `allowedDomains` does.",
       "type": "array",
       "minItems": 1,
       "examples": [
        [
         "api.github.com",
         "*.npmjs.org"
        ]
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos"
        ],
        "live": true
       },
       "items": {
        "allOf": [
         {
          "$ref": "#/definitions/hostPattern"
         }
        ],
        "description": "A host, without a port, whose connections go to your proxy.",
        "examples": [
         "api.github.com",
         "*.npmjs.org"
        ],
        "x-srt": {
         "platforms": [
          "linux",
          "macos"
         ],
         "live": true
        }
       }
      }
     }
    },
    "parentProxy": {
     "title": "ParentProxy",
     "description": "The HTTP proxy of your network, for a machine that cannot reach the outside directly. Without it, `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of the surrounding environment apply. The parent looks up the names, so `deniedResolvedAddresses` is not checked. Connections that `tlsTerminate` decrypts do not use it.",
     "type": "object",
     "additionalProperties": false,
     "examples": [
      {
       "http": "http://proxy.example.com:3128",
       "noProxy": "localhost,.example.com,10.0.0.0/8"
      }
     ],
     "defaultSnippets": [
      {
       "label": "Company proxy",
       "description": "Reach the outside through the proxy of your network.",
       "body": {
        "http": "${1:http://proxy.example.com:3128}",
        "noProxy": "${2:localhost,.example.com,10.0.0.0/8}"
       }
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     },
     "properties": {
      "http": {
       "description": "URL of the parent proxy for plain HTTP, with scheme `http` or `https`. If it is not set, `HTTP_PROXY` or `http_proxy` of the environment counts. sandbox-runtime ignores a URL with another scheme, and then connects directly.",
       "type": "string",
       "format": "srt-http-url",
       "examples": [
        "http://proxy.example.com:3128"
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": false
       }
      },
      "https": {
       "description": "URL of the parent proxy for HTTPS and other tunnels, with scheme `http` or `https`. If it is not set, `HTTPS_PROXY` or `https_proxy` of the environment counts, and after that the proxy for plain HTTP.",
       "type": "string",
       "format": "srt-http-url",
       "examples": [
        "http://proxy.example.com:3128"
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": false
       }
      },
      "noProxy": {
       "description": "Destinations to reach without the parent, separated by commas: host name suffixes, IP addresses, CIDR ranges, or `*` for all. A port after an entry is ignored. Loopback never goes through the parent. If it is not set, `NO_PROXY` or `no_proxy` of the environment counts.",
       "type": "string",
       "examples": [
        "localhost,.example.com,10.0.0.0/8",
        "*"
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": false
       }
      }
     }
    },
    "httpProxyPort": {
     "allOf": [
      {
       "$ref": "#/definitions/port"
      }
     ],
     "description": "Local port of an HTTP proxy of yours that everything goes through, by plain requests and `CONNECT`; beside `socksProxyPort`, what goes to ports 80 and 443 and all plain requests. Here `allowedDomains` and `deniedDomains` are applied before; under sandbox-runtime your proxy takes the place of the built-in one and has to do the filtering.",
     "examples": [
      8080
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "socksProxyPort": {
     "allOf": [
      {
       "$ref": "#/definitions/port"
      }
     ],
     "description": "Local port of a SOCKS5 proxy of yours that everything goes through; beside `httpProxyPort`, everything but the web. Here `allowedDomains` and `deniedDomains` are applied before; under sandbox-runtime your proxy takes the place of the built-in one and has to do the filtering.",
     "examples": [
      1080
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    }
   }
  },
  "filesystem": {
   "title": "FilesystemPolicy",
   "description": "Which files a sandboxed command can read and write. Reading is allowed unless a rule denies it; writing is denied unless a rule allows it. Some files that other programs run or obey, such as `.bashrc`, `.git/hooks` and `.vscode`, stay write-protected in the working directory whatever the lists say.",
   "type": "object",
   "required": [
    "denyRead",
    "allowWrite",
    "denyWrite"
   ],
   "additionalProperties": false,
   "examples": [
    {
     "denyRead": [
      "~/.ssh",
      "~/.aws"
     ],
     "allowWrite": [
      "."
     ],
     "denyWrite": [
      "./.env"
     ]
    }
   ],
   "defaultSnippets": [
    {
     "label": "Read only",
     "description": "Read everything, write nothing.",
     "body": {
      "denyRead": [],
      "allowWrite": [],
      "denyWrite": []
     }
    },
    {
     "label": "Write to the working directory",
     "description": "Hide common credential folders; write below the working directory only.",
     "body": {
      "denyRead": [
       "~/.ssh",
       "~/.aws",
       "~/.gnupg"
      ],
      "allowWrite": [
       "${1:.}"
      ],
      "denyWrite": [
       "${2:./.env}"
      ]
     }
    },
    {
     "label": "Hide the home folder",
     "description": "Hide the home folder except for the working directory.",
     "body": {
      "denyRead": [
       "~"
      ],
      "allowRead": [
       "${1:.}"
      ],
      "allowWrite": [
       "${2:.}"
      ],
      "denyWrite": []
     }
    }
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos",
     "windows"
    ],
    "live": false,
    "platformNotes": {
     "linux": "The rules become mounts when a command starts, so a pattern covers the files that exist at that moment.",
     "macos": "The rules become a Seatbelt profile that also covers files made later.",
     "windows": "The rules become access control entries on the files, and the built-in write protection is not applied."
    }
   },
   "properties": {
    "denyRead": {
     "description": "Files and directories the command cannot read; a directory stands for everything below it. An empty list leaves every file of the user readable, keys and tokens included. `allowRead` can open parts of it again. Do not hide what the command needs to start, such as its shell or interpreter.",
     "type": "array",
     "examples": [
      [
       "~/.ssh",
       "~/.aws",
       "~/.gnupg"
      ],
      [
       "~",
       "/etc/ssl/private"
      ],
      []
     ],
     "defaultSnippets": [
      {
       "label": "Credential folders",
       "description": "Hide the places where command line tools keep keys and tokens.",
       "body": [
        "~/.ssh",
        "~/.aws",
        "~/.gnupg",
        "~/.config/gh",
        "~/.netrc"
       ]
      },
      {
       "label": "Home folder",
       "description": "Hide the whole home folder; open parts of it again with `allowRead`.",
       "body": [
        "~"
       ]
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "platformNotes": {
       "linux": "A pattern covers the files that exist when the command starts, and is skipped unless its first component is a plain name; in sandbox-runtime a denied directory looks empty, and what is written there vanishes.",
       "macos": "A pattern covers later files and everything below a match, and a relative one counts from the working directory.",
       "windows": "Patterns know `*` and `?` only and cover the files that exist at the start."
      }
     },
     "items": {
      "allOf": [
       {
        "$ref": "#/definitions/pathEntry"
       }
      ],
      "description": "A path the command cannot read, with everything below it.",
      "examples": [
       "~/.ssh",
       "/etc/ssl/private",
       "./secrets/*.pem"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": false
      }
     }
    },
    "allowRead": {
     "description": "Paths inside a `denyRead` entry that are readable all the same. An entry of `denyRead` that lies deeper than the one here stays denied. Entries of `credentials.files` with mode `deny` cannot be opened this way from 0.0.83 on.",
     "type": "array",
     "default": [],
     "examples": [
      [
       "."
      ],
      [
       "~/.config/git",
       "~/.nvm"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "platformNotes": {
       "linux": "Without a `denyRead` above it an entry does nothing; patterns cover the files that exist when the command starts.",
       "macos": "Without a `denyRead` above it an entry does nothing; a pattern covers what it matches, but nothing below.",
       "windows": "Grants the sandbox account read access in the first place, with or without a `denyRead` above."
      }
     },
     "items": {
      "allOf": [
       {
        "$ref": "#/definitions/pathEntry"
       }
      ],
      "description": "A path that stays readable inside a denied one.",
      "examples": [
       ".",
       "~/.config/git"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": false
      }
     }
    },
    "allowWrite": {
     "description": "Files and directories the command may write to, with everything below them. Everything else is read-only, apart from a few devices, `/tmp/claude` and log folders of npm and Claude. A command that can write where programs, shell profiles or editor settings live can have its code run outside the sandbox later.",
     "type": "array",
     "examples": [
      [
       "."
      ],
      [
       ".",
       "~/.cache/pip"
      ],
      []
     ],
     "defaultSnippets": [
      {
       "label": "Working directory",
       "description": "Write below the directory the command starts in.",
       "body": [
        "."
       ]
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "platformNotes": {
       "linux": "`dir/**` means `dir`; sandbox-runtime drops any other pattern, unless it spells an existing name, and skips a path that does not exist.",
       "macos": "Patterns work, later files included; one covers what it matches, but nothing below.",
       "windows": "Patterns cover what exists at the start, and a path that does not exist is dropped."
      }
     },
     "items": {
      "allOf": [
       {
        "$ref": "#/definitions/pathEntry"
       }
      ],
      "description": "A path the command may write to, with everything below it.",
      "examples": [
       ".",
       "./build",
       "~/.cache/pip"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": false
      }
     }
    },
    "denyWrite": {
     "description": "Paths that stay read-only even if `allowWrite` covers them. A deny always wins: an `allowWrite` entry below a denied directory does not open it again. An entry may name a file that does not exist yet, which keeps it from being made.",
     "type": "array",
     "examples": [
      [
       "./.env",
       "./package.json"
      ],
      [
       "./.github"
      ],
      []
     ],
     "defaultSnippets": [
      {
       "label": "Build and CI settings",
       "description": "Keep the files that other programs run from being changed.",
       "body": [
        "./package.json",
        "./.github",
        "./.env"
       ]
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "platformNotes": {
       "linux": "`dir/**` means `dir`; sandbox-runtime drops any other pattern, unless it spells an existing name, so `*.key` protects nothing.",
       "macos": "A pattern also covers everything below a match, and files made later.",
       "windows": "An `allowWrite` entry below a denied directory gives read and execute access from 0.0.83 on; patterns cover what exists at the start."
      }
     },
     "items": {
      "allOf": [
       {
        "$ref": "#/definitions/pathEntry"
       }
      ],
      "description": "A path the command cannot change, with everything below it.",
      "examples": [
       "./.env",
       "./.github",
       "~/.gitconfig"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": false
      }
     }
    },
    "allowGitConfig": {
     "description": "Lifts the built-in write protection of `.git/config`, so that the command can change remotes and branches; `.git/hooks` stays protected. A git configuration can name programs that git runs, so whatever is written there may run outside the sandbox the next time you use git.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": false,
      "platformNotes": {
       "windows": "Has no effect on Windows, where there is no built-in write protection."
      }
     }
    },
    "liftProtections": {
     "description": "Groups of built-in write protection that do not hold, by name. Each lets a command change files that other programs run or obey later, outside the sandbox; lift only what the work needs. docs/protections.md says what each group covers. sandbox-runtime does not know this key.",
     "type": "array",
     "uniqueItems": true,
     "default": [],
     "examples": [
      [
       "editor-settings"
      ],
      [
       "git-hooks",
       "hook-managers"
      ]
     ],
     "items": {
      "description": "The name of a group of protected files.",
      "type": "string",
      "enum": [
       "git-hooks",
       "git-config",
       "git-pointers",
       "git-attributes",
       "git-user-config",
       "git-modules",
       "shell-start",
       "login-start",
       "remote-access",
       "ripgrep-config",
       "editor-settings",
       "agent-settings",
       "agent-tools",
       "toolchain-config",
       "hook-managers",
       "sandbox-program",
       "sandbox-policy"
      ],
      "examples": [
       "editor-settings"
      ],
      "x-srt": {
       "platforms": [
        "linux"
       ],
       "live": false,
       "extension": true
      }
     },
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "defaultRead": {
     "description": "What holds for reading where no rule says otherwise. `deny` hides everything but the working directory, what `allowRead` and `allowWrite` name, and what programs need to run: `/usr`, `/bin`, `/sbin`, `/lib`, `/lib64`, `/etc`, `/opt`, `/nix`. Other users' files, the home folder and other projects are then out of sight. sandbox-runtime does not know this key.",
     "type": "string",
     "enum": [
      "allow",
      "deny"
     ],
     "enumDescriptions": [
      "Everything is readable except what denyRead names.",
      "Nothing is readable except the working directory, the system's programs and what a rule allows."
     ],
     "default": "allow",
     "examples": [
      "deny"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "disabled": {
     "description": "Switches off every file rule: all lists of this block, the built-in write protection and file entries of `credentials`. Environment variables and the network stay restricted. The command can then read and change whatever you can.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "platformNotes": {
       "linux": "The whole file tree is writable, but `/dev` is still a private one.",
       "windows": "From 0.0.83 on, masked credential files stay unreadable, and the `mxc` backend refuses to start with this."
      }
     }
    }
   }
  },
  "credentials": {
   "title": "CredentialsPolicy",
   "description": "Credentials that a command must not see, or sees only as placeholders that the proxy replaces by the real values on their way out. Only what is listed here is protected. Masking needs `network.tlsTerminate` or `allowPlaintextInject`, and works in request headers and bodies, not in URLs.",
   "type": "object",
   "additionalProperties": false,
   "examples": [
    {
     "envVars": [
      {
       "name": "GITHUB_TOKEN",
       "mode": "mask",
       "injectHosts": [
        "api.github.com"
       ]
      }
     ],
     "files": [
      {
       "path": "~/.netrc",
       "mode": "deny"
      }
     ]
    }
   ],
   "defaultSnippets": [
    {
     "label": "Hide a variable and a file",
     "description": "Keep a token and a credential file from the command.",
     "body": {
      "files": [
       {
        "path": "${1:~/.netrc}",
        "mode": "deny"
       }
      ],
      "envVars": [
       {
        "name": "${2:GITHUB_TOKEN}",
        "mode": "deny"
       }
      ]
     }
    }
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos",
     "windows"
    ],
    "live": false
   },
   "properties": {
    "files": {
     "description": "Files and directories with credentials, each with the way to protect it.",
     "type": "array",
     "default": [],
     "examples": [
      [
       {
        "path": "~/.netrc",
        "mode": "deny"
       }
      ]
     ],
     "items": {
      "$ref": "#/definitions/credentialFile"
     },
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "platformNotes": {
       "linux": "A masked file is covered by a stand-in with placeholders.",
       "macos": "A masked file cannot be read at all, because reads cannot be redirected there.",
       "windows": "From 0.0.83 on a masked file cannot be read at all; earlier versions left it readable."
      }
     }
    },
    "envVars": {
     "description": "Environment variables with credentials, each with the way to protect it. Variables that are not listed reach the command unchanged.",
     "type": "array",
     "default": [],
     "examples": [
      [
       {
        "name": "GITHUB_TOKEN",
        "mode": "mask",
        "injectHosts": [
         "api.github.com"
        ]
       }
      ]
     ],
     "items": {
      "$ref": "#/definitions/credentialEnvVar"
     },
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "allowPlaintextInject": {
     "description": "Also fills in real credentials in unencrypted HTTP requests. Nothing proves that the right server answers, and anyone on the way can read the value. Meant for tests in a network you trust.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "awsPairs": {
     "description": "Groups of masked variables that form one AWS credential, so that the proxy can sign requests again with the real key. Needed for unusual names only: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` are paired by themselves. Each variable must be in `envVars` with mode `mask`, without `extract` or `decode`.",
     "type": "array",
     "default": [],
     "examples": [
      [
       {
        "accessKeyIdVar": "DEPLOY_KEY_ID",
        "secretAccessKeyVar": "DEPLOY_SECRET_KEY"
       }
      ]
     ],
     "items": {
      "$ref": "#/definitions/awsPair"
     },
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "sigv4": {
     "title": "Sigv4Policy",
     "description": "What to do with AWS requests that the proxy cannot sign again although they use a masked key. Requests signed with other keys are not affected.",
     "type": "object",
     "additionalProperties": false,
     "examples": [
      {
       "presigned": "passthrough"
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": true
     },
     "properties": {
      "streaming": {
       "allOf": [
        {
         "$ref": "#/definitions/sigv4Choice"
        }
       ],
       "description": "Uploads in signed chunks, where each signature builds on the one before.",
       "default": "deny",
       "examples": [
        "deny"
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": true
       }
      },
      "presigned": {
       "allOf": [
        {
         "$ref": "#/definitions/sigv4Choice"
        }
       ],
       "description": "Presigned URLs, which carry the signature in the query part.",
       "default": "deny",
       "examples": [
        "deny",
        "passthrough"
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": true
       }
      },
      "sigv4a": {
       "allOf": [
        {
         "$ref": "#/definitions/sigv4Choice"
        }
       ],
       "description": "Requests signed with SigV4A, an asymmetric signature used across several regions.",
       "default": "deny",
       "examples": [
        "deny"
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": true
       }
      }
     }
    }
   }
  },
  "commands": {
   "title": "CommandRules",
   "description": "Which commands may be started, judged by what a shell line would run: pipelines, substitutions, `bash -c` and wrappers such as `env` or `xargs` are looked into. `deny` wins over `ask`, and `ask` over `allow`. A guard rail against mistakes, not the boundary: a program can do by itself what a denied one would do. A key of this extension: sandbox-runtime drops it without a word.",
   "type": "object",
   "additionalProperties": false,
   "default": {},
   "examples": [
    {
     "deny": [
      {
       "command": "git push",
       "guidance": "Open a pull request instead."
      }
     ],
     "ask": [
      "npm publish"
     ]
    }
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos"
    ],
    "live": false,
    "extension": true
   },
   "properties": {
    "allow": {
     "description": "If this list has entries, a command that none of them covers is refused. Builtins that change nothing outside of the shell, such as `cd`, `echo` and `test`, need no entry.",
     "type": "array",
     "default": [],
     "items": {
      "$ref": "#/definitions/commandRule"
     },
     "examples": [
      [
       "git",
       "npm test"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": false,
      "extension": true
     }
    },
    "deny": {
     "description": "Commands that are refused, whatever `allow` says.",
     "type": "array",
     "default": [],
     "items": {
      "$ref": "#/definitions/commandRule"
     },
     "examples": [
      [
       "git push",
       "sudo"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": false,
      "extension": true
     }
    },
    "ask": {
     "description": "Commands that somebody has to agree to. Where nobody can be asked, they are refused.",
     "type": "array",
     "default": [],
     "items": {
      "$ref": "#/definitions/commandRule"
     },
     "examples": [
      [
       "npm publish"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": false,
      "extension": true
     }
    }
   }
  },
  "broker": {
   "title": "Broker",
   "description": "Commands that run *outside* of the sandbox, with your credentials, when something inside calls them: each by its exact words. `deny` wins over `ask`, and `ask` over `allow`; what none of them covers runs inside, as ever. Such a command gets a sandbox of its own that reaches only `hosts`, and an empty directory to start in; of a git repository it sees refs and objects, but none of its hooks and settings. A key of this extension: sandbox-runtime drops it without a word.",
   "type": "object",
   "additionalProperties": false,
   "default": {},
   "examples": [
    {
     "allow": [
      "git push origin * [-u]"
     ],
     "hosts": [
      "github.com"
     ],
     "environment": [
      "SSH_AUTH_SOCK"
     ]
    }
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false,
    "extension": true
   },
   "properties": {
    "allow": {
     "description": "Commands that run outside without a question.",
     "type": "array",
     "default": [],
     "items": {
      "$ref": "#/definitions/brokeredCommand"
     },
     "examples": [
      [
       "git push origin * [-u] [--tags]"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "ask": {
     "description": "Commands that run outside if somebody agrees each time. Where nobody can be asked, they are refused.",
     "type": "array",
     "default": [],
     "items": {
      "$ref": "#/definitions/brokeredCommand"
     },
     "examples": [
      [
       "gh pr create [--title *] [--body *] [--draft]"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "deny": {
     "description": "Commands that are refused, whatever `allow` and `ask` say: a program's name and words that follow it, options in between passed over, as in `commands`.",
     "type": "array",
     "default": [],
     "items": {
      "$ref": "#/definitions/commandRule"
     },
     "examples": [
      [
       "git push --force"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "hosts": {
     "description": "The hosts that brokered commands may reach, as in `network.allowedDomains`. Nothing else is reached, whatever a repository's settings say.",
     "type": "array",
     "default": [],
     "items": {
      "$ref": "#/definitions/domainPattern"
     },
     "examples": [
      [
       "github.com",
       "api.github.com"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "environment": {
     "description": "Variables of yours that brokered commands get, besides `PATH`, `HOME`, `USER`, `LOGNAME` and `LANG`. The socket that `SSH_AUTH_SOCK` names may then be connected to.",
     "type": "array",
     "default": [],
     "items": {
      "description": "A variable's name.",
      "type": "string",
      "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
      "examples": [
       "GH_TOKEN"
      ],
      "x-srt": {
       "platforms": [
        "linux"
       ],
       "live": false,
       "extension": true
      }
     },
     "examples": [
      [
       "SSH_AUTH_SOCK",
       "GH_TOKEN"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    }
   }
  },
  "ignoreViolations": {
   "title": "IgnoreViolations",
   "description": "Keeps known, harmless violations out of the reports; it never allows anything. Each key is part of a command's text, or `*` for every command, and its list holds parts of violations to leave out. All of it is plain text in which case counts, without patterns.",
   "type": "object",
   "default": {},
   "examples": [
    {
     "*": [
      "/dev/tty"
     ],
     "npm test": [
      "/etc/hosts",
      "telemetry.example.com"
     ]
    }
   ],
   "defaultSnippets": [
    {
     "label": "For every command",
     "description": "Leave a path out of all reports.",
     "body": {
      "*": [
       "${1:/dev/tty}"
      ]
     }
    }
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos",
     "windows"
    ],
    "live": true,
    "platformNotes": {
     "linux": "For file events the texts are compared with the path only, for network events with the whole line.",
     "macos": "The texts are compared with the whole line of a report.",
     "windows": "sandbox-runtime reports no file violations on Windows."
    }
   },
   "additionalProperties": {
    "description": "Texts for the commands that this key matches; a violation that contains one of them is not reported.",
    "type": "array",
    "examples": [
     [
      "/etc/hosts",
      "telemetry.example.com"
     ]
    ],
    "items": {
     "description": "Part of a violation, such as a path or a host, that is not reported.",
     "type": "string",
     "examples": [
      "/etc/hosts",
      "telemetry.example.com"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": true
     }
    },
    "x-srt": {
     "platforms": [
      "linux",
      "macos",
      "windows"
     ],
     "live": true
    }
   }
  },
  "allowPty": {
   "description": "Lets the command open pseudo terminals, which tools such as `script`, `tmux` and `expect` need.",
   "type": "boolean",
   "default": false,
   "examples": [
    true
   ],
   "x-srt": {
    "platforms": [
     "macos"
    ],
    "live": false,
    "platformNotes": {
     "linux": "sandbox-runtime ignores this on Linux.",
     "windows": "sandbox-runtime ignores this on Windows."
    }
   }
  },
  "allowAppleEvents": {
   "description": "Lets the command send Apple Events and open applications, files and URLs, as `open` and `osascript` do. What it opens that way runs outside the sandbox, so the command is no longer confined.",
   "type": "boolean",
   "default": false,
   "examples": [
    true
   ],
   "x-srt": {
    "platforms": [
     "macos"
    ],
    "live": false,
    "platformNotes": {
     "linux": "sandbox-runtime ignores this on Linux.",
     "windows": "sandbox-runtime ignores this on Windows."
    }
   }
  },
  "limits": {
   "title": "Limits",
   "description": "What a command may use up. A limit that cannot be held on this system refuses the command. sandbox-runtime does not know this key.",
   "type": "object",
   "additionalProperties": false,
   "default": {},
   "examples": [
    {
     "processes": 200,
     "memoryMiB": 4096,
     "wallSeconds": 600
    }
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false,
    "extension": true
   },
   "properties": {
    "processes": {
     "description": "Processes and threads of one command at the same time. More cannot be started: `fork` fails with EAGAIN. Needs Linux 5.14 or newer; for root it holds with a delegated cgroup only.",
     "type": "integer",
     "minimum": 1,
     "maximum": 4294967295,
     "examples": [
      200
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "memoryMiB": {
     "description": "Memory of each process, in MiB: its heap, stacks and private mappings. More is refused with ENOMEM. It counts what is reserved, of which some programs reserve far more than they use. With a delegated cgroup: memory that the command as a whole uses; over it, the kernel ends a process.",
     "type": "integer",
     "minimum": 1,
     "maximum": 16777216,
     "examples": [
      4096
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "openFiles": {
     "description": "Open descriptors of each process. More are refused with EMFILE.",
     "type": "integer",
     "minimum": 8,
     "maximum": 1048576,
     "examples": [
      1024
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "fileSizeMiB": {
     "description": "Size of each file that is written, in MiB. A process that writes more is ended by SIGXFSZ.",
     "type": "integer",
     "minimum": 1,
     "maximum": 16777216,
     "examples": [
      1024
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "cpuSeconds": {
     "description": "Processor time of each process, in seconds. A process that uses more is ended by SIGXCPU.",
     "type": "integer",
     "minimum": 1,
     "maximum": 4294967295,
     "examples": [
      300
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "wallSeconds": {
     "description": "Time from the start of a command to its end, in seconds. Then it and everything it started is ended, which is reported as a violation.",
     "type": "integer",
     "minimum": 1,
     "maximum": 4294967295,
     "examples": [
      600
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    }
   }
  },
  "environment": {
   "title": "Environment",
   "description": "Which of the caller's variables a command gets. Names may hold `*`. Without this key it gets all of them but proxy settings and connections into the editor, as in sandbox-runtime, which does not know this key.",
   "type": "object",
   "additionalProperties": false,
   "default": {},
   "examples": [
    {
     "deny": [
      "AWS_*"
     ],
     "dropSecrets": true
    }
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false,
    "extension": true
   },
   "properties": {
    "allow": {
     "description": "Only these variables are passed on, and those without which hardly a program works: `PATH`, `HOME`, `USER`, `LOGNAME`, `SHELL`, `TERM`, `COLORTERM`, `LANG`, `LC_*`, `TZ`, `PWD`.",
     "type": "array",
     "items": {
      "$ref": "#/definitions/variableName"
     },
     "examples": [
      [
       "CI",
       "npm_config_*"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "deny": {
     "description": "These variables are not passed on, whatever `allow` says.",
     "type": "array",
     "items": {
      "$ref": "#/definitions/variableName"
     },
     "default": [],
     "examples": [
      [
       "AWS_*",
       "DATABASE_URL"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "dropSecrets": {
     "description": "Variables whose names look like those of a secret are not passed on, unless `allow` names them without a `*`: `*TOKEN*`, `*SECRET*`, `*PASSWORD*`, `*PASSWD*`, `*PASSPHRASE*`, `*CREDENTIAL*`, `*API_KEY*`, `*APIKEY*`, `*ACCESS_KEY*`, `*PRIVATE_KEY*`, `*_PAT`, `*_DSN`.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "dropInjection": {
     "description": "Variables that make programs load or run code are not passed on, unless `allow` names them without a `*`: `LD_*`, `NODE_OPTIONS`, `BASH_ENV`, `PYTHONSTARTUP`, `GIT_SSH_COMMAND`, `JAVA_TOOL_OPTIONS` and the like.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    }
   }
  },
  "mode": {
   "title": "Mode",
   "description": "Where commands run. `native`: in a sandbox of this system's own. `container`: in a container of the image that `container` names. `auto`: native where this machine can, otherwise in the container, which is said. sandbox-runtime does not know this key.",
   "type": "string",
   "enum": [
    "native",
    "container",
    "auto"
   ],
   "default": "native",
   "examples": [
    "auto"
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false,
    "extension": true
   }
  },
  "container": {
   "allOf": [
    {
     "$ref": "#/definitions/container"
    }
   ],
   "description": "The container of the modes `container` and `auto`. Every rule of the policy holds in it, or it is refused. sandbox-runtime does not know this key.",
   "default": {
    "image": "localhost/build-tools:latest"
   },
   "examples": [
    {
     "image": "localhost/build-tools:latest",
     "networkMode": "none",
     "memoryLimit": "2g"
    }
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false,
    "extension": true
   }
  },
  "docker": {
   "allOf": [
    {
     "$ref": "#/definitions/container"
    }
   ],
   "description": "The same as `container`, under the name that ports of sandbox-runtime to Rust have for it.",
   "default": {
    "image": "localhost/build-tools:latest"
   },
   "examples": [
    {
     "image": "localhost/build-tools:latest",
     "networkMode": "none",
     "memoryLimit": "2g"
    }
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false,
    "extension": true
   }
  },
  "allowNestedUserNamespaces": {
   "description": "Lets the command make user and mount namespaces, for tools that sandbox themselves, such as browsers, rootless containers or `bwrap`. A hostile command can use them to get around write denies.",
   "type": "boolean",
   "default": false,
   "examples": [
    true
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false,
    "since": "0.0.83",
    "platformNotes": {
     "macos": "sandbox-runtime ignores this on macOS.",
     "windows": "sandbox-runtime ignores this on Windows."
    }
   }
  },
  "enableWeakerNestedSandbox": {
   "description": "Makes the sandbox start inside a container that does not let it mount a `/proc` of its own, by showing the `/proc` of the container instead. The command then sees the processes around it, and isolation from them is weaker: their names, arguments and connections, not their files. Without effect where a `/proc` of its own can be mounted. Needs Linux 6.9.",
   "type": "boolean",
   "default": false,
   "examples": [
    true
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false,
    "platformNotes": {
     "macos": "sandbox-runtime ignores this on macOS.",
     "windows": "sandbox-runtime ignores this on Windows."
    }
   }
  },
  "enableWeakerNetworkIsolation": {
   "description": "Lets the command talk to the certificate trust service of macOS, `com.apple.trustd.agent`. Programs written in Go, such as `gh` or `terraform`, need it to check certificates of a decrypting proxy. The service makes connections of its own, through which data can leak.",
   "type": "boolean",
   "default": false,
   "examples": [
    true
   ],
   "x-srt": {
    "platforms": [
     "macos"
    ],
    "live": false,
    "platformNotes": {
     "linux": "sandbox-runtime ignores this on Linux.",
     "windows": "sandbox-runtime ignores this on Windows."
    }
   }
  },
  "mandatoryDenySearchDepth": {
   "description": "How many directory levels, from the working directory down, sandbox-runtime searches for files that stay write-protected, such as `.bashrc` or `.mcp.json`: files down to this level, directories and git hooks one level less. Here they are protected at every depth, whatever this says.",
   "type": "integer",
   "minimum": 1,
   "maximum": 10,
   "default": 3,
   "examples": [
    3,
    6
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false,
    "platformNotes": {
     "macos": "Not needed on macOS, where the protection is a pattern that covers every depth.",
     "windows": "Has no effect on Windows, where there is no built-in write protection."
    }
   }
  },
  "git": {
   "title": "GitPolicy",
   "description": "Settings passed to git through its environment variables. They do not grant access to files.",
   "type": "object",
   "additionalProperties": false,
   "examples": [
    {
     "safeDirectories": [
      "/srv/project"
     ]
    }
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos",
     "windows"
    ],
    "live": false
   },
   "properties": {
    "safeDirectories": {
     "description": "Directories that git trusts although they belong to another user, as its own setting `safe.directory` does. More than 8 entries are replaced by a single `*`, which trusts every directory. Git runs hooks and programs that a trusted repository names.",
     "type": "array",
     "default": [],
     "examples": [
      [
       "/srv/project"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     },
     "items": {
      "description": "The top directory of a repository that git is to trust, or `*` for all.",
      "type": "string",
      "examples": [
       "/srv/project"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": false
      }
     }
    }
   }
  },
  "ripgrep": {
   "title": "RipgrepTool",
   "description": "The ripgrep program that looks for files to write-protect. If it fails, sandbox-runtime protects fewer files.",
   "type": "object",
   "required": [
    "command"
   ],
   "additionalProperties": false,
   "default": {
    "command": "rg"
   },
   "examples": [
    {
     "command": "/usr/bin/rg"
    }
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false,
    "platformNotes": {
     "macos": "Not used on macOS.",
     "windows": "Not used on Windows."
    }
   },
   "properties": {
    "command": {
     "description": "Name or path of the program. A name is looked up in `PATH`.",
     "type": "string",
     "examples": [
      "rg",
      "/usr/bin/rg"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false
     }
    },
    "args": {
     "description": "Arguments that come before those of the sandbox.",
     "type": "array",
     "default": [],
     "examples": [
      [
       "--threads=2"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false
     },
     "items": {
      "description": "One argument.",
      "type": "string",
      "examples": [
       "--threads=2"
      ],
      "x-srt": {
       "platforms": [
        "linux"
       ],
       "live": false
      }
     }
    },
    "argv0": {
     "description": "Name under which the program is started (its `argv[0]`), for a binary that holds several tools and picks one by that name.",
     "type": "string",
     "examples": [
      "rg"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false
     }
    }
   }
  },
  "seccomp": {
   "title": "SeccompTool",
   "description": "The helper program that installs the system call filter. Without this key the one that comes with the sandbox is used.",
   "type": "object",
   "additionalProperties": false,
   "examples": [
    {
     "applyPath": "/usr/lib/srt/apply-seccomp"
    }
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false
   },
   "properties": {
    "applyPath": {
     "description": "Path of the helper program. It must be readable inside the sandbox; one built for a version before 0.0.83 has to be rebuilt for later ones.",
     "type": "string",
     "examples": [
      "/usr/lib/srt/apply-seccomp"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false
     }
    },
    "argv0": {
     "description": "Name under which the helper is started, for a binary that holds several tools and picks one by the variable `ARGV0`. Needs `applyPath`; sandbox-runtime then does not check whether that file exists.",
     "type": "string",
     "examples": [
      "apply-seccomp"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false
     }
    }
   }
  },
  "bwrapPath": {
   "allOf": [
    {
     "$ref": "#/definitions/absolutePath"
    }
   ],
   "description": "The bubblewrap program, which sets up the sandbox. Without it, `bwrap` is looked up in `PATH`.",
   "examples": [
    "/usr/bin/bwrap"
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false
   }
  },
  "socatPath": {
   "allOf": [
    {
     "$ref": "#/definitions/absolutePath"
    }
   ],
   "description": "The socat program, with which sandbox-runtime connects the sandbox to its proxy. Without it, `socat` is looked up in `PATH`.",
   "examples": [
    "/usr/bin/socat"
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false
   }
  },
  "javaAgentJarPath": {
   "allOf": [
    {
     "$ref": "#/definitions/absolutePath"
    }
   ],
   "description": "The Java agent that makes JVM programs use the proxy; it reaches them through `JAVA_TOOL_OPTIONS`. Without it, the one that comes with the sandbox is used.",
   "examples": [
    "/usr/share/srt/srt-proxy-agent.jar"
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos"
    ],
    "live": false
   }
  },
  "windows": {
   "title": "WindowsPolicy",
   "description": "Settings for Windows, most of which have to match what the sandbox was installed with. Other platforms do not read them.",
   "type": "object",
   "additionalProperties": false,
   "examples": [
    {
     "backend": "srt-win",
     "proxyPortRange": [
      60080,
      60089
     ]
    }
   ],
   "x-srt": {
    "platforms": [
     "windows"
    ],
    "live": false
   },
   "properties": {
    "backend": {
     "title": "WindowsBackend",
     "description": "Which sandbox runs the command. If the chosen one cannot run, the other does not step in.",
     "type": "string",
     "enum": [
      "srt-win",
      "mxc"
     ],
     "enumDescriptions": [
      "Runs commands as a separate local user, with firewall rules and file permissions set up at installation.",
      "Uses Microsoft's MXC package; refuses `tlsTerminate`, `filesystem.disabled` and `allowLocalBinding`."
     ],
     "default": "srt-win",
     "examples": [
      "srt-win",
      "mxc"
     ],
     "x-srt": {
      "platforms": [
       "windows"
      ],
      "live": false,
      "since": "0.0.83"
     }
    },
    "sandboxUser": {
     "description": "The local user account that sandboxed commands run as. Must be the name given to `--sandbox-user` at installation. Windows allows 20 characters.",
     "type": "string",
     "minLength": 1,
     "maxLength": 20,
     "default": "srt-sandbox",
     "examples": [
      "srt-sandbox"
     ],
     "x-srt": {
      "platforms": [
       "windows"
      ],
      "live": false
     }
    },
    "proxyPortRange": {
     "title": "WindowsPortRange",
     "description": "Lowest and highest local port that the proxy may listen on, at most 64 apart. Must be the range given to `--proxy-port-range` at installation, because the firewall lets sandboxed commands reach only those ports.",
     "type": "array",
     "items": [
      {
       "allOf": [
        {
         "$ref": "#/definitions/port"
        }
       ],
       "description": "The lowest port of the range.",
       "examples": [
        60080
       ],
       "x-srt": {
        "platforms": [
         "windows"
        ],
        "live": false
       }
      },
      {
       "allOf": [
        {
         "$ref": "#/definitions/port"
        }
       ],
       "description": "The highest port of the range.",
       "examples": [
        60089
       ],
       "x-srt": {
        "platforms": [
         "windows"
        ],
        "live": false
       }
      }
     ],
     "additionalItems": false,
     "minItems": 2,
     "maxItems": 2,
     "default": [
      60080,
      60089
     ],
     "examples": [
      [
       60080,
       60089
      ]
     ],
     "x-srt": {
      "platforms": [
       "windows"
      ],
      "live": false
     }
    },
    "sublayerGuid": {
     "allOf": [
      {
       "$ref": "#/definitions/windowsSublayerGuid"
      }
     ],
     "description": "The firewall (WFP) sublayer that holds the rules of the sandbox. Set it if they were installed under a sublayer of your own; otherwise the built-in one is used.",
     "examples": [
      "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
     ],
     "x-srt": {
      "platforms": [
       "windows"
      ],
      "live": false
     }
    },
    "wfpSublayerGuid": {
     "allOf": [
      {
       "$ref": "#/definitions/windowsSublayerGuid"
      }
     ],
     "description": "Old name of `sublayerGuid`, which wins if both are set.",
     "deprecated": true,
     "examples": [
      "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
     ],
     "x-srt": {
      "platforms": [
       "windows"
      ],
      "live": false
     }
    },
    "srtWin": {
     "title": "SrtWin",
     "description": "The helper program `srt-win` that starts commands in the sandbox. The command line tool of sandbox-runtime finds its own; a program that embeds the sandbox has to name one.",
     "type": "object",
     "required": [
      "path"
     ],
     "additionalProperties": false,
     "examples": [
      {
       "path": "C:\\Program Files\\srt\\srt-win.exe"
      }
     ],
     "x-srt": {
      "platforms": [
       "windows"
      ],
      "live": false
     },
     "properties": {
      "path": {
       "description": "Path of the helper program. Keep it where sandboxed commands cannot write.",
       "type": "string",
       "minLength": 1,
       "examples": [
        "C:\\Program Files\\srt\\srt-win.exe"
       ],
       "x-srt": {
        "platforms": [
         "windows"
        ],
        "live": false
       }
      }
     }
    }
   }
  }
 },
 "definitions": {
  "container": {
   "title": "Container",
   "type": "object",
   "additionalProperties": false,
   "required": [
    "image"
   ],
   "properties": {
    "image": {
     "description": "The image, as `podman images` lists it. It has to be on this machine: nothing is downloaded. Its entry point is not run.",
     "type": "string",
     "minLength": 1,
     "pattern": "^[A-Za-z0-9][A-Za-z0-9._/:@-]*$",
     "examples": [
      "localhost/build-tools:latest"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "engine": {
     "description": "The program that runs the container; Podman where it is installed, otherwise Docker. Docker only as root.",
     "type": "string",
     "enum": [
      "podman",
      "docker"
     ],
     "examples": [
      "podman"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "runtime": {
     "description": "The runtime that the engine starts the container with. gVisor (`runsc`) and others that do not report system calls are refused.",
     "type": "string",
     "enum": [
      "crun",
      "runc",
      "runsc"
     ],
     "examples": [
      "crun"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "networkMode": {
     "description": "`bridge`: the network of the policy, by name, as without a container. `none`: no network at all.",
     "type": "string",
     "enum": [
      "bridge",
      "none"
     ],
     "default": "bridge",
     "examples": [
      "none"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "cpuLimit": {
     "description": "How many processors the container may use at a time.",
     "anyOf": [
      {
       "type": "number",
       "minimum": 0.01
      },
      {
       "type": "string",
       "pattern": "^[0-9]+(\\.[0-9]+)?$"
      }
     ],
     "examples": [
      2
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "memoryLimit": {
     "description": "Memory of the container: a number with `k`, `m` or `g`. More ends it.",
     "type": "string",
     "pattern": "^[0-9]+[bkmgBKMG]?$",
     "examples": [
      "512m"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "pidsLimit": {
     "description": "How many processes and threads the container may have at a time.",
     "type": "integer",
     "minimum": 2,
     "examples": [
      256
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "autoRemove": {
     "description": "Whether the container is removed when its command has ended, also if srt was killed.",
     "type": "boolean",
     "default": true,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "env": {
     "description": "Variables that the command gets, on top of the image's.",
     "type": "object",
     "additionalProperties": {
      "type": "string"
     },
     "default": {},
     "examples": [
      {
       "CI": "1"
      }
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    },
    "volumes": {
     "description": "Files and directories of the host that are seen in the container, at the same path: `/path:/path`, with `:ro` where the policy does not allow writing.",
     "type": "array",
     "items": {
      "type": "string",
      "minLength": 1,
      "maxLength": 8192
     },
     "default": [],
     "examples": [
      [
       "/usr/share/dict:/usr/share/dict:ro"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     }
    }
   }
  },
  "pathEntry": {
   "title": "PathEntry",
   "description": "A path, or a pattern if it contains `*`, `?` or `[`. It is absolute, starts with `~`, or counts from the directory the command starts in; `~user` and `$VAR` are not expanded. `*` stays within one component and `**` crosses several. Write `{ \"path\": \"...\", \"literal\": true }` for a name that contains such characters.",
   "examples": [
    "~/.ssh",
    "/var/log",
    "./build",
    {
     "path": "./[draft] notes",
     "literal": true
    }
   ],
   "defaultSnippets": [
    {
     "label": "Literal path",
     "description": "A path in which `*`, `?`, `[` and `]` stand for themselves.",
     "body": {
      "path": "${1:./[draft] notes}",
      "literal": true
     }
    }
   ],
   "anyOf": [
    {
     "description": "A path or a pattern.",
     "type": "string",
     "format": "srt-path",
     "minLength": 1,
     "examples": [
      "~/.ssh",
      "./build",
      "/var/log/*.log"
     ]
    },
    {
     "title": "LiteralPath",
     "description": "A path that is never read as a pattern, for a name that contains `*`, `?`, `[` or `]`. `~` and relative paths work as usual.",
     "type": "object",
     "required": [
      "path",
      "literal"
     ],
     "additionalProperties": false,
     "examples": [
      {
       "path": "./[draft] notes",
       "literal": true
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "since": "0.0.83",
      "platformNotes": {
       "windows": "A path that contains `*` or `?` is skipped, because no file can have such a name there."
      }
     },
     "properties": {
      "path": {
       "description": "The path, in which every character stands for itself, a trailing `/**` too.",
       "type": "string",
       "format": "srt-path",
       "minLength": 1,
       "examples": [
        "./[draft] notes"
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": false,
        "since": "0.0.83"
       }
      },
      "literal": {
       "description": "Marks the entry as a literal path. Always `true`; leave the object out for a pattern.",
       "const": true,
       "examples": [
        true
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos",
         "windows"
        ],
        "live": false,
        "since": "0.0.83"
       }
      }
     }
    }
   ]
  },
  "domainPattern": {
   "title": "DomainPattern",
   "description": "A host with an optional `:port`: a name with a dot in it, `localhost`, an IPv4 address, or an IPv6 address in brackets. `*.` in front matches every subdomain, but not the name itself, and needs a dot in the rest; `*` and `*.com` are too wide and refused. Names compare without regard to case. Write an international name in its `xn--` form.",
   "type": "string",
   "format": "srt-domain",
   "examples": [
    "github.com",
    "*.npmjs.org",
    "api.github.com:443",
    "localhost:5432",
    "[2001:db8::1]:8080"
   ]
  },
  "deniedDomainPattern": {
   "title": "DeniedDomainPattern",
   "description": "A host with an optional `:port`, as in `allowedDomains`, or `*` for every host and `*:port` for one port of every host. Write an international name in its `xn--` form: other spellings never match, so they deny nothing.",
   "type": "string",
   "format": "srt-denied-domain",
   "examples": [
    "gist.github.com",
    "*.example.com",
    "*:22",
    "169.254.169.254"
   ]
  },
  "hostPattern": {
   "title": "HostPattern",
   "description": "A host without a port: a name with a dot in it, `localhost`, an IP address (IPv6 in brackets), or `*.` and a name for all of its subdomains.",
   "type": "string",
   "format": "srt-host",
   "examples": [
    "api.github.com",
    "*.npmjs.org"
   ]
  },
  "ipOrCidr": {
   "title": "IpOrCidr",
   "description": "An IPv4 or IPv6 address, or a CIDR range. IPv6 is written without brackets.",
   "type": "string",
   "format": "srt-ip-or-cidr",
   "examples": [
    "10.0.0.0/8",
    "192.168.1.10",
    "fc00::/7"
   ]
  },
  "port": {
   "title": "Port",
   "description": "A TCP port number.",
   "type": "integer",
   "minimum": 1,
   "maximum": 65535,
   "examples": [
    8080
   ]
  },
  "absolutePath": {
   "title": "AbsolutePath",
   "description": "An absolute path. A relative one is refused, so that a file in the working directory cannot take the place of the program.",
   "type": "string",
   "format": "srt-absolute-path",
   "examples": [
    "/usr/bin/bwrap"
   ]
  },
  "envVarName": {
   "title": "EnvVarName",
   "description": "The name of an environment variable: letters, digits and underscores, not starting with a digit.",
   "type": "string",
   "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
   "examples": [
    "GITHUB_TOKEN"
   ]
  },
  "brokeredCommand": {
   "title": "BrokeredCommand",
   "description": "Every word that the command may have: `*` stands for one word that is no option, `...` at the end for any number of them, `[-u]` for an option that may stand anywhere, `[--title *]` for one with a value. `git push origin * [-u]` covers `git push -u origin main` and not `git push --force origin main`.",
   "anyOf": [
    {
     "description": "The words of the command.",
     "type": "string",
     "pattern": "^[A-Za-z0-9][A-Za-z0-9_.+-]*( (\\[--?[A-Za-z0-9][A-Za-z0-9-]*( \\*)?\\]|\\*|\\.\\.\\.|[^\\s\\[\\]*]+))*$",
     "maxLength": 500,
     "examples": [
      "git push origin * [-u]"
     ]
    },
    {
     "title": "PlacedBrokeredCommand",
     "description": "A command with the directory that it starts in.",
     "type": "object",
     "required": [
      "command"
     ],
     "additionalProperties": false,
     "examples": [
      {
       "command": "gpg --detach-sign --output - *",
       "directory": "caller"
      }
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false,
      "extension": true
     },
     "properties": {
      "command": {
       "description": "The words of the command, as in a plain entry.",
       "type": "string",
       "pattern": "^[A-Za-z0-9][A-Za-z0-9_.+-]*( (\\[--?[A-Za-z0-9][A-Za-z0-9-]*( \\*)?\\]|\\*|\\.\\.\\.|[^\\s\\[\\]*]+))*$",
       "maxLength": 500,
       "examples": [
        "gpg --detach-sign --output - *"
       ],
       "x-srt": {
        "platforms": [
         "linux"
        ],
        "live": false,
        "extension": true
       }
      },
      "directory": {
       "description": "`empty`: a new directory, in which a hostile repository has no say. `caller`: the directory of whoever called it, where it may write what `filesystem` lets commands write; not for git, which obeys the settings that it finds there.",
       "type": "string",
       "enum": [
        "empty",
        "caller"
       ],
       "default": "empty",
       "examples": [
        "caller"
       ],
       "x-srt": {
        "platforms": [
         "linux"
        ],
        "live": false,
        "extension": true
       }
      }
     }
    }
   ]
  },
  "commandRule": {
   "title": "CommandRule",
   "description": "A program's name and what follows it, word by word: `git push` covers `git -C x push --force`. An option, such as the one in `git push --force`, may stand anywhere in the command.",
   "anyOf": [
    {
     "description": "The words of the command.",
     "type": "string",
     "pattern": "^[^\\s-]\\S*( \\S+)*$",
     "maxLength": 200,
     "examples": [
      "git push",
      "npm publish"
     ]
    },
    {
     "title": "GuidedCommandRule",
     "description": "A command with a sentence for whoever meets the rule.",
     "type": "object",
     "required": [
      "command"
     ],
     "additionalProperties": false,
     "examples": [
      {
       "command": "git push",
       "guidance": "Open a pull request instead."
      }
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": false,
      "extension": true
     },
     "properties": {
      "command": {
       "description": "The words of the command, as in a plain entry.",
       "type": "string",
       "pattern": "^[^\\s-]\\S*( \\S+)*$",
       "maxLength": 200,
       "examples": [
        "git push --force"
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos"
        ],
        "live": false,
        "extension": true
       }
      },
      "guidance": {
       "description": "What to do instead. Shown with the refusal.",
       "type": "string",
       "minLength": 1,
       "maxLength": 500,
       "examples": [
        "Open a pull request instead."
       ],
       "x-srt": {
        "platforms": [
         "linux",
         "macos"
        ],
        "live": false,
        "extension": true
       }
      }
     }
    }
   ],
   "examples": [
    "git push",
    {
     "command": "git push",
     "guidance": "Open a pull request instead."
    }
   ]
  },
  "credentialFile": {
   "title": "CredentialFile",
   "description": "A file or directory with credentials, and how to protect it. From 0.0.83 on neither `allowRead` nor `allowWrite` opens a denied one again.",
   "type": "object",
   "required": [
    "path",
    "mode"
   ],
   "additionalProperties": false,
   "examples": [
    {
     "path": "~/.netrc",
     "mode": "deny"
    },
    {
     "path": "~/.npmrc",
     "mode": "mask",
     "extract": "_authToken=(\\S+)",
     "onExtractNoMatch": "deny",
     "injectHosts": [
      "*.npmjs.org"
     ]
    }
   ],
   "defaultSnippets": [
    {
     "label": "Hide a file",
     "description": "The command cannot read it.",
     "body": {
      "path": "${1:~/.netrc}",
      "mode": "deny"
     }
    },
    {
     "label": "Mask a whole file",
     "description": "The file holds nothing but the credential.",
     "body": {
      "path": "${1:~/.config/service/token}",
      "mode": "mask",
      "injectHosts": [
       "${2:api.github.com}"
      ]
     }
    },
    {
     "label": "Mask part of a file",
     "description": "A regular expression finds the credential in the file.",
     "body": {
      "path": "${1:~/.npmrc}",
      "mode": "mask",
      "extract": "${2:_authToken=(\\\\S+)}",
      "onExtractNoMatch": "deny",
      "injectHosts": [
       "${3:*.npmjs.org}"
      ]
     }
    }
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos",
     "windows"
    ],
    "live": false
   },
   "properties": {
    "path": {
     "description": "The file or directory, in the forms that `filesystem.denyRead` takes, but only as a string. With mode `mask` it names one file and is never read as a pattern.",
     "type": "string",
     "format": "srt-path",
     "minLength": 1,
     "examples": [
      "~/.netrc",
      "~/.aws/credentials",
      "~/.npmrc"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "mode": {
     "allOf": [
      {
       "$ref": "#/definitions/credentialMode"
      }
     ],
     "description": "Whether the file is hidden, or replaced by a copy with placeholders.",
     "examples": [
      "deny",
      "mask"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false,
      "platformNotes": {
       "macos": "`mask` hides the file like `deny`.",
       "windows": "`mask` hides the file like `deny` from 0.0.83 on; earlier versions left it readable."
      }
     }
    },
    "extract": {
     "allOf": [
      {
       "$ref": "#/definitions/extractPattern"
      }
     ],
     "description": "Regular expression that finds the credential in the file; group 1 of every match is replaced and the rest stays as it is. Without it all of the file counts as the credential. Used with mode `mask` only.",
     "examples": [
      "_authToken=(\\S+)",
      "\"token\":\\s*\"([^\"]+)\""
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": false,
      "platformNotes": {
       "macos": "macOS uses no placeholders, so this only decides whether the file is hidden."
      }
     }
    },
    "onExtractNoMatch": {
     "allOf": [
      {
       "$ref": "#/definitions/extractNoMatch"
      }
     ],
     "description": "What happens if `extract` matches nothing, or `decode` finds no valid token. The default leaves the file readable with its real content and only warns, so `deny` is the safe choice.",
     "default": "warn",
     "examples": [
      "deny",
      "error"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": false,
      "platformNotes": {
       "macos": "macOS uses no placeholders, so this only decides whether the file is hidden."
      }
     }
    },
    "decode": {
     "allOf": [
      {
       "$ref": "#/definitions/credentialEncoding"
      }
     ],
     "description": "Looks for encoded tokens in the file and puts valid-looking fakes in their place, so that programs can still parse them. `extract` can say where to look. Used with mode `mask` only.",
     "examples": [
      "jwt"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": false,
      "platformNotes": {
       "macos": "macOS uses no placeholders, so this only decides whether the file is hidden."
      }
     }
    },
    "maskClaims": {
     "description": "Masks only these claims inside each token and keeps the others readable. A claim that is missing or not a text is skipped. Needs `decode`, and at least one name.",
     "type": "array",
     "examples": [
      [
       "email",
       "sub"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos"
      ],
      "live": false,
      "platformNotes": {
       "macos": "macOS uses no placeholders, so this only decides whether the file is hidden."
      }
     },
     "items": {
      "description": "The name of a top-level claim whose text is masked.",
      "type": "string",
      "minLength": 1,
      "examples": [
       "email"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos"
       ],
       "live": false
      }
     }
    },
    "maskDuplicates": {
     "description": "Also masks further copies of the found credential elsewhere in the file, such as in a comment. The search is for plain text, so a short value may hit other content. Used with `extract` or `decode`.",
     "type": "boolean",
     "default": false,
     "examples": [
      true
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false
     }
    },
    "injectHosts": {
     "description": "Hosts for which the proxy replaces the placeholder by the real value of the file. Without it, every host of `allowedDomains` gets the value, on any port; name only the service that the credential belongs to. Entries take no port, and `allowedDomains` has to cover them. Used with mode `mask` only.",
     "type": "array",
     "examples": [
      [
       "api.github.com"
      ],
      [
       "*.npmjs.org"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": false
     },
     "items": {
      "allOf": [
       {
        "$ref": "#/definitions/hostPattern"
       }
      ],
      "description": "A host, without a port, that may receive the real value.",
      "examples": [
       "api.github.com",
       "*.npmjs.org"
      ],
      "x-srt": {
       "platforms": [
        "linux"
       ],
       "live": false
      }
     }
    }
   }
  },
  "credentialEnvVar": {
   "title": "CredentialEnvVar",
   "description": "An environment variable with a credential, and how to protect it. A variable that is not set outside is skipped.",
   "type": "object",
   "required": [
    "name",
    "mode"
   ],
   "additionalProperties": false,
   "examples": [
    {
     "name": "GITHUB_TOKEN",
     "mode": "deny"
    },
    {
     "name": "GITHUB_TOKEN",
     "mode": "mask",
     "injectHosts": [
      "api.github.com"
     ]
    }
   ],
   "defaultSnippets": [
    {
     "label": "Hide a variable",
     "description": "The command does not get the variable.",
     "body": {
      "name": "${1:GITHUB_TOKEN}",
      "mode": "deny"
     }
    },
    {
     "label": "Mask a variable",
     "description": "The command gets a placeholder; the proxy sends the real value to chosen hosts.",
     "body": {
      "name": "${1:GITHUB_TOKEN}",
      "mode": "mask",
      "injectHosts": [
       "${2:api.github.com}"
      ]
     }
    },
    {
     "label": "Mask part of a variable",
     "description": "A regular expression finds the credential in the value.",
     "body": {
      "name": "${1:SERVICE_LOGIN}",
      "mode": "mask",
      "extract": "${2:^[^:]+:(.+)}",
      "onExtractNoMatch": "deny",
      "injectHosts": [
       "${3:api.example.com}"
      ]
     }
    }
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos",
     "windows"
    ],
    "live": false
   },
   "properties": {
    "name": {
     "allOf": [
      {
       "$ref": "#/definitions/envVarName"
      }
     ],
     "description": "The name of the environment variable.",
     "examples": [
      "GITHUB_TOKEN",
      "NPM_TOKEN",
      "AWS_SECRET_ACCESS_KEY"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "mode": {
     "allOf": [
      {
       "$ref": "#/definitions/credentialMode"
      }
     ],
     "description": "Whether the variable is removed, or holds a placeholder.",
     "examples": [
      "deny",
      "mask"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "extract": {
     "allOf": [
      {
       "$ref": "#/definitions/extractPattern"
      }
     ],
     "description": "Regular expression that finds the credential in the value; group 1 of every match is replaced and the rest stays as it is. Without it all of the value counts as the credential. Used with mode `mask` only.",
     "examples": [
      "^[^:]+:(.+)"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "onExtractNoMatch": {
     "allOf": [
      {
       "$ref": "#/definitions/extractNoMatch"
      }
     ],
     "description": "What happens if `extract` matches nothing. The default passes the real value on and only warns, so `deny` is the safe choice. A value that `decode` cannot read is passed on with a warning in any case.",
     "default": "warn",
     "examples": [
      "deny",
      "error"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "decode": {
     "allOf": [
      {
       "$ref": "#/definitions/credentialEncoding"
      }
     ],
     "description": "Takes the whole value for an encoded token and puts a valid-looking fake in its place, so that programs can still parse it. A value that is no such token reaches the command unmasked, with a warning. Used with mode `mask` only.",
     "examples": [
      "jwt"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "maskClaims": {
     "description": "Masks only these claims inside the token and keeps the others readable. If none of them is in the token as a text, the real value is passed on with a warning. Needs `decode`, and at least one name.",
     "type": "array",
     "examples": [
      [
       "email",
       "sub"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     },
     "items": {
      "description": "The name of a top-level claim whose text is masked.",
      "type": "string",
      "minLength": 1,
      "examples": [
       "email"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": false
      }
     }
    },
    "injectHosts": {
     "description": "Hosts for which the proxy replaces the placeholder by the real value of the variable. Without it, every host of `allowedDomains` gets the value, on any port; name only the service that the credential belongs to. Entries take no port, and `allowedDomains` has to cover them. Used with mode `mask` only.",
     "type": "array",
     "examples": [
      [
       "api.github.com"
      ],
      [
       "*.npmjs.org"
      ]
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     },
     "items": {
      "allOf": [
       {
        "$ref": "#/definitions/hostPattern"
       }
      ],
      "description": "A host, without a port, that may receive the real value.",
      "examples": [
       "api.github.com",
       "*.npmjs.org"
      ],
      "x-srt": {
       "platforms": [
        "linux",
        "macos",
        "windows"
       ],
       "live": false
      }
     }
    }
   }
  },
  "requestRule": {
   "title": "RequestRule",
   "description": "Which requests to a host are allowed or denied.",
   "type": "object",
   "required": [
    "host"
   ],
   "additionalProperties": false,
   "examples": [
    {
     "host": "api.github.com",
     "methods": [
      "GET",
      "HEAD"
     ]
    },
    {
     "host": "api.github.com",
     "paths": [
      "/admin/**"
     ],
     "action": "deny",
     "reason": "Ask an owner."
    }
   ],
   "defaultSnippets": [
    {
     "label": "Read only",
     "description": "Requests that change nothing.",
     "body": {
      "host": "${1:api.github.com}",
      "methods": [
       "GET",
       "HEAD"
      ]
     }
    },
    {
     "label": "Deny a path",
     "description": "Refuse requests below a path.",
     "body": {
      "host": "${1:api.github.com}",
      "paths": [
       "${2:/admin/**}"
      ],
      "action": "deny"
     }
    }
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": true,
    "extension": true
   },
   "properties": {
    "host": {
     "allOf": [
      {
       "$ref": "#/definitions/domainPattern"
      }
     ],
     "description": "The host, as in `allowedDomains`: an exact name, or `*.` for all subdomains, with a port if only that one is meant.",
     "examples": [
      "api.github.com",
      "*.npmjs.org",
      "localhost:3000"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": true,
      "extension": true
     }
    },
    "methods": {
     "description": "The request methods the rule is about; all of them if left out. Case does not matter.",
     "type": "array",
     "minItems": 1,
     "examples": [
      [
       "GET",
       "HEAD"
      ],
      [
       "POST"
      ]
     ],
     "items": {
      "description": "A request method.",
      "type": "string",
      "pattern": "^[A-Za-z-]+$",
      "examples": [
       "GET"
      ],
      "x-srt": {
       "platforms": [
        "linux"
       ],
       "live": true,
       "extension": true
      }
     },
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": true,
      "extension": true
     }
    },
    "paths": {
     "description": "The paths the rule is about, without the query; all of them if left out. `*` stands for anything within a segment, `**` for anything.",
     "type": "array",
     "minItems": 1,
     "examples": [
      [
       "/repos/**"
      ],
      [
       "/*/*/git-upload-pack"
      ]
     ],
     "items": {
      "description": "A path, with `*` and `**` as wildcards.",
      "type": "string",
      "pattern": "^/",
      "maxLength": 1024,
      "examples": [
       "/repos/**"
      ],
      "x-srt": {
       "platforms": [
        "linux"
       ],
       "live": true,
       "extension": true
      }
     },
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": true,
      "extension": true
     }
    },
    "action": {
     "description": "What happens to such a request.",
     "type": "string",
     "enum": [
      "allow",
      "deny"
     ],
     "enumDescriptions": [
      "The request goes on; others to the host are refused unless a rule allows them too.",
      "The request is refused with status 403, whatever other rules say."
     ],
     "default": "allow",
     "examples": [
      "deny"
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": true,
      "extension": true
     }
    },
    "reason": {
     "description": "Why such requests are denied: shown to the program and in violations.",
     "type": "string",
     "minLength": 1,
     "examples": [
      "Releases are made by the pipeline."
     ],
     "x-srt": {
      "platforms": [
       "linux"
      ],
      "live": true,
      "extension": true
     }
    }
   }
  },
  "awsPair": {
   "title": "AwsPair",
   "description": "The masked variables that make up one AWS credential.",
   "type": "object",
   "required": [
    "accessKeyIdVar",
    "secretAccessKeyVar"
   ],
   "additionalProperties": false,
   "examples": [
    {
     "accessKeyIdVar": "DEPLOY_KEY_ID",
     "secretAccessKeyVar": "DEPLOY_SECRET_KEY",
     "sessionTokenVar": "DEPLOY_SESSION_TOKEN"
    }
   ],
   "defaultSnippets": [
    {
     "label": "AWS credential",
     "description": "Key id and secret under names of your own.",
     "body": {
      "accessKeyIdVar": "${1:DEPLOY_KEY_ID}",
      "secretAccessKeyVar": "${2:DEPLOY_SECRET_KEY}"
     }
    }
   ],
   "x-srt": {
    "platforms": [
     "linux",
     "macos",
     "windows"
    ],
    "live": false
   },
   "properties": {
    "accessKeyIdVar": {
     "allOf": [
      {
       "$ref": "#/definitions/envVarName"
      }
     ],
     "description": "The variable with the access key id. Its `injectHosts` decide where requests are signed again.",
     "examples": [
      "DEPLOY_KEY_ID"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "secretAccessKeyVar": {
     "allOf": [
      {
       "$ref": "#/definitions/envVarName"
      }
     ],
     "description": "The variable with the secret access key.",
     "examples": [
      "DEPLOY_SECRET_KEY"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    },
    "sessionTokenVar": {
     "allOf": [
      {
       "$ref": "#/definitions/envVarName"
      }
     ],
     "description": "The variable with the session token, for temporary credentials.",
     "examples": [
      "DEPLOY_SESSION_TOKEN"
     ],
     "x-srt": {
      "platforms": [
       "linux",
       "macos",
       "windows"
      ],
      "live": false
     }
    }
   }
  },
  "credentialMode": {
   "title": "CredentialMode",
   "description": "How a credential is protected.",
   "type": "string",
   "enum": [
    "deny",
    "mask"
   ],
   "enumDescriptions": [
    "The command does not get it: a file cannot be read, a variable is not set.",
    "The command gets a placeholder, which the proxy replaces by the real value in requests to `injectHosts`."
   ],
   "examples": [
    "deny",
    "mask"
   ]
  },
  "extractPattern": {
   "title": "ExtractPattern",
   "description": "A JavaScript regular expression with at least one capture group; group 1 is the credential.",
   "type": "string",
   "format": "srt-regex-with-group",
   "examples": [
    "token:\\s*(\\S+)"
   ]
  },
  "extractNoMatch": {
   "title": "ExtractNoMatch",
   "description": "What happens if no credential is found.",
   "type": "string",
   "enum": [
    "warn",
    "deny",
    "error"
   ],
   "enumDescriptions": [
    "Leaves the real content in place and prints a warning.",
    "Protects it as mode `deny` does.",
    "Does not start the command."
   ],
   "examples": [
    "deny"
   ]
  },
  "credentialEncoding": {
   "title": "CredentialEncoding",
   "description": "How a credential is encoded.",
   "type": "string",
   "enum": [
    "jwt"
   ],
   "enumDescriptions": [
    "JSON Web Token: three parts separated by dots, the first starting with `eyJ`."
   ],
   "examples": [
    "jwt"
   ]
  },
  "sigv4Choice": {
   "title": "Sigv4Choice",
   "description": "What happens to a request that cannot be signed again.",
   "type": "string",
   "enum": [
    "deny",
    "passthrough"
   ],
   "enumDescriptions": [
    "Refuses the request with status 403 and says why.",
    "Forwards the request with the signature made from the placeholder, which AWS will reject."
   ],
   "examples": [
    "deny",
    "passthrough"
   ]
  },
  "variableName": {
   "title": "VariableName",
   "description": "The name of an environment variable. `*` stands for any characters.",
   "type": "string",
   "pattern": "^[A-Za-z_*][A-Za-z0-9_*]*$",
   "examples": [
    "AWS_*",
    "CI"
   ],
   "x-srt": {
    "platforms": [
     "linux"
    ],
    "live": false,
    "extension": true
   }
  },
  "windowsSublayerGuid": {
   "title": "WindowsSublayerGuid",
   "description": "A GUID in the form `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.",
   "type": "string",
   "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
   "examples": [
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
   ]
  }
 }
};
