import Checking
import Diagnostics

/// The source of the program with every setting that a train block leaves out written at the block's end.
func programWithDefaults(_ program: CheckedProgram) -> String {
  guard let file = program.sources.files.first else { return "" }
  var text = file.bytes
  let blocks = program.trains.filter { $0.span.file == file.id }.sorted { $0.span.end > $1.span.end }
  for train in blocks where !train.defaults.isEmpty {
    let lines = train.defaults.map { "  \($0.name): \($0.value)\n" }.joined()
    let close = Int(train.span.end) - 1
    guard text.indices.contains(close), text[close] == UInt8(ascii: "}") else { continue }
    let needsBreak = close > 0 && text[close - 1] != UInt8(ascii: "\n")
    text.insert(contentsOf: Array(((needsBreak ? "\n" : "") + "  // Defaults\n" + lines).utf8), at: close)
  }
  return String(decoding: text, as: UTF8.self)
}
