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
      if ProcessInfo.processInfo.environment["NNC_UPDATE"] != nil {
        try text.write(to: file, atomically: true, encoding: .utf8)
      } else {
        #expect(
          kept == text, "grammar/\(path) is stale: NNC_UPDATE=1 swift test -c release --filter editorWordsAreFresh")
      }
    }
  }
}
