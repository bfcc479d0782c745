import Foundation
import Testing

/// Sources that mean harm end quickly with a diagnostic.
@Suite struct HostileTests {
  @Test(arguments: [
    ("brackets", "let a = " + String(repeating: "[", count: 1_000_000)),
    ("sum", "let a = 1" + String(repeating: " + a", count: 300_000)),
    ("repeat", "model N(x: [4]) -> [4] { x -> repeat(1_000_000_000, dense(4)) }"),
    (
      "product",
      "layer L(x: [D]) -> [D * 4611686018427387904] { x -> dense(D * 4611686018427387904) }\nmodel M(x: [16]) -> [16] { x -> L -> dense(16) }"
    ),
    ("recursion", "layer A(x: [D]) -> [D] { x -> B }\nlayer B(x: [D]) -> [D] { x -> A }"),
    (
      "layers in a row",
      "layer L0(x: [D]) -> [D] { x -> relu }\n"
        + (1..<4_000).map { "layer L\($0)(x: [D]) -> [D] { x -> L\($0 - 1) }\n" }.joined()
        + "model M(x: [4]) -> [4] { x -> L3999 }\n"
    ),
    ("self import", "import A from \"x.nnet\"\nmodel M(x: [2]) -> [2] { x -> dense(2) }"),
  ])
  func endsWithADiagnostic(_ name: String, _ text: String) throws {
    let scratch = try Scratch()
    let file = try scratch.write("x.nnet", text)
    let outcome = nnc("check", file)
    #expect(outcome.code == 1, "\(name): \(outcome.output.prefix(300))")
    #expect(outcome.output.contains("error["), "\(name)")
  }

  @Test func invalidUTF8() throws {
    let scratch = try Scratch()
    let file = try scratch.write("x.nnet", [0x6C, 0x65, 0x74, 0x20, 0xFF, 0xFE, 0x00, 0x3D, 0x31, 0x0A])
    #expect(nnc("check", file).code == 1)
  }

  @Test func importCycle() throws {
    let scratch = try Scratch()
    _ = try scratch.write("a.nnet", "import B from \"b.nnet\"\nlayer A(x: [D]) -> [D] { x -> B }\n")
    _ = try scratch.write("b.nnet", "import A from \"a.nnet\"\nlayer B(x: [D]) -> [D] { x -> A }\n")
    let outcome = nnc("check", scratch.path + "/a.nnet")
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("error["))
  }

  @Test func plansLargerThanTheMemoryAreRefusedWithBothFigures() throws {
    let scratch = try Scratch()
    let file = try scratch.write(
      "points.nnet", pointsProgram.replacing("dense(8)", with: "dense(1_000_000) -> dense(1_000_000)"))
    _ = try scratch.write("points.csv", pointsCSV())
    let outcome = nnc("run", file, "--out", scratch.path + "/run")
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("GiB"), "\(outcome.errors)")
    #expect(!scratch.exists("run"))
  }
}
