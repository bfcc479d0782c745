/// How grave a diagnostic is. Only an error makes `check` fail.
package enum Severity: String, Sendable, Comparable {
  case error, warning, note
  private var rank: Int { self == .error ? 0 : self == .warning ? 1 : 2 }
  package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
}

/// The declaration of a kind of diagnostic. Each phase keeps a table of its own (`SyntaxCodes`, …); the driver joins
/// them. `E01xx` syntax, `E02xx` names and calls, `E03xx` types and shapes, `E04xx` training, `E05xx` data,
/// `E06xx` execution, `E07xx` files and runs; a warning has a `W` in place of the `E`.
package struct DiagnosticCode: Sendable, Hashable {
  /// `E0312`; unique.
  package let id: String
  /// `heads_divide`; unique; a comment `// allow: heads_divide` on the line or the line above silences a warning.
  package let name: String
  package let severity: Severity
  /// One line without a full stop.
  package let summary: String
  /// A few sentences: why it is wrong, and what to do.
  package let explanation: String
  /// A small program that provokes it, and the same program mended; the tests check both. Empty only where no
  /// program alone can provoke it (a data file is needed, say).
  package let wrong: String
  package let right: String

  package init(
    _ id: String, _ name: String, _ summary: String, explanation: String, wrong: String = "", right: String = ""
  ) {
    self.id = id
    self.name = name
    self.severity = id.hasPrefix("W") ? .warning : .error
    self.summary = summary
    self.explanation = explanation
    self.wrong = wrong
    self.right = right
  }

  package static func == (a: DiagnosticCode, b: DiagnosticCode) -> Bool { a.id == b.id }
  package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// A place in the source with a few words about it.
package struct Label: Sendable, Hashable {
  package var span: Span
  package var text: String
  package init(_ span: Span, _ text: String) {
    self.span = span
    self.text = text
  }
}

/// The replacement of one span; an empty span inserts.
package struct Edit: Sendable, Hashable {
  package var span: Span
  package var replacement: String
  package init(_ span: Span, _ replacement: String) {
    self.span = span
    self.replacement = replacement
  }
}

/// A way to mend the mistake. A certain one may be applied without asking: it removes the error and adds none.
package struct Fix: Sendable, Hashable {
  package var title: String
  package var edits: [Edit]
  package var isCertain: Bool
  package init(_ title: String, _ edits: [Edit], isCertain: Bool) {
    self.title = title
    self.edits = edits
    self.isCertain = isCertain
  }
}

/// One mistake, in the words of the user's file.
package struct Diagnostic: Sendable, Hashable {
  package var code: DiagnosticCode
  package var message: String
  /// The culprit; its text makes sense alone. Nil for what has no place in a source file.
  package var primary: Label?
  /// Where the other number came from.
  package var secondary: [Label] = []
  /// The path of instances: `in Block, layer 3 of 4   ← GPT (gpt.nnet:21)`.
  package var context: String?
  /// The shapes on the way: `[64] → embed [64, 126] → …`.
  package var trail: String?
  package var notes: [String] = []
  package var fixes: [Fix] = []

  package init(_ code: DiagnosticCode, _ message: String, at primary: Label? = nil) {
    self.code = code
    self.message = message
    self.primary = primary
  }

  package var severity: Severity { code.severity }
}

/// The closest of the candidates within `max(1, length / 3)` edits, or nil: a wrong suggestion is worse than none.
package func closestName(to word: String, among candidates: some Sequence<String>) -> String? {
  let source = Array(word.lowercased().unicodeScalars)
  guard source.count <= 64 else { return nil }
  let limit = max(1, source.count / 3)
  var best: (name: String, distance: Int)?
  for candidate in candidates {
    let target = Array(candidate.lowercased().unicodeScalars)
    guard abs(target.count - source.count) <= limit else { continue }
    let distance = editDistance(source, target)
    guard distance <= limit else { continue }
    if best.map({ distance < $0.distance || (distance == $0.distance && candidate < $0.name) }) ?? true {
      best = (candidate, distance)
    }
  }
  return best?.name
}

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours (Damerau 1964).
func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var beforePrevious = [Int](repeating: 0, count: b.count + 1)
  var previous = Array(0...b.count)
  var current = previous
  for i in a.indices {
    current[0] = i + 1
    for j in b.indices {
      var cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforePrevious[j - 1] + 1) }
      current[j + 1] = cost
    }
    (beforePrevious, previous, current) = (previous, current, beforePrevious)
  }
  return previous[b.count]
}
