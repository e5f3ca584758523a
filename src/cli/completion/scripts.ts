/**
 * What the shells run when Tab is pressed: each hands the words so far to `mail-proxy __complete` and shows its answer,
 * a candidate a line with a description behind a tab, or `:files` where a file is to be named.
 */

export const SHELLS = ["bash", "zsh", "fish"] as const;

// Bash breaks words at : = and @ too, so the line is read anew, and of a candidate only what follows the last
// break is given back; an @ belongs to what follows it.
const BASH = `
# Completion of mail-proxy for bash 4 and above.
_mail_proxy() {
  local -a words
  local line typed cur prefix
  read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ "\${COMP_LINE:0:COMP_POINT}" == *[[:space:]] ]] && words+=("")
  typed="\${words[\${#words[@]}-1]}"
  cur="\${COMP_WORDS[COMP_CWORD]}"
  [[ "$cur" == [:=] ]] && cur=""
  prefix="\${typed%"$cur"}"
  prefix="\${prefix%@}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      compopt -o default
      return
    fi
    line="\${line%%$'\\t'*}"
    COMPREPLY+=("$(printf '%q' "\${line#"$prefix"}")")
  done < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null </dev/null)
}
complete -F _mail_proxy mail-proxy
`;

const ZSH = `
#compdef mail-proxy
# Completion of mail-proxy for zsh.
_mail_proxy() {
  local line
  local -a lines described
  lines=("\${(@f)$("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
  if [[ "\${lines[1]}" == ":files" ]]; then
    _files
    return
  fi
  for line in "\${lines[@]}"; do
    [[ -n "$line" ]] && described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe 'mail-proxy' described
}
if [[ "\${funcstack[1]}" == "_mail-proxy" ]]; then
  _mail_proxy "$@"
else
  compdef _mail_proxy mail-proxy
fi
`;

const FISH = `
# Completion of mail-proxy for fish.
function __mail_proxy_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] __complete $words[2..-1] 2>/dev/null </dev/null)
    if test "$lines[1]" = ":files"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $lines
    end
end
complete -c mail-proxy -f -a '(__mail_proxy_complete)'
`;

export const SCRIPTS: Record<(typeof SHELLS)[number], string> = { bash: BASH, zsh: ZSH, fish: FISH };
