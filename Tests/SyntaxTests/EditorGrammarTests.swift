import Diagnostics
import Foundation
import Syntax
import Testing

private let grammarFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("grammar")

private let node = ["/usr/bin/node", "/usr/local/bin/node"].first { FileManager.default.isExecutableFile(atPath: $0) }

/// Whether tree-sitter's grammar reads each text, without its generator.
private func treeSitterReads(_ texts: [String]) throws -> [Bool] {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nnet-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let files = try texts.enumerated().map { index, text in
    let file = folder.appendingPathComponent("\(index).nnet")
    try text.write(to: file, atomically: false, encoding: .utf8)
    return file.path
  }
  let process = Process()
  process.executableURL = URL(fileURLWithPath: node!)
  let tree = grammarFolder.appendingPathComponent("tree-sitter-nnet")
  process.arguments =
    [tree.appendingPathComponent("test/parse.mjs").path, tree.appendingPathComponent("grammar.js").path] + files
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return output.split(separator: "\n").map { $0.hasSuffix(": ok") }
}

private func json(_ path: String) throws -> Any {
  try JSONSerialization.jsonObject(with: Data(contentsOf: grammarFolder.appendingPathComponent(path)))
}

@Suite struct EditorGrammarTests {
  @Test(.enabled(if: node != nil, "Node is not installed, so grammar.js cannot be evaluated"))
  func treeSitterReadsWhatTheParserReads() throws {
    let right = fixtures.map(\.text) + SyntaxCodes.all.map(\.right)
    let read = try treeSitterReads(right)
    #expect(read.count == right.count)
    for (text, isRead) in zip(right, read) { #expect(isRead, "\(text)") }
  }

  @Test(.enabled(if: node != nil, "Node is not installed, so grammar.js cannot be evaluated"))
  func treeSitterRefusesWhatTheParserRefuses() throws {
    // Spaces around an operator, sizes and which words are reserved are beyond a grammar.
    let beyond: Set<DiagnosticCode> = [
      SyntaxCodes.percentSpacing, SyntaxCodes.numberTooLarge, SyntaxCodes.tooDeep, SyntaxCodes.fileTooLarge,
      SyntaxCodes.reservedWord,
    ]
    let codes = SyntaxCodes.all.filter { !beyond.contains($0) && !$0.wrong.isEmpty }
    for (code, isRead) in zip(codes, try treeSitterReads(codes.map(\.wrong))) { #expect(!isRead, "\(code.id)") }
  }

  @Test func editorFilesAreJSON() throws {
    let language = try #require(try json("vscode/syntaxes/nnet.tmLanguage.json") as? [String: Any])
    #expect(language["scopeName"] as? String == "source.nnet")
    let package = try #require(try json("vscode/package.json") as? [String: Any])
    let contributes = try #require(package["contributes"] as? [String: Any])
    #expect((contributes["languages"] as? [[String: Any]])?.first?["id"] as? String == "nnet")
    _ = try json("vscode/language-configuration.json")
  }

  /// Each snippet is a program once its places are filled with what they propose.
  @Test func snippetsAreRead() throws {
    let snippets = try #require(try json("vscode/snippets/nnet.json") as? [String: [String: Any]])
    #expect(snippets.count >= 6)
    for (name, snippet) in snippets {
      let body = try #require(snippet["body"] as? [String]).joined(separator: "\n")
      let text = body.replacing(/\$\{\d+:([^}]*)\}/) { $0.output.1 }.replacing(/\$\d+/, with: "x")
      #expect(diagnostics(text + "\n").isEmpty, "\(name)\n\(text)\n\(describe(diagnostics(text), in: text))")
    }
  }

  /// Every pattern of the highlighting compiles, and its includes exist.
  @Test func highlightingIsWhole() throws {
    let language = try #require(try json("vscode/syntaxes/nnet.tmLanguage.json") as? [String: Any])
    let repository = try #require(language["repository"] as? [String: Any])
    func walk(_ value: Any) {
      if let list = value as? [Any] { list.forEach(walk) }
      guard let object = value as? [String: Any] else { return }
      for key in ["match", "begin", "end"] {
        if let pattern = object[key] as? String {
          #expect((try? NSRegularExpression(pattern: pattern)) != nil, "\(pattern)")
        }
      }
      if let include = object["include"] as? String, include.hasPrefix("#") {
        #expect(repository[String(include.dropFirst())] != nil, "\(include)")
      }
      object.values.forEach(walk)
    }
    walk(language)
  }
}
