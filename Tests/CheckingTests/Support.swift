import Checking
import Datasets
import Diagnostics
import Foundation
import Syntax

/// A checked text: what came out, and the text.
struct Checked {
  var result: CheckResult
  var text: String

  var errors: [Diagnostic] { result.diagnostics.filter { $0.severity == .error } }

  /// One line a diagnostic: code, position, message; for the comments of a failed expectation.
  var description: String {
    result.diagnostics.map { diagnostic in
      let place = diagnostic.primary.map { result.sources[$0.span.file].position(at: Int($0.span.start)) }
      return "\(diagnostic.code.id) \(place?.line ?? 0):\(place?.column ?? 0) \(diagnostic.message)"
    }.joined(separator: "\n")
  }
}

/// Checks a text. Lines `// column: …` at its top say what every source holds; without them no data is read.
func checked(_ text: String, set: [(String, String)] = [], files: [String: String] = [:]) -> Checked {
  var sources = SourceMap()
  let id = sources.add(path: "test.nnet", bytes: Array(text.utf8))
  let constants = set.map { name, value -> (name: String, value: Syntax.Expression) in
    let file = sources.add(path: "--set", bytes: Array("let x = \(value)\n".utf8))
    guard case .constant(let binding)? = parse(sources[file]).unit.declarations.first else {
      fatalError("\(value) is no constant")
    }
    return (name, binding.value)
  }
  let summary = summary(of: text)
  let options = CheckOptions(
    constants: constants, summary: summary.map { summary in { _ in .success(summary) } },
    load: { path, _ in
      if let text = path == "test.nnet" ? text : files[path] {
        return .success(ImportedFile(path: path, bytes: Array(text.utf8)))
      }
      guard let text = try? String(contentsOf: folder("imports").appendingPathComponent(path), encoding: .utf8) else {
        return .failure(ImportProblem("there is no such file"))
      }
      return .success(ImportedFile(path: path, bytes: Array(text.utf8)))
    }, saved: saved(in: text))
  return Checked(result: check(parse(sources[id]), in: sources, options: options), text: text)
}

func folder(_ name: String) -> URL {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures").appendingPathComponent(name)
}

/// The programs of a folder of fixtures, by name.
func programs(_ name: String) -> [(name: String, text: String)] {
  let files = (try? FileManager.default.contentsOfDirectory(atPath: folder(name).path)) ?? []
  return files.sorted().filter { $0.hasSuffix(".nnet") }.map { file in
    (file, (try? String(contentsOf: folder(name).appendingPathComponent(file), encoding: .utf8)) ?? "")
  }
}

/// The summary that comments describe: `// rows: 150 duplicates=3`, `// column: a number 0 7.9 mean=3 sd=1 missing=2`,
/// `// column: s text x y z missing=1`, `// column: images tensor 28 28 max=255`, `// equal: 0 2`.
func summary(of text: String) -> DataSummary? {
  var result = DataSummary(rows: 100, columns: [])
  for line in text.split(separator: "\n") {
    let words = line.split(separator: " ").map(String.init)
    guard words.count >= 3, words[0] == "//" else { continue }
    switch words[1] {
    case "rows:":
      result.rows = Int(words[2]) ?? 100
      result.duplicateRows = option("duplicates", words).flatMap(Int.init) ?? 0
    case "equal:": result.equalColumns.append(words.dropFirst(2).compactMap(Int.init))
    case "column:": result.columns.append(column(words))
    default: break
    }
  }
  return result.columns.isEmpty ? nil : result
}

/// The saved tensors that comments describe: `// saved: runs/first Net.dense.weight 4 8`; nil without any.
private func saved(in text: String) -> ((String) -> Result<[String: [Int]], ImportProblem>)? {
  var files: [String: [String: [Int]]] = [:]
  for line in text.split(separator: "\n") {
    let words = line.split(separator: " ").map(String.init)
    guard words.count >= 4, words[0] == "//", words[1] == "saved:" else { continue }
    files[words[2], default: [:]][words[3]] = words.dropFirst(4).compactMap(Int.init)
  }
  if files.isEmpty { return nil }
  return { path in files[path].map { .success($0) } ?? .failure(ImportProblem("there are no weights in `\(path)`")) }
}

private func option(_ name: String, _ words: [String]) -> String? {
  words.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
}

private func column(_ words: [String]) -> ColumnSummary {
  let values = words.dropFirst(4).filter { !$0.contains("=") }
  var result = ColumnSummary(
    name: words[2].replacingOccurrences(of: "~", with: " "), kind: ColumnSummary.Kind(rawValue: words[3]) ?? .number)
  result.missing = option("missing", words).flatMap(Int.init) ?? 0
  switch result.kind {
  case .number:
    result.minimum = values.first.flatMap(Double.init)
    result.maximum = values.last.flatMap(Double.init)
    result.mean = option("mean", words).flatMap(Double.init)
    result.standardDeviation = option("sd", words).flatMap(Double.init)
    result.isWhole = option("whole", words) != nil
    result.distinctCount = option("whole", words).flatMap(Int.init) ?? 100
  case .text:
    result.values = values.sorted()
    result.distinctCount = values.count
    if let odd = option("odd", words)?.split(separator: "@"), odd.count == 2 {
      result.oddValue = String(odd[0])
      result.oddLine = Int(odd[1])
    }
  case .tensor:
    result.shape = values.compactMap(Int.init)
    result.minimum = 0
    result.maximum = option("max", words).flatMap(Double.init)
    result.isWhole = true
  }
  return result
}

/// The text with a fix applied.
func applying(_ fix: Fix, to text: String) -> String {
  var bytes = Array(text.utf8)
  for edit in fix.edits.enumerated().sorted(by: {
    ($0.element.span.start, $0.offset) > ($1.element.span.start, $1.offset)
  }) {
    bytes.replaceSubrange(edit.element.span.range, with: edit.element.replacement.utf8)
  }
  return String(decoding: bytes, as: UTF8.self)
}
