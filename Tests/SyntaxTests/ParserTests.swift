import Diagnostics
import Syntax
import Testing

@Suite struct ParserTests {
  @Test func everyFixtureIsRead() {
    #expect(fixtures.count >= 7)
    for (name, text) in fixtures {
      let found = diagnostics(text)
      #expect(found.isEmpty, "\(name)\n\(describe(found, in: text))")
      #expect(parseTree(source(text)).reconstructedBytes() == Array(text.utf8), "\(name)")
    }
  }
}
