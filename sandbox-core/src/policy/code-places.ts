/** Programs, and what brings them along: started outside of the sandbox, by name. */
const PROGRAMS = ['bin', '.local/bin', '.local/lib', '.cargo/bin', '.rustup', 'go/bin', '.deno/bin', '.bun', '.nvm', '.fnm', '.volta', '.pyenv', '.rbenv', '.rvm', '.asdf', '.sdkman', '.jenv', '.nodenv', '.goenv', '.local/share/mise', '.local/share/uv', '.local/share/pipx', '.local/pipx', '.linuxbrew', '.nix-profile', '.local/state/nix', '.local/state/srt', '.krew', '.terraform.d'];
/** Run by shells as they start. */
const SHELLS = ['.bash_completion', '.bash_completion.d', '.local/share/bash-completion', '.bash_it', '.oh-my-bash', '.oh-my-zsh', '.zsh', '.zinit', '.zplug', '.zprezto', '.antigen', '.config/zsh', '.local/share/zsh', '.config/bash', '.config/fish', '.local/share/fish/vendor_conf.d', '.local/share/fish/vendor_completions.d', '.config/starship.toml', '.config/powershell'];
/** Run by interpreters, editors and terminals as they start. */
const TOOLS = ['.ipython', '.jupyter', '.config/nvim', '.local/share/nvim', '.vim', '.emacs.d', '.config/emacs', '.config/helix', '.config/tmux', '.tmux', '.tmux.conf', '.config/kitty', '.config/wezterm', '.config/git', '.config/mise', '.config/nix', '.config/nixpkgs', '.config/home-manager', '.gradle/init.d', '.m2/extensions.xml'];
/** Started with the desktop, or from its menus. */
const DESKTOP = ['.config/autostart', '.config/systemd', '.local/share/systemd', '.config/environment.d', '.config/plasma-workspace', '.config/hypr', '.config/i3', '.config/sway', '.config/awesome', '.config/bspwm', '.config/openbox', '.config/xmonad', '.local/share/applications', '.local/share/dbus-1', '.local/share/kservices5', '.local/share/nautilus', '.local/share/nautilus-python', '.local/share/gnome-shell', '.local/share/plasma', 'Library/LaunchAgents', 'Library/Services', 'Library/Scripts'];

/** What is run or obeyed outside of the sandbox later: no proposal opens it. Much of it is more than any policy protects by itself. */
export const CODE_PLACES: readonly string[] = [...PROGRAMS, ...SHELLS, ...TOOLS, ...DESKTOP].map((place) => `~/${place}`);
