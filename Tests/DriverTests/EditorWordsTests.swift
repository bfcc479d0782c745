import Driver
import Foundation
import Testing

@Suite struct EditorWordsTests {
  /// The names in the editors' grammars are those of the catalogue.
  @Test func editorWordsAreFresh() throws {
    for (path, lines) in EditorWords.files {
      let file = repository.appending(path: "grammar/\(path)")
      let kept = try String(contentsOf: file, encoding: .utf8)
      let text = try #require(EditorWords.updated(kept, lines: lines), "the marks are gone from \(path)")
      let isFresh = kept == text
      #expect(isFresh, "grammar/\(path) is stale: swift run -c release nnbench pages writes it anew")
    }
  }
}
