. "$SRT_SHELL_SCRIPTS/shellIntegration-rc.zsh"
unset SRT_SHELL_SCRIPTS
