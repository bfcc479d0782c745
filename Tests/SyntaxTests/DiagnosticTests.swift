import Diagnostics
import Syntax
import Testing

/// A program that is refused: its one diagnostic, where it stands, and what its certain fix makes of the program.
struct Refused: Sendable, CustomTestStringConvertible {
  let text: String
  let code: DiagnosticCode
  let line: Int
  let column: Int
  let mended: String?
  var testDescription: String { text }

  init(_ text: String, _ code: DiagnosticCode, _ line: Int, _ column: Int, _ mended: String? = nil) {
    self.text = text
    self.code = code
    self.line = line
    self.column = column
    self.mended = mended
  }
}

private func body(_ statement: String) -> String { "layer L(x: [D]) -> [D] {\n  \(statement)\n}\n" }

private func training(_ statement: String) -> String { "train Net on Iris {\n  \(statement)\n}\n" }

private let refused: [Refused] = [
  Refused("let a = x && y", SyntaxCodes.foreignOperator, 1, 11, "let a = x and y"),
  Refused("let a = x||y", SyntaxCodes.foreignOperator, 1, 10, "let a = x or y"),
  Refused("let a = !x", SyntaxCodes.foreignOperator, 1, 9, "let a = not x"),
  Refused("let a = x ** 2", SyntaxCodes.foreignOperator, 1, 11, "let a = x ^ 2"),
  Refused("let a := 2", SyntaxCodes.foreignOperator, 1, 7, "let a = 2"),
  Refused("let a = x → f", SyntaxCodes.foreignOperator, 1, 11, "let a = x -> f"),
  Refused("let a = x |> f", SyntaxCodes.foreignOperator, 1, 11, "let a = x -> f"),
  Refused("let a = 0..4", SyntaxCodes.foreignOperator, 1, 10),
  Refused("let a = 'it'", SyntaxCodes.quotes, 1, 9, "let a = \"it\""),
  Refused("let a = “it”", SyntaxCodes.quotes, 1, 9, "let a = \"it\""),
  Refused("let a = 1 # one", SyntaxCodes.comment, 1, 11, "let a = 1 // one"),
  Refused("let a = 1 /* one */", SyntaxCodes.comment, 1, 11, "let a = 1 // one"),
  Refused("let a = 1; let b = 2", SyntaxCodes.semicolon, 1, 10, "let a = 1\n let b = 2"),
  Refused("let a = f(1; 2)", SyntaxCodes.semicolon, 1, 12, "let a = f(1, 2)"),
  Refused("let a = 5.", SyntaxCodes.number, 1, 9, "let a = 5.0"),
  Refused("let a = 1__0", SyntaxCodes.number, 1, 9, "let a = 1_0"),
  Refused("let a = 64px", SyntaxCodes.number, 1, 9),
  Refused("let a = 1e999", SyntaxCodes.numberTooLarge, 1, 9),
  Refused("let a =\u{A0}1", SyntaxCodes.character, 1, 8, "let a = 1"),
  Refused("let a = ?", SyntaxCodes.character, 1, 9),
  Refused("let a = \"a\\x\"", SyntaxCodes.escape, 1, 11),
  Refused("import A from \"b.nnet", SyntaxCodes.unterminatedString, 1, 15),
  Refused("data D from csv(\"d.csv) {\n  let x = a\n}", SyntaxCodes.unterminatedString, 1, 17),
  Refused("var a = 1", SyntaxCodes.foreignKeyword, 1, 1, "let a = 1"),
  Refused("modle Net(x: [4]) -> [4] { x }", SyntaxCodes.foreignKeyword, 1, 1, "model Net(x: [4]) -> [4] { x }"),
  Refused("class Net(x: [4]) -> [4] { x }", SyntaxCodes.foreignKeyword, 1, 1),
  Refused(body("return x -> f"), SyntaxCodes.foreignKeyword, 2, 3, body("x -> f")),
  Refused(body("const y = x\n  y"), SyntaxCodes.foreignKeyword, 2, 3, body("let y = x\n  y")),
  Refused(body("if x > 0 { x }\n  x"), SyntaxCodes.foreignConstruct, 2, 3),
  Refused(body("y = x\n  y"), SyntaxCodes.missingLet, 2, 3, body("let y = x\n  y")),
  Refused(body("x = x -> f"), SyntaxCodes.missingLet, 2, 3),
  Refused(body("let h = x -> f\n  h = h -> g"), SyntaxCodes.missingLet, 3, 3),
  Refused(body("x -> f g(3)"), SyntaxCodes.missingArrow, 2, 10, body("x -> f -> g(3)")),
  Refused(body("x -> f g -> h"), SyntaxCodes.missingArrow, 2, 10, body("x -> f -> g -> h")),
  Refused(body("x - > f -> g"), SyntaxCodes.foreignOperator, 2, 5, body("x -> f -> g")),
  Refused(body("x > f(3) -> g"), SyntaxCodes.operatorBesideArrow, 2, 5, body("x -> f(3) -> g")),
  Refused(
    "layer L(x: [D]) -> [D] where D % 2 = 0 {\n  x\n}\n", SyntaxCodes.foreignOperator, 1, 36,
    "layer L(x: [D]) -> [D] where D % 2 == 0 {\n  x\n}\n"),
  Refused(training("epochs: 3,"), SyntaxCodes.unexpected, 2, 12, training("epochs: 3")),
  Refused("def Net(x: [4]) -> [4] { x }", SyntaxCodes.foreignKeyword, 1, 1, "model Net(x: [4]) -> [4] { x }"),
  Refused(
    "def Up(x: [4]) -> [4] { x }\nmodel N(x: [4]) -> [4] { x }\n", SyntaxCodes.foreignKeyword, 1, 1,
    "layer Up(x: [4]) -> [4] { x }\nmodel N(x: [4]) -> [4] { x }\n"),
  Refused(body("y: [D] = x\n  y"), SyntaxCodes.missingLet, 2, 3, body("let y: [D] = x\n  y")),
  Refused(body("let y [D] = x\n  y"), SyntaxCodes.missingColon, 2, 9, body("let y: [D] = x\n  y")),
  Refused(body("let y: x -> f\n  y"), SyntaxCodes.bindingSign, 2, 8, body("let y = x -> f\n  y")),
  Refused(body("let y x -> f\n  y"), SyntaxCodes.missingEquals, 2, 9, body("let y = x -> f\n  y")),
  Refused(body("x + x -> f"), SyntaxCodes.operatorBesideArrow, 2, 3, body("(x + x) -> f")),
  Refused(body("x -> f * 2 -> g"), SyntaxCodes.operatorBesideArrow, 2, 3, body("((x -> f) * 2) -> g")),
  Refused(body("x -> f + x -> g"), SyntaxCodes.operatorBesideArrow, 2, 3),
  Refused(body("x -> f + x * 2 -> g"), SyntaxCodes.operatorBesideArrow, 2, 3),
  Refused(body("g <- f <- x"), SyntaxCodes.operatorBesideArrow, 2, 5),
  Refused(body("let h <- x -> f\n  h"), SyntaxCodes.operatorBesideArrow, 2, 9, body("let h = x -> f\n  h")),
  Refused(body("h <- x -> f\n  h"), SyntaxCodes.operatorBesideArrow, 2, 5, body("let h = x -> f\n  h")),
  Refused("let a = 20 %\n", SyntaxCodes.percentSpacing, 1, 12, "let a = 20%\n"),
  Refused(
    "layer L(x: [D], n) -> [n] { x }\n", SyntaxCodes.missingColon, 1, 17, "layer L(x: [D], n: Int) -> [n] { x }\n"),
  Refused("layer L(x: [D], n) -> [D] { x }\n", SyntaxCodes.missingColon, 1, 17),
  Refused(
    "train Net freeze Enc on Iris {\n}\n", SyntaxCodes.foreignKeyword, 1, 11, "train Net except Enc on Iris {\n}\n"),
  Refused(body("-x -> f"), SyntaxCodes.operatorBesideArrow, 2, 3, body("(-x) -> f")),
  Refused(body("x -> dense (3)"), SyntaxCodes.spaceBeforeBracket, 2, 13, body("x -> dense(3)")),
  Refused(body("x -> dense(3, name=n)"), SyntaxCodes.settingSign, 2, 21, body("x -> dense(3, name: n)")),
  Refused(body("x -> dense(3 name: n)"), SyntaxCodes.missingComma, 2, 16, body("x -> dense(3, name: n)")),
  Refused(body("x -> dense(3"), SyntaxCodes.unclosed, 2, 13),
  Refused(body("x -> dense(3))"), SyntaxCodes.strayCloser, 2, 16),
  Refused(body("x -> dense(3]"), SyntaxCodes.wrongCloser, 2, 15, body("x -> dense(3)")),
  Refused(body("x -> -> f"), SyntaxCodes.expectedExpression, 2, 8),
  Refused(body("x * 7%3"), SyntaxCodes.percentSpacing, 2, 8, body("x * 7 % 3")),
  Refused("let a = f(70 %, b)", SyntaxCodes.percentSpacing, 1, 14, "let a = f(70%, b)"),
  Refused(training("rate = 3"), SyntaxCodes.settingSign, 2, 8, training("rate: 3")),
  Refused(training("rate := 3"), SyntaxCodes.settingSign, 2, 8, training("rate: 3")),
  Refused(training("rate 3"), SyntaxCodes.missingColon, 2, 8, training("rate: 3")),
  Refused(training("expect a == b"), SyntaxCodes.misplacedStatement, 2, 3),
  Refused(body("loss: x"), SyntaxCodes.misplacedStatement, 2, 3),
  Refused("train Net Iris {}", SyntaxCodes.missingKeyword, 1, 11, "train Net on Iris {}"),
  Refused(
    "model A(x: [4]) -> [4] {\n  x\n\nmodel B(x: [4]) -> [4] { x }", SyntaxCodes.unclosed, 1, 24,
    "model A(x: [4]) -> [4] {\n  x\n}\n\nmodel B(x: [4]) -> [4] { x }"),
  Refused("train Net ton Iris {}", SyntaxCodes.foreignKeyword, 1, 11, "train Net on Iris {}"),
  Refused("import A frm \"b.nnet\"", SyntaxCodes.foreignKeyword, 1, 10, "import A from \"b.nnet\""),
  Refused("layer L(x: (a [3])) -> [D] { x }", SyntaxCodes.missingColon, 1, 15, "layer L(x: (a: [3])) -> [D] { x }"),
  Refused("layer L(x: [D]) [D] { x }", SyntaxCodes.missingResult, 1, 17),
  Refused("layer L(x: [D]): [D] { x }", SyntaxCodes.foreignOperator, 1, 16, "layer L(x: [D]) -> [D] { x }"),
  Refused("let a = [1, 2\nlet b = 3", SyntaxCodes.unclosed, 1, 9),
  Refused("let a = 1 }", SyntaxCodes.strayCloser, 1, 11),
  Refused("let a.b = 3", SyntaxCodes.missingValue, 1, 6),
]

@Suite struct DiagnosticTests {
  @Test(arguments: refused)
  func mistakeIsOneErrorInItsPlace(_ program: Refused) {
    let found = diagnostics(program.text)
    #expect(found.map(\.code.id) == [program.code.id], "\(describe(found, in: program.text))")
    guard let first = found.first, let span = first.primary?.span else { return }
    let position = source(program.text).position(at: Int(span.start))
    #expect(position == LineColumn(line: program.line, column: program.column), "\(describe(found, in: program.text))")
    #expect(!first.message.isEmpty && !first.primary!.text.isEmpty)
    let certain = first.fixes.filter(\.isCertain)
    #expect(certain.isEmpty == (program.mended == nil), "\(first.fixes)")
    guard let fix = certain.first, let mended = program.mended else { return }
    #expect(applying(fix, to: program.text) == mended)
    #expect(diagnostics(mended).isEmpty, "\(describe(diagnostics(mended), in: mended))")
  }

  @Test func independentMistakesAreAllReported() {
    let text = """
      let a = f(1
      let b = x && y
      model Net(x: [4]) -> [3] {
        let = 3
        x -> dense (3)
      }
      train Net on Iris {
        epochs = 3
        loss: )
        batch: 16
      }
      tset "t" { expect true }
      """
    #expect(
      diagnostics(text).map(\.code) == [
        SyntaxCodes.unclosed, SyntaxCodes.foreignOperator, SyntaxCodes.expectedName, SyntaxCodes.spaceBeforeBracket,
        SyntaxCodes.settingSign, SyntaxCodes.expectedExpression, SyntaxCodes.foreignKeyword,
      ], "\(describe(diagnostics(text), in: text))")
    guard
      case .train(let train)? = parse(source(text)).unit.declarations.first(where: {
        if case .train = $0 { true } else { false }
      })
    else {
      Issue.record("the train block is lost")
      return
    }
    #expect(train.settings.map(\.name.text) == ["epochs", "loss", "batch"])
  }

  @Test func otherToolsWeightsAreRecognised() {
    let text = "// Neural Network File Format by Kyle Julian, Stanford 2016\n5,5,5,50,\n5,50,50,5,\n0,\n-1.0,2.5e-3,\n"
    let found = diagnostics(text)
    #expect(found.map(\.code) == [SyntaxCodes.otherFormat])
    #expect(found.first?.message.contains("Marabou") == true)
    #expect(parse(source(text)).unit.declarations.isEmpty)
  }

  @Test(arguments: fixtures.map(\.name))
  func certainFixesOfDeletionsMend(_ name: String) {
    let text = fixtures.first { $0.name == name }!.text
    let bytes = Array(text.utf8)
    for token in parseTree(source(text)).tokens {
      var shorter = bytes
      shorter.removeSubrange(token.range)
      let broken = String(decoding: shorter, as: UTF8.self)
      let found = diagnostics(broken)
      for fix in found.flatMap(\.fixes) where fix.isCertain {
        let mended = applying(fix, to: broken)
        #expect(diagnostics(mended).count < found.count, "without \(token.range): \(fix.title)")
      }
    }
  }
}
