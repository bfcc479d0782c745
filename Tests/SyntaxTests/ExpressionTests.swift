import Diagnostics
import Syntax
import Testing

/// Expressions and the outlines of their trees.
private let shapes: [(String, String)] = [
  ("a + b * c - d", "(a + (b * c) - d)"),
  ("-a ^ 2", "(- (a ^ 2))"),
  ("2 ^ -a ^ b", "(2 ^ (- (a ^ b)))"),
  ("-a * b", "((- a) * b)"),
  ("not a == b and c or d", "(((not (a == b)) and c) or d)"),
  ("a or b and not c", "(a or (b and (not c)))"),
  ("x @ w + h @ v + b", "((x @ w) + (h @ v) + b)"),
  ("units ..< 2 * units", "(..< units (2 * units))"),
  ("-96 ..< 0", "(..< (- 96) 0)"),
  ("1e-4 ... 1e-1", "(... 0.0001 0.1)"),
  ("x -> conv(32, kernel: 3) -> relu", "(x -> (call conv 32 kernel: 3) -> relu)"),
  ("(main + short) -> relu", "({(main + short)} -> relu)"),
  ("validation.Critic.loss", "validation.Critic.loss"),
  ("g[units ..< 2 * units, 3]", "(index g (..< units (2 * units)) 3)"),
  ("[* except diagnosis, id]", "[(* diagnosis id)]"),
  ("[*]", "[(*)]"),
  ("[f0 ... f29]", "[(... f0 f29)]"),
  ("(mean: a, spread: b)", "(record mean: a spread: b)"),
  ("(images, masks) -> augment(flip: horizontal)", "((record images masks) -> (call augment flip: horizontal))"),
  ("()", "(record)"),
  ("f(not: 1, let: 2, and: 3)", "(call f not: 1 let: 2 and: 3)"),
  ("D % 4", "(D % 4)"), ("70%", "70/100"), ("12.5%", "125/1000"), ("1e1%", "10/100"), ("1_000", "1000"),
  ("9223372036854775807", "9223372036854775807"), ("1e3", "1000.0"), ("0.5", "0.5"),
  (#""a\n\t\\\"\u{41}""#, "\"a\n\t\\\"A\""),
  ("a\n  + b\n  -> f", "missing"), ("a +\n b", "(a + b)"), ("f\n .g", "f.g"), ("a\n and b", "(a and b)"),
  ("f(\n a\n -b,\n c)", "(call f (a - b) c)"),
  ("[1, 2,]", "[1 2]"), ("f(x)(y)[0].z", "(index (call (call f x) y) 0).z"), ("true", "true"),
  ("scan", "scan"), ("x -> weight -> step", "(x -> weight -> step)"),
]

@Suite struct ExpressionTests {
  @Test(arguments: shapes)
  func expressionHasItsShape(_ text: String, _ shape: String) {
    // A chain after an operator is the one case here that is an error.
    if shape == "missing" {
      #expect(diagnostics("let a = " + text).map(\.code) == [SyntaxCodes.operatorBesideArrow])
    } else {
      #expect(diagnostics("let a = " + text).isEmpty, "\(describe(diagnostics("let a = " + text), in: text))")
      #expect(outline(expression: text) == shape)
    }
  }

  @Test func minusWithoutSpaceBeginsAStatement() {
    let body = "layer L(x: [4]) -> [4] {\n  let y = x\n  -y\n}\n"
    #expect(outline(body).hasSuffix("(block (let  y = x) (- y)))"))
    let sum = body.replacing("-y", with: "- y")
    #expect(outline(sum).hasSuffix("(block (let  y = (x - y))))"))
  }

  @Test func bracketsOnANewLineBeginAStatement() {
    let body = "layer L(x: [4]) -> [4] {\n  let y = x\n  (y + 1) -> relu\n}\n"
    #expect(diagnostics(body).isEmpty)
    #expect(outline(body).contains("(let  y = x) ({(y + 1)} -> relu)"))
  }

  @Test func keywordsAreNamesElsewhere() {
    let program = """
      let data = 1
      let model = data + 2
      data D from csv("d.csv") {
        let weight = column("weight")
        let step = step
        let expect = from
        test: where
        as: on
      }
      layer L(scan: [4], in: Int) -> [4] {
        let train = scan -> weight
        scan -> dense(in)
      }
      """
    #expect(diagnostics(program).isEmpty, "\(describe(diagnostics(program), in: program))")
    #expect(parse(source(program)).unit.declarations.count == 4)
  }

  @Test func scanIsAnExpression() {
    let text = "scan x in xs from h: [n] = zeros {\n  let g = x\n  g + h\n} "
    #expect(outline(expression: text) == "(scan (in x xs) (let  h [n] = zeros) (block (let  g = x) (g + h)))")
    #expect(outline(expression: "f(scan x in xs from h: [n] = zeros { x + h })").hasPrefix("(call f (scan"))
  }

  @Test func bindingsHoldTypesDocsAndPatterns() {
    let program = """
      /// Ignored, for a comment follows.
      // plain
      /// The first line.
      ///   indented
      let (image, mask: bool[T <= 9]) = both
      """
    #expect(
      outline(program)
        == "(constant (let (doc \"The first line.\" \"  indented\") (pattern image mask:bool[(atMost T 9)]) = both))")
  }

  @Test func allowancesAreCollected() {
    let unit = parse(source("let a = 1 // allow: unused_let, other\n// allow none\n//allow: third\nlet b = 2\n")).unit
    #expect(unit.allowances.map { $0.names.map(\.text) } == [["unused_let", "other"], ["third"]])
    #expect(unit.allowances.map(\.line) == [0, 2])
  }

  @Test func spansCoverWhatWasWritten() {
    let text = "let width: [4, T] = a + f(b) // c\n"
    let file = source(text)
    guard case .constant(let binding) = parse(file).unit.declarations[0], let type = binding.type else {
      Issue.record("no binding")
      return
    }
    #expect(file.text(binding.span) == "let width: [4, T] = a + f(b)")
    #expect(file.text(binding.name.span) == "width")
    #expect(file.text(type.span) == "[4, T]")
    #expect(file.text(binding.value.span) == "a + f(b)")
  }
}
