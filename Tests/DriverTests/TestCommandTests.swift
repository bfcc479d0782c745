import Foundation
import Testing

@Suite struct TestCommandTests {
  @Test func everyKindOfExpectationHolds() throws {
    let path = repository.appending(path: "Tests/Fixtures/accepted/tests.nnet").path
    let outcome = nnc("test", path)
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.hasSuffix("2 tests, all passed\n"))
  }

  @Test func whatFailsIsShown() throws {
    let scratch = try Scratch()
    let file = try scratch.write(
      "a.nnet",
      """
      /// A slope that is wrong where it is cut off.
      layer Cut(x: [D]) -> [D] { x -> round }
      test "wrong" {
        let x: [3] = ones
        expect shape(dense(4), [3]) == [5]
        expect shape(dense(4), [3]) != [4]
        expect [1, 2, 4] == x * [1, 2, 3]
        expect 1 < 2
        expect 0.1 + 0.2 == 0.3
      }
      test "right" { expect sum(ones_like) == 3 }

      """.replacing("sum(ones_like) == 3", with: "shape(Cut, [3]) == [3]"))
    let outcome = nnc("test", file)
    #expect(outcome.code == 1, "\(outcome.errors)")
    #expect(outcome.output.contains("a.nnet:5:10: expect shape(dense(4), [3]) == [5]\n    expected [5]\n    got [4]"))
    #expect(outcome.output.contains("expected anything but [4]"))
    #expect(outcome.output.contains("got 4.0 on the left and 3.0 on the right at [2]"), "\(outcome.output)")
    #expect(outcome.output.contains("got 0.30000000000000004 on the left and 0.3 on the right"), "\(outcome.output)")
    #expect(outcome.output.contains("ok     right") && outcome.output.contains("failed wrong"))
    #expect(outcome.output.hasSuffix("2 tests, 1 failed\n"))
    #expect(nnc("test", try scratch.write("none.nnet", "let a = 1\n")).code == 1)
  }

  @Test func aBlockLearnsByHeart() throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    let learns = pointsProgram + "test \"learns\" { expect overfits(Net, examples: 8) }\n"
    let outcome = nnc("test", try scratch.write("a.nnet", learns))
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    // A loss that no weight can make smaller.
    let cannot = learns.replacing("cross_entropy(logits, y)\n", with: "0 * cross_entropy(logits, y) + 1\n")
    let failing = nnc("test", try scratch.write("b.nnet", cannot))
    #expect(failing.code == 1 && failing.output.contains("expected a loss of at most 0.05 on 8 examples, from 1.0"))
  }
}
