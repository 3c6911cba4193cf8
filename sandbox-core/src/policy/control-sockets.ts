/** Sign, decrypt or hand out keys for whoever asks. */
const KEY_AGENTS = /ssh|agent|gpg|gnupg|keyring|gcr|kwallet|keepass|1password|bitwarden|secret|pcscd/i;
/** Run what they are told, see the screen, or type: container engines, the system's services, the desktop, terminals, editors. */
const CONTROLS = /docker|podman|containerd|crio|libvirt|lxd|incus|buildkit|multipass|qemu|qmp|snapd|flatpak|dbus|systemd|at-spi|\/bus(\/|$)|\.(X11|ICE|XIM|font)-unix|wayland|pipewire|pulse|xrdp|vnc|tmux|screen|zellij|kitty|alacritty|wezterm|emacs|vscode|\/code-|cursor|nvim|vim|jetbrains|sway|i3|hypr|niri|river|watchman|fcitx|ibus|tailscale|NetworkManager|wpa_|cups|udev|acpid|Singleton/i;
/** Where the system's and the session's own services listen: closed but for these. */
const SERVICES = /^\/(var\/)?run\/(postgresql|mysqld|mariadb|redis|valkey|memcached)\//;
const RUN_DIRECTORIES = /^\/(var\/)?run\//;

/** Whether somebody who holds keys listens at a Unix socket. */
export function isKeyAgent(path: string): boolean {
  return KEY_AGENTS.test(path);
}

/** Whether who may connect to a Unix socket could act outside of the sandbox: that is never offered. */
export function isControlSocket(path: string): boolean {
  return isKeyAgent(path) || CONTROLS.test(path) || (RUN_DIRECTORIES.test(path) && !SERVICES.test(path));
}
