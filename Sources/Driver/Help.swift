import Diagnostics

package let versionText = "0.1.0"

/// Runs a command line and returns the process's exit code.
package func runCommandLine(_ words: [String], console: Console) -> ExitCode {
  console.finished(runWords(words, console: console))
}

private func runWords(_ words: [String], console: Console) -> ExitCode {
  if words.isEmpty {
    console.print(generalHelp())
    return .usage
  }
  do {
    let invocation = try Invocation(parsing: words)
    if invocation.has("help") {
      console.print(commandHelp(invocation.command))
      return .fine
    }
    // A wrong number is told before anything is read.
    _ = try trainingOptions(invocation)
    guard invocation.value("format") == "json" else { return invocation.command.run(invocation, console) }
    let document = OutputDocument()
    let code = invocation.command.run(invocation, console.collecting(into: document))
    console.write(document.text())
    return code
  } catch {
    return reportUsage(error, words: words, console: console)
  }
}

/// Wrong usage on standard error, or as JSON where the arguments ask for JSON.
func reportUsage(_ problem: UsageError, words: [String], console: Console) -> ExitCode {
  if wantsJSON(words) {
    console.print(
      JSON.object([
        ("version", .integer(diagnosticsJSONVersion)), ("diagnostics", .array([])),
        (
          "usage",
          .object([("message", .string(problem.message)), ("hint", problem.hint.map(JSON.string) ?? .null)])
        ),
      ]).text(indent: 2))
    return .usage
  }
  console.fail(problem.message, hint: problem.hint)
  let name = words.first.flatMap { CommandTable.command($0)?.name }
  console.tell(name.map { "nnc help \($0) shows how it is used" } ?? "nnc help lists the commands")
  return .usage
}

private func wantsJSON(_ words: [String]) -> Bool {
  words.contains("--format=json") || zip(words, words.dropFirst()).contains { $0 == "--format" && $1 == "json" }
}

func helpCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  guard let name = invocation.arguments.first else {
    console.print(generalHelp())
    return .fine
  }
  guard let command = CommandTable.command(name) else {
    console.fail(
      "there is no command \(name)",
      hint: closestName(to: name, among: CommandTable.commands.map(\.name)).map { "did you mean \($0)?" })
    return .usage
  }
  console.print(commandHelp(command))
  return .fine
}

func versionCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  console.print("nnc \(versionText)")
  return .fine
}

package func generalHelp() -> String {
  let width = CommandTable.commands.map(\.name.count).max() ?? 0
  let lines = CommandTable.commands.map { command in
    "  " + command.name + String(repeating: " ", count: width - command.name.count + 2) + command.summary
  }
  return """
    nnc compiles and trains the neural networks that .nnet files describe.

    Usage: nnc COMMAND [ARGUMENTS]

    \(lines.joined(separator: "\n"))

    nnc help COMMAND tells more.
    \(exitCodes)
    """
}

/// What the exit codes mean.
let exitCodes = """
  Exit codes: 0 fine; 1 something is wrong with the program or the data; 2 wrong usage, or a file that cannot be read or
  written; 3 training failed; 130, 143 and 129 interrupted by Ctrl-C, SIGTERM and SIGHUP, after saving.
  """

package func commandHelp(_ command: CommandDeclaration) -> String {
  var text = "Usage: nnc \(command.name)"
  if !command.arguments.isEmpty { text += " \(command.arguments)" }
  if !command.flags.isEmpty { text += " [FLAGS]" }
  text += "\n\n\(command.summary).\n"
  if !command.details.isEmpty { text += command.details + "\n" }
  guard !command.flags.isEmpty else { return text }
  let shown = (command.flags + [.help]).map { flag in
    (title: "--\(flag.name)" + (flag.value.map { " \($0)" } ?? ""), flag: flag)
  }
  let width = shown.map(\.title.count).max() ?? 0
  text += "\n"
  for (title, flag) in shown {
    let choices = flag.choices.isEmpty ? "" : " (\(flag.choices.joined(separator: ", ")))"
    text += "  \(title)" + String(repeating: " ", count: width - title.count + 2) + flag.doc + choices + "\n"
  }
  return text
}
