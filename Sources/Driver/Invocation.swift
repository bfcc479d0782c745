import Diagnostics

/// A command line, taken apart by the table.
package struct Invocation: Sendable {
  package var command: CommandDeclaration
  package var arguments: [String]
  package var values: [String: [String]]

  package func has(_ flag: String) -> Bool { values[flag] != nil }
  package func value(_ flag: String) -> String? { values[flag]?.last }
}

/// What is wrong with a command line.
package struct UsageError: Error, Hashable {
  package var message: String
  /// What the user most likely meant.
  package var hint: String?
}

extension Invocation {
  /// Takes `nnc`'s arguments apart (without the program's own name).
  package init(parsing words: [String]) throws(UsageError) {
    guard let first = words.first else { throw UsageError(message: "no command was given", hint: nil) }
    let spelled = ["--help": "help", "-h": "help", "--version": "version", "-V": "version"][first] ?? first
    guard let command = CommandTable.command(spelled) else {
      let near = closestName(to: first, among: CommandTable.commands.map(\.name))
      let hint =
        near.map { "did you mean nnc \($0)?" } ?? (first.hasSuffix(".nnet") ? "nnc run \(first) trains it" : nil)
      throw UsageError(message: "there is no command \(first)", hint: hint)
    }
    self.command = command
    arguments = []
    values = [:]
    var rest = words.dropFirst()
    var flagsEnded = false
    while let word = rest.popFirst() {
      if flagsEnded || word == "-" || !word.hasPrefix("-") {
        arguments.append(word)
      } else if word == "--" {
        flagsEnded = true
      } else if word == "--help" || word == "-h" {
        values["help", default: []].append("")
      } else {
        try parseFlag(word, &rest)
      }
    }
    if has("help") { return }
    guard command.argumentRange.contains(arguments.count) else {
      let expected = arguments.count < command.argumentRange.lowerBound ? "needs" : "takes no more than"
      throw UsageError(
        message: "nnc \(command.name) \(expected) \(command.arguments.isEmpty ? "no arguments" : command.arguments)",
        hint: nil)
    }
  }

  private mutating func parseFlag(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
    let body = word.drop { $0 == "-" }
    let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts.first ?? ""
    guard word.hasPrefix("--"), let flag = command.flags.first(where: { $0.name == name }) else {
      let near = closestName(to: name, among: command.flags.map(\.name))
      throw UsageError(
        message: "nnc \(command.name) has no flag \(word)", hint: near.map { "did you mean --\($0)?" })
    }
    guard let placeholder = flag.value else {
      guard parts.count == 1 else { throw UsageError(message: "--\(name) takes no value", hint: nil) }
      values[name, default: []].append("")
      return
    }
    let given: String
    if parts.count == 2 {
      given = parts[1]
    } else if let next = rest.first, next == "-" || !next.hasPrefix("--") {
      given = next
      rest.removeFirst()
    } else {
      throw UsageError(message: "--\(name) needs a value: --\(name) \(placeholder)", hint: nil)
    }
    if !flag.choices.isEmpty && !flag.choices.contains(given) {
      let near = closestName(to: given, among: flag.choices)
      throw UsageError(
        message: "--\(name) takes \(flag.choices.joined(separator: ", ")); not \(given)",
        hint: near.map { "did you mean \($0)?" })
    }
    if !flag.repeats && values[name] != nil { throw UsageError(message: "--\(name) is given twice", hint: nil) }
    values[name, default: []].append(given)
  }

  /// A whole number in a range, or nil where the flag is not given.
  package func integer(_ flag: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = value(flag) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw UsageError(
        message: "--\(flag) takes a whole number from \(range.lowerBound) to \(range.upperBound); not \(text)",
        hint: nil)
    }
    return number
  }
}
