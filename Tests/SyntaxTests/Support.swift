import Diagnostics
import Foundation
import Syntax

/// The file of a text.
func source(_ text: String) -> SourceFile { source(Array(text.utf8)) }

func source(_ bytes: [UInt8]) -> SourceFile { SourceFile(id: FileID(0), path: "test.nnet", bytes: bytes) }

func diagnostics(_ text: String) -> [Diagnostic] { parse(source(text)).diagnostics }

/// The programs of `Tests/Fixtures/syntax`, by name.
let fixtures: [(name: String, text: String)] = {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/syntax")
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  return names.sorted().filter { $0.hasSuffix(".nnet") }.map { name in
    (name, (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? "")
  }
}()

func fixture(_ name: String) -> String { fixtures.first { $0.name == name + ".nnet" }!.text }

/// The text with a fix applied.
func applying(_ fix: Fix, to text: String) -> String {
  var bytes = Array(text.utf8)
  for edit in fix.edits.sorted(by: { $0.span.start > $1.span.start }) {
    bytes.replaceSubrange(edit.span.range, with: edit.replacement.utf8)
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// One line a diagnostic: code, position, message; for the comments of a failed expectation.
func describe(_ diagnostics: [Diagnostic], in text: String) -> String {
  let file = source(text)
  return diagnostics.map { diagnostic in
    let place = diagnostic.primary.map { file.position(at: Int($0.span.start)) }
    return "\(diagnostic.code.id) \(place?.line ?? 0):\(place?.column ?? 0) \(diagnostic.message)"
  }.joined(separator: "\n")
}
