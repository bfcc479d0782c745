/// Shell completions, generated from the table.
func completionsCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  switch invocation.arguments[0] {
  case "bash": console.print(bashCompletions())
  case "zsh": console.print(zshCompletions())
  case "fish": console.print(fishCompletions())
  case let other:
    console.fail("completions are made for bash, zsh and fish; not \(other)")
    return .usage
  }
  return .fine
}

private func bashCompletions() -> String {
  let cases = CommandTable.commands.map { command in
    let flags = command.flags.map { "--" + $0.name } + ["--help"]
    return "    \(command.name)) words=\"\(flags.joined(separator: " "))\" ;;"
  }
  return """
    _nnc() {
      local current=${COMP_WORDS[COMP_CWORD]} words=""
      if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "\(CommandTable.commands.map(\.name).joined(separator: " "))" -- "$current"))
        return
      fi
      case ${COMP_WORDS[1]} in
    \(cases.joined(separator: "\n"))
      esac
      case $current in
        -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
        *) COMPREPLY=($(compgen -f -- "$current")) ;;
      esac
    }
    complete -o filenames -F _nnc nnc
    """
}

private func zshCompletions() -> String {
  let quoted = { (text: String) in
    text.replacing("'", with: "'\\''").replacing("[", with: "\\[").replacing("]", with: "\\]")
  }
  let names = CommandTable.commands.map { "    '\($0.name):\(quoted($0.summary))'" }
  let cases = CommandTable.commands.map { command in
    let flags = command.flags.map { flag in
      let value = flag.value.map {
        ":\($0):" + (flag.choices.isEmpty ? "_files" : "(\(flag.choices.joined(separator: " ")))")
      }
      return "'--\(flag.name)[\(quoted(flag.doc))]\(value ?? "")'"
    }
    return "    \(command.name)) _arguments \((flags + ["'*:file:_files'"]).joined(separator: " ")) ;;"
  }
  return """
    #compdef nnc
    _nnc() {
      local -a commands=(
    \(names.joined(separator: "\n"))
      )
      if (( CURRENT == 2 )); then _describe command commands; return; fi
      local command=$words[2]
      shift words
      (( CURRENT-- ))
      case $command in
    \(cases.joined(separator: "\n"))
      esac
    }
    _nnc "$@"
    """
}

private func fishCompletions() -> String {
  let quoted = { (text: String) in text.replacing("'", with: "\\'") }
  var lines: [String] = []
  for command in CommandTable.commands {
    lines.append("complete -c nnc -n __fish_use_subcommand -a \(command.name) -d '\(quoted(command.summary))'")
    for flag in command.flags {
      let value =
        flag.value == nil ? "" : flag.choices.isEmpty ? " -r" : " -x -a '\(flag.choices.joined(separator: " "))'"
      lines.append(
        "complete -c nnc -n '__fish_seen_subcommand_from \(command.name)' -l \(flag.name) -d '\(quoted(flag.doc))'\(value)"
      )
    }
  }
  return lines.joined(separator: "\n")
}
