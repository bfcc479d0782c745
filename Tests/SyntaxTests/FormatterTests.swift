import Diagnostics
import Syntax
import Testing

private func formatted(_ text: String) -> String? { format(parseTree(source(text))) }

/// Texts and how they are laid out.
private let layouts: [(String, String)] = [
  ("let a=1\nlet long  =  2", "let a    = 1\nlet long = 2\n"),
  ("let a: [4]=x\nlet name: class(10)=y\n", "let a:    [4]       = x\nlet name: class(10) = y\n"),
  ("let a = 1\n\n\n\nlet long = 2\n", "let a = 1\n\nlet long = 2\n"),
  ("let a = x +\n  y", "let a = x\n        + y\n"),
  ("let a = x ->\n  f -> g", "let a = x\n          -> f -> g\n"),
  ("let a = x -> f ->\n g", "let a = x -> f\n          -> g\n"),
  ("let a = [ 1,2 ,3, ]", "let a = [1, 2, 3]\n"),
  ("let a = [1,\n2]", "let a = [1,\n         2]\n"),
  ("let a = f( x , n : 3 ) . b[ 0..<4 ]", "let a = f(x, n: 3).b[0 ..< 4]\n"),
  ("let a = -x^2 - - y", "let a = -x ^ 2 - -y\n"),
  ("let a = not  b and(c)", "let a = not b and (c)\n"),
  ("let a = [* except b,c]", "let a = [* except b, c]\n"),
  ("let (a,b : [4])=(c,d)->f", "let (a, b: [4]) = (c, d) -> f\n"),
  ("\u{FEFF}let a = 1\r\nlet b = 2\r\n", "let a = 1\nlet b = 2\n"),
  ("// one\n\n\n/// two\nlet a = 1 // three\n// four", "// one\n\n/// two\nlet a = 1  // three\n// four\n"),
  ("let a = 1 // x\nlet bb = 2 // y\n", "let a  = 1  // x\nlet bb = 2  // y\n"),
  ("let a = 1 // x\nlet b = 200 // y\n", "let a = 1    // x\nlet b = 200  // y\n"),
  ("let a = x // first\n // second\n -> f", "let a = x  // first\n          // second\n          -> f\n"),
  ("let a = x -> // why\n f", "let a = x  // why\n          -> f\n"),
  ("let a = [1, // one\n2 // two\n]", "let a = [1,  // one\n         2  // two\n         ]\n"),
  ("model A(x:[4])->[3]{x->dense(3)}", "model A(x: [4]) -> [3] { x -> dense(3) }\n"),
  ("model A(x:[4])->[3]{\nx->dense(3)}", "model A(x: [4]) -> [3] {\n  x -> dense(3)\n}\n"),
  ("train A , B except C on D as E{}", "train A, B except C on D as E {}\n"),
  ("train A on B { // why\n\n\n  loss:x\n  // end\n\n}", "train A on B {  // why\n  loss: x\n  // end\n}\n"),
  (
    "train A on B {\nloss:x\nbatch:3\nstep A {\n\nloss:y }\n}",
    "train A on B {\n  loss:  x\n  batch: 3\n  step A {\n    loss: y\n  }\n}\n"
  ),
  (
    "layer A(x:[...S,D])->[...S , D]\nwhere D % 2==0{x}",
    "layer A(x: [...S, D]) -> [...S, D]\n    where D % 2 == 0 { x }\n"
  ),
  ("import  A,B  from \"f.nnet\"", "import A, B from \"f.nnet\"\n"),
  ("test  \"t\"  {\nexpect  f( x )==[1]\n}", "test \"t\" {\n  expect f(x) == [1]\n}\n"),
  (
    "layer A(x: token(3)[T<=9]) -> (a:[3],b:scalar) { x }",
    "layer A(x: token(3)[T <= 9]) -> (a: [3], b: scalar) { x }\n"
  ),
  (
    "layer A(x: [T]) -> [T] {\nweight a:[T]=z\nweight long:[2*T]=z\nx }",
    "layer A(x: [T]) -> [T] {\n  weight a:    [T]     = z\n  weight long: [2 * T] = z\n  x\n}\n"
  ),
  ("", ""), ("\n\n// words\n\n\n", "// words\n"),
]

@Suite struct FormatterTests {
  @Test(arguments: fixtures.map(\.name))
  func fixtureKeepsItsMeaningAndSettles(_ name: String) throws {
    let text = fixtures.first { $0.name == name }!.text
    let once = try #require(formatted(text))
    #expect(outline(once) == outline(text))
    #expect(formatted(once) == once)
    for line in once.split(separator: "\n") where !line.contains("//") { #expect(line.count <= 100, "\(line)") }
    for comment in parseTree(source(text)).comments {
      #expect(once.contains(source(text).text(comment.range)), "a comment is lost")
    }
  }

  /// The programs of the language's description already have the style, but for the places of comments at line ends.
  @Test(arguments: ["minimal_cell", "shakespeare"])
  func programInTheStyleStaysAsItIs(_ name: String) {
    #expect(formatted(fixture(name)) == fixture(name))
  }

  @Test(arguments: layouts)
  func layout(_ before: String, _ after: String) {
    #expect(formatted(before) == after, "\(describe(diagnostics(before), in: before))")
    #expect(formatted(after) == after)
  }

  @Test func longLinesBreak() throws {
    let stages = (0..<30).map { "dense(\($0), name: layer_\($0))" }.joined(separator: " -> ")
    let arguments = (0..<30).map { "setting_\($0): [\($0), \($0 + 1)]" }.joined(separator: ", ")
    let terms = (0..<30).map { "weight_\($0) * loss_\($0)" }.joined(separator: " + ")
    let facts = (0..<20).map { "D % \($0 + 2) == 0" }.joined(separator: ", ")
    let text = """
      layer Long(x: [T, D], \((0..<12).map { "setting_\($0): Float = 0" }.joined(separator: ", "))) -> [T, D] where \(facts) {
        let a = x -> \(stages)
        let b = f(\(arguments)) -> g
        let c = \(terms)
        x -> \(stages)
      }
      """
    let once = try #require(formatted(text))
    for line in once.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    #expect(outline(once) == outline(text))
    #expect(formatted(once) == once)
  }

  @Test func filesWithErrorsAreRefused() {
    for code in SyntaxCodes.all where !code.wrong.isEmpty { #expect(formatted(code.wrong) == nil, "\(code.id)") }
  }

  @Test func longChainsAreLaidOut() throws {
    let text = "let a = " + Array(repeating: "a", count: 200_000).joined(separator: " + ") + "\n"
    let once = try #require(formatted(text))
    #expect(formatted(once) == once)
  }
}
