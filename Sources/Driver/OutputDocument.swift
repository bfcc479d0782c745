import Diagnostics
import Synchronization

/// The results of a command as one JSON document, for `--format json`: what the command wrote, the diagnostics and
/// why it failed.
///
/// Results that are JSON keep their members; text stands under `output`. A command that only writes results, without
/// diagnostics or a failure, writes them as they are.
final class OutputDocument: Sendable {
  struct Failure: Sendable {
    var message: String
    var hint: String?
  }

  private struct State {
    var text = ""
    var diagnostics: [JSON]?
    var failures: [Failure] = []
  }

  private let state = Mutex(State())

  func add(_ text: String) { state.withLock { $0.text += text } }
  func add(_ failure: Failure) { state.withLock { $0.failures.append(failure) } }

  /// Adds diagnostics as ``DiagnosticFormat/json`` renders them.
  func add(rendered text: String) {
    let found = JSONReader.read(Array(text.utf8))?["diagnostics"]?.array ?? []
    state.withLock { $0.diagnostics = ($0.diagnostics ?? []) + found }
  }

  /// The document, ending with a line break where there is anything to say.
  func text() -> String {
    let state = state.withLock { $0 }
    if state.diagnostics == nil && state.failures.isEmpty { return state.text }
    var members: [(String, JSON)] = []
    if case .object(let own)? = JSONReader.read(Array(state.text.utf8)) {
      members = own
    } else if !state.text.isEmpty {
      members = [("output", .string(state.text))]
    }
    var head: [(String, JSON)] = []
    for (name, value) in [
      ("version", JSON.integer(diagnosticsJSONVersion)), ("diagnostics", .array(state.diagnostics ?? [])),
    ] where !members.contains(where: { $0.0 == name }) {
      head.append((name, value))
    }
    if let failure = state.failures.first {
      members.append(
        (
          "failure",
          .object([
            ("message", .string(state.failures.map(\.message).joined(separator: "; "))),
            ("hint", failure.hint.map(JSON.string) ?? .null),
          ])
        ))
    }
    return JSON.object(head + members).text(indent: 2) + "\n"
  }
}
