/**
 * What each shell loads: it hands what was typed to the program and takes the answer over. `kubectl nkvm` is completed
 * by them too, in front of kubectl's own completion where that was loaded before; kubectl 1.26 and newer do it
 * themselves once `completion install` was run. bash is written for 3.2, which macOS has.
 */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

export type Shell = (typeof shells)[number];

const bash = `# Completion for bash; load it behind kubectl's own: source <(kubectl nkvm completion bash)

_kubectl_nkvm() {
  local words=() typed=() last=-1 index word rest=$COMP_LINE
  # bash parts words at = and : too: what stands together is one.
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if ((last >= 0)) && [[ $rest != [[:space:]]* ]]; then
      words[last]+=$word
    else
      words[++last]=$word
    fi
    rest=\${rest#"\${rest%%[![:space:]]*}"}
    rest=\${rest#"$word"}
  done

  local current=\${words[last]} program=kubectl-nkvm
  if [[ \${words[0]} == *kubectl-nkvm ]]; then
    program=\${words[0]/#"~"/$HOME}
    typed=("\${words[@]:1}")
  else
    typed=("\${words[@]:2}")
  fi
  for index in "\${!typed[@]}"; do
    word=\${typed[index]//[\\"\\'\\\\]/}
    [[ $word != "~/"* ]] || word=$HOME/\${word:2}
    typed[index]=$word
  done

  local answer directive
  answer=$("$program" __complete "\${typed[@]}" 2>/dev/null) || return 0
  directive=\${answer##*:}
  answer=\${answer%:*}

  local flag= kept= breaks=\${COMP_WORDBREAKS//[^=:]/}
  [[ $current != -*=* ]] || flag=\${current%%=*}=
  # What bash replaces begins behind the last of these.
  [[ -z $breaks || $current != *["$breaks"]* ]] || kept=\${current%"\${current##*["$breaks"]}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r word rest; do
    word=$flag$word
    [[ $word == "$flag" || $word != "$current"* ]] || COMPREPLY+=("\${word#"$kept"}")
  done <<<"$answer"
  if ((\${#COMPREPLY[@]})) && ! ((directive & 20)); then
    # A word, or a file.
    while IFS= read -r word; do
      word=$flag$word
      COMPREPLY+=("\${word#"$kept"}")
    done < <(compgen -f -- "\${current#"$flag"}")
    compopt -o filenames 2>/dev/null
  fi
  ((directive & 4)) && compopt +o default 2>/dev/null
  ((directive & 16)) && compopt +o default -o dirnames 2>/dev/null
  ((directive & 32)) && compopt -o nosort 2>/dev/null
  return 0
}

_kubectl_and_nkvm() {
  if ((COMP_CWORD > 1)) && [[ \${COMP_WORDS[1]} == nkvm ]]; then
    _kubectl_nkvm
  else
    "$_kubectl_without_nkvm" "$@"
  fi
}

_kubectl_nkvm_load() {
  local known pattern='-F ([^ ]+)'
  complete -o default -F _kubectl_nkvm kubectl-nkvm
  known=$(complete -p kubectl 2>/dev/null)
  [[ $known =~ $pattern && \${BASH_REMATCH[1]} != _kubectl_and_nkvm ]] || return 0
  _kubectl_without_nkvm=\${BASH_REMATCH[1]}
  eval "\${known/-F $_kubectl_without_nkvm/-F _kubectl_and_nkvm}"
}
_kubectl_nkvm_load
`;

const zsh = `#compdef kubectl-nkvm
# Completion for zsh; load it behind compinit and kubectl's own: source <(kubectl nkvm completion zsh)

_kubectl-nkvm() {
  local -a typed lines described
  local program=kubectl-nkvm line
  if [[ \${words[1]:t} == kubectl-nkvm ]]; then
    program=\${(Q)words[1]/#\\~/$HOME}
    typed=("\${(@Q)words[2,CURRENT]}")
  else
    typed=("\${(@Q)words[3,CURRENT]}")
  fi
  typed[-1]=\${(Q)PREFIX}
  typed=("\${(@)typed/#\\~\\//$HOME/}")
  lines=("\${(@f)$("$program" __complete "\${(@)typed}" 2>/dev/null)}")
  local -i directive=\${lines[-1]#:}
  [[ $PREFIX != -*=* ]] || compset -P 1 '*='
  for line in "\${(@)lines[1,-2]}"; do
    [[ $line == *$'\\t'* ]] || line+=$'\\t'
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  local -i failed=1
  ((\${#described})) && _describe -V 'kubectl nkvm' described && failed=0
  if ((directive & 16)); then
    _files -/ && failed=0
  elif ! ((directive & 4)); then
    _files && failed=0
  fi
  return failed
}

_kubectl-and-nkvm() {
  if ((CURRENT > 2)) && [[ \${words[2]} == nkvm ]]; then
    _kubectl-nkvm
  else
    $_kubectl_without_nkvm "$@"
  fi
}

if [[ $funcstack[1] == _kubectl-nkvm ]]; then
  _kubectl-nkvm
else
  compdef _kubectl-nkvm kubectl-nkvm
  if [[ -n $_comps[kubectl] && $_comps[kubectl] != _kubectl-and-nkvm ]]; then
    typeset -g _kubectl_without_nkvm=$_comps[kubectl]
    compdef _kubectl-and-nkvm kubectl
  fi
fi
`;

const fish = `# Completion for fish: kubectl nkvm completion fish | source

function __kubectl_nkvm_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l program kubectl-nkvm
    if string match -q -- '*kubectl-nkvm' $typed[1]
        set program $typed[1]
        set -e typed[1]
    else
        set -e typed[1..2]
    end
    set -l lines ($program __complete $typed "$current" 2>/dev/null)
    or return
    set -l flag (string match -r -- '^-.*?=' "$current")
    for line in $lines[1..-2]
        printf '%s%s\\n' "$flag" $line
    end
    switch $lines[-1]
        case :0
            __fish_complete_path (string replace -- "$flag" '' "$current") | string replace -r -- '^' "$flag"
        case :16
            __fish_complete_directories (string replace -- "$flag" '' "$current") | string replace -r -- '^' "$flag"
    end
end

function __kubectl_nkvm_is_typed
    set -l typed (commandline -opc)
    test (count $typed) -gt 1; and test $typed[2] = nkvm
end

complete -c kubectl-nkvm -f -k -a '(__kubectl_nkvm_complete)'
complete -c kubectl -f -k -n __kubectl_nkvm_is_typed -a '(__kubectl_nkvm_complete)'
`;

const powershell = `# Completion for PowerShell: kubectl nkvm completion powershell | Out-String | Invoke-Expression
# It completes kubectl-nkvm. For kubectl nkvm: kubectl nkvm completion install, and kubectl's own completion.

Register-ArgumentCompleter -Native -CommandName 'kubectl-nkvm', 'kubectl-nkvm.exe' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -le $cursorPosition } | ForEach-Object { $_.Extent.Text.Trim('"', "'") })
    $program = $words[0]
    $words = @($words | Select-Object -Skip 1)
    if ($wordToComplete -eq '') {
        # Before 7.3 an empty argument is dropped, unless it is quoted.
        $words += if ($PSVersionTable.PSVersion -lt [version]'7.3') { '""' } else { '' }
    }
    $flag = if ($wordToComplete -match '^(-[^=]*=)') { $Matches[1] } else { '' }
    $lines = @(& $program __complete @words 2>$null)
    if ($lines.Count -lt 2) { return }
    $lines[0..($lines.Count - 2)] | ForEach-Object {
        $word, $description = $_ -split "\`t", 2
        if (-not $description) { $description = $word }
        [System.Management.Automation.CompletionResult]::new("$flag$word", $word, 'ParameterValue', $description)
    }
}
`;

/** Each shell's script; it ends with a newline. */
export const shellScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish, powershell };
