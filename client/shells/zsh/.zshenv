# zsh reads its files here instead of in the home directory; VS Code's script reads the user's, and turns back to them.
. "$SRT_SHELL_SCRIPTS/shellIntegration-env.zsh"
