import Diagnostics

/// Lays a program out in the one style there is.
///
/// - Two spaces a level, lines of up to 100 columns, at most one empty line in a row.
/// - In a run of `let`s, weights or settings without an empty line between them the types, the values and the `=` stand
///   in columns; bindings with and without a type are different runs. Comments at the ends of consecutive lines do too.
/// - A chain breaks before `->`, an operation before its operator, a list after a comma: where the writer broke it, and
///   where the line would become too long. Lines that go on stand under the first arrow, the first operand or the
///   first item.
/// - A block stays on one line if it was written so, holds one statement and fits.
///
/// Where a line was broken stays broken and no width depends on what was broken, so formatting twice is formatting once.
struct Formatter {
  let tree: SyntaxTree
  let measure: LayoutMeasure
  var output: [UInt8] = []
  var column = 0
  /// The column of the statement, and of lines that go on without a better place.
  var indent = 0
  var continuation = 4
  /// A comment ended the line, so the next token begins one.
  var mustBreak = false
  /// The comments up to this token are written.
  var commentsDone = -1

  static let width = 100

  init(tree: SyntaxTree) {
    self.tree = tree
    measure = LayoutMeasure(tree: tree)
    output.reserveCapacity(tree.file.bytes.count * 5 / 4)
  }

  // MARK: Writing

  mutating func write(_ text: String) { write(Array(text.utf8)) }

  mutating func write(_ bytes: some Collection<UInt8>) {
    output += bytes
    column += displayWidth(bytes)
  }

  mutating func pad(to target: Int) { write(repeatElement(UInt8(ascii: " "), count: max(0, target - column))) }

  mutating func newline(_ target: Int) {
    output.append(UInt8(ascii: "\n"))
    column = 0
    pad(to: target)
    mustBreak = false
  }

  /// Writes the comments before a token, each of which ends its line.
  mutating func writeComments(_ token: Int) {
    guard token > commentsDone else { return }
    commentsDone = token
    for comment in measure.comments(before: token) {
      if comment.isTrailing, !mustBreak { write("  ") } else { newline(continuation) }
      write(tree.file.bytes[comment.range])
      mustBreak = true
    }
  }

  mutating func emit(_ token: Int, space: Bool) {
    writeComments(token)
    if mustBreak { newline(continuation) } else if space { write(" ") }
    write(tree.file.bytes[tree.tokens[token].range])
  }

  /// Begins a new line at a column, behind whatever comments stand before the token.
  mutating func breakLine(before token: Int, at target: Int) {
    let outer = continuation
    continuation = target
    writeComments(token)
    continuation = outer
    newline(target)
  }
}

/// Lays a file out in the one style there is; nil for a file with syntax errors.
package func format(_ tree: SyntaxTree) -> String? {
  guard !tree.hasErrors, refusal(of: tree.file) == nil else { return nil }
  var formatter = Formatter(tree: tree)
  formatter.file()
  return String(decoding: formatter.output, as: UTF8.self)
}

/// Columns that bytes take: one a character beyond ASCII, too.
func displayWidth(_ bytes: some Sequence<UInt8>) -> Int {
  var width = 0
  for byte in bytes where byte & 0xC0 != 0x80 { width += 1 }
  return width
}
